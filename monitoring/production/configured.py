"""What the settings say by themselves."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection

from monitoring.production.findings import Finding, judged

SECRET_LENGTH, DIFFERENT = 50, 12  # characters
SHORTER_SECRET = 24
HSTS_SECONDS = 31_536_000
EXAMPLES = ("example", "localhost", "127.0.0.1")


def is_strong(secret: str, *, length: int = SECRET_LENGTH) -> bool:
    """Say whether nobody will guess it: long, of many different characters, and no framework's own."""
    return (
        len(secret) >= length
        and len(set(secret)) >= DIFFERENT
        and not secret.startswith(("django-insecure", "only-for"))
    )


def debug() -> Iterator[Finding]:
    yield judged(
        "debug",
        is_well=not settings.DEBUG,
        says="DEBUG is off.",
        otherwise="DEBUG is on: errors show the settings to strangers.",
        advice="Run with DJANGO_SETTINGS_MODULE=omicsoracle.settings.production.",
    )
    yield judged(
        "debug",
        is_well=not settings.DEMO_ALLOWED,
        says="No demo administrator can be made.",
        otherwise="`create_demo` may make an administrator with a known password.",
        advice="Run with DJANGO_SETTINGS_MODULE=omicsoracle.settings.production.",
    )


def own_servers() -> Iterator[Finding]:
    for name, is_embedded in (
        ("DATABASE_URL", settings.EMBEDDED_POSTGRES),
        ("REDIS_URL", settings.EMBEDDED_VALKEY),
    ):
        yield judged(
            "servers",
            is_well=not is_embedded,
            says=f"{name} names a server of yours.",
            otherwise=f"{name} is not set: the server that `make run` embeds is meant, which nobody looks after.",
            advice=f"Set {name}, or {name}_FILE.",
        )


def secrets() -> Iterator[Finding]:
    named = {"SECRET_KEY": [settings.SECRET_KEY]} | {
        name: list(getattr(settings, name).values())
        for name in ("JWT_SIGNING_KEYS", "API_KEY_PEPPERS")
    }
    for name, values in named.items():
        length = SHORTER_SECRET if name == "API_KEY_PEPPERS" else SECRET_LENGTH
        yield judged(
            "secrets",
            is_well=bool(values) and all(is_strong(one, length=length) for one in values),
            says=f"{name} is strong.",
            otherwise=f"{name} can be guessed.",
            advice=f"At least {length} random characters; deploy/scripts/make-secrets makes some.",
        )
    every = [value for values in named.values() for value in values]
    yield judged(
        "secrets",
        is_well=len(set(every)) == len(every),
        says="No secret is used for two things.",
        otherwise="One secret is used for two things: who learns of one has both.",
        advice="Give SECRET_KEY, JWT_SIGNING_KEYS and API_KEY_PEPPERS values of their own.",
    )


def site() -> Iterator[Finding]:
    hosts = settings.ALLOWED_HOSTS
    yield judged(
        "site",
        is_well=bool(hosts) and "*" not in hosts,
        says=f"It answers to {', '.join(hosts)}.",
        otherwise="ALLOWED_HOSTS lets in any name.",
        advice="Name the hosts under which the site is reached.",
    )
    url = urlsplit(settings.SITE_URL)
    yield judged(
        "site",
        is_well=url.scheme == "https" and not _is_example(url.hostname or ""),
        says=f"Links in mails lead to {settings.SITE_URL}.",
        otherwise=f"Links in mails lead to {settings.SITE_URL}, where people are not.",
        advice="Set SITE_URL to the site's https:// address.",
    )
    live = urlsplit(settings.LIVE_URL)
    yield judged(
        "site",
        is_well=live.scheme == "wss",
        says=f"Sockets are at {settings.LIVE_URL}, encrypted.",
        otherwise=f"Sockets are at {settings.LIVE_URL}, not encrypted.",
        advice="Set LIVE_URL to wss:// and the site's name, with nginx in front.",
    )
    yield judged(
        "site",
        is_well=bool(settings.TRUSTED_PROXIES),
        says=f"Addresses of callers are believed from {', '.join(settings.TRUSTED_PROXIES)}.",
        otherwise="No proxy is trusted: behind one, all callers share one address and its limits.",
        advice="Set TRUSTED_PROXIES to the addresses of your proxies, as narrow as can be.",
        is_grave=False,
    )


def browsers() -> Iterator[Finding]:
    yield judged(
        "headers",
        is_well=_setting("SECURE_SSL_REDIRECT") is True,
        says="http is led to https.",
        otherwise="http is answered.",
        advice="Leave SECURE_SSL_REDIRECT on, unless the proxy redirects.",
        is_grave=False,
    )
    yield judged(
        "headers",
        is_well=(_setting("SECURE_HSTS_SECONDS") or 0) >= HSTS_SECONDS,
        says="Browsers are told to use https only, for a year.",
        otherwise="Browsers are not told to use https only (HSTS).",
        advice="Run with DJANGO_SETTINGS_MODULE=omicsoracle.settings.production.",
    )
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    is_loose = any(
        "unsafe" in source or source == "*" for one in directives.values() for source in one
    )
    yield judged(
        "headers",
        is_well=not is_loose,
        says="The content security policy lets no page run what others wrote.",
        otherwise="The content security policy has unsafe sources.",
        advice="Take `unsafe-…` and `*` out of CONTENT_SECURITY_POLICY.",
    )
    yield judged(
        "headers",
        is_well=bool(_setting("SESSION_COOKIE_SECURE") and _setting("CSRF_COOKIE_SECURE")),
        says="Cookies go over https only.",
        otherwise="Cookies go over http as well.",
        advice="Run with DJANGO_SETTINGS_MODULE=omicsoracle.settings.production.",
    )
    origins = settings.CORS_ALLOWED_ORIGINS
    is_open = _setting("CORS_ALLOW_ALL_ORIGINS") or any(
        not one.startswith("https://") for one in origins
    )
    yield judged(
        "cors",
        is_well=not is_open,
        says=f"Pages of {len(origins)} other sites may call the API.",
        otherwise="Pages of any site, or of sites without https, may call the API.",
        advice="Name sites in CORS_ALLOWED_ORIGINS, each with https://.",
    )


def who_may_call() -> Iterator[Finding]:
    wanted = "rest_framework.permissions.IsAuthenticated"
    yield judged(
        "access",
        is_well=wanted in _setting("REST_FRAMEWORK")["DEFAULT_PERMISSION_CLASSES"],
        says="Endpoints are closed to strangers unless they say otherwise.",
        otherwise="Endpoints are open to strangers unless they say otherwise.",
        advice="Put IsAuthenticated back into DEFAULT_PERMISSION_CLASSES.",
    )
    yield judged(
        "access",
        is_well=settings.EMAIL_VERIFICATION == "required",
        says="Nobody signs in before their address is proven.",
        otherwise="Anybody signs in with any address.",
        advice="Set EMAIL_VERIFICATION=required.",
    )
    rate = settings.ANONYMOUS_REQUESTS_A_MINUTE
    yield judged(
        "access",
        is_well=0 < rate <= 600,  # noqa: PLR2004
        says=f"An address without a credential may ask {rate} times a minute.",
        otherwise=f"An address without a credential may ask {rate} times a minute.",
        advice="Set ANONYMOUS_REQUESTS_A_MINUTE to some hundreds at most.",
        is_grave=False,
    )
    yield judged(
        "access",
        is_well=not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES,
        says="Webhooks lead to no private network.",
        otherwise="Webhooks may lead into your own network.",
        advice="Leave WEBHOOKS_TO_PRIVATE_ADDRESSES off.",
    )


def mail() -> Iterator[Finding]:
    is_sent = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    yield judged(
        "mail",
        is_well=is_sent,
        says=f"Mails go through {settings.EMAIL_HOST}.",
        otherwise="Mails go nowhere: nobody can prove their address or reset a password.",
        advice="Set EMAIL_URL, such as smtp://user:password@host:587/?tls=True.",
    )
    if is_sent:
        yield _mail_server()
    yield judged(
        "mail",
        is_well=not _is_example(settings.DEFAULT_FROM_EMAIL),
        says=f"Mails come from {settings.DEFAULT_FROM_EMAIL}.",
        otherwise=f"Mails come from {settings.DEFAULT_FROM_EMAIL}, which is nobody's.",
        advice="Set DEFAULT_FROM_EMAIL to an address of yours.",
    )


def watching() -> Iterator[Finding]:
    yield judged(
        "monitoring",
        is_well=is_strong(settings.METRICS_TOKEN, length=SHORTER_SECRET),
        says="/metrics wants a token.",
        otherwise="/metrics has no token, or a weak one: Prometheus elsewhere cannot read it, or others can.",
        advice="Set METRICS_TOKEN, and put it into Prometheus's /etc/prometheus/metrics-token.",
    )
    yield judged(
        "monitoring",
        is_well=bool(settings.SENTRY_DSN),
        says="Faults are reported.",
        otherwise="Faults are in the logs only.",
        advice="Set SENTRY_DSN, if you have Sentry or the like.",
        is_grave=False,
    )
    yield judged(
        "logs",
        is_well=settings.LOG_FORMAT == "json",
        says="Lines of the log are JSON, as what collects them expects.",
        otherwise="Lines of the log are for eyes only.",
        advice="Set LOG_FORMAT=json.",
    )


def _mail_server() -> Finding:
    connection = get_connection()
    try:
        connection.open()
        connection.close()
    except OSError as error:  # smtplib's errors are such, too
        return Finding(
            "mail",
            "fail",
            f"The mail server refuses or does not answer ({type(error).__name__}).",
            "Try EMAIL_URL's host, port, user and password by hand.",
        )
    return Finding("mail", "ok", "The mail server lets us in.")


def _setting(name: str) -> Any:
    return getattr(settings, name, None)


def _is_example(text: str) -> bool:
    return any(one in text for one in EXAMPLES)
