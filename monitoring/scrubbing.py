"""Taking secrets out of what is written down or sent away: logs, reports of faults, traces.

Three nets, since each has holes: names that promise a secret, forms that secrets have, and the very
values that this installation was given.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

HIDDEN = "[secret]"
SHORTEST = 8  # characters of a value that is looked for: shorter ones stand in any text
NAMES = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|api[_-]?key|credential|pepper|signature"
    r"|(?:^|[_-])(?:dsn|jwt|csrf)",
    re.IGNORECASE,
)
# None looks far ahead, so that a long text costs no more than its length.
FORMS = re.compile(
    r"(?P<before>"
    r"\b(?:Bearer|Basic|Token)\s+(?=[\w.~+/=-]{8})"
    r"|://(?=[^\s/@\"'\\]{0,200}@)"
    r"|[?&](?:key|uid|code|state)="
    r"|(?:password|passwd|secret|token|api[_-]?key|authorization|cookie|csrf)[\w-]{0,20}"
    r"(?:\\?[\"'])?\s{0,3}[=:]\s{0,3}(?:\\?[\"'])?(?:(?:Bearer|Basic|Token)\s+)?(?!\[secret)"
    r")[^\s\"'\\&,;()<>\[\]{}@]{3,}"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]+)*"
    r"|\boo_[0-9A-Za-z]{8}_[0-9A-Za-z]{8,}"
    r"|\bsk-[\w-]{12,}"
    r"|\bwhsec_[\w+/=]{8,}"
    r"|(?<![\w-])[\w-]{86}(?![\w-])"  # a refresh token
    r"|\$argon2id?\$[^\s\"'\\]+",
    re.IGNORECASE,
)


class Scrubber:
    """Knows the values that no text may show."""

    def __init__(self) -> None:
        self._values: re.Pattern[str] | None = None

    def learn(self, values: Iterable[str]) -> None:
        """Hide these values from now on, as they are and as JSON writes them."""
        long = {one for one in values if len(one) >= SHORTEST}
        long |= {orjson.dumps(one).decode()[1:-1] for one in long}
        ordered = sorted(long, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Return a text without what looks like a secret or is one of ours."""
        if self._values is not None:
            text = self._values.sub(HIDDEN, text)
        return FORMS.sub(lambda found: (found["before"] or "") + HIDDEN, text)


scrubber = Scrubber()


def is_secret(name: str) -> bool:
    """Say whether what has this name is likely a secret."""
    return NAMES.search(name) is not None


def secrets_of(settings: Any) -> set[str]:
    """Return the secrets that an installation was given."""
    given = {settings.SECRET_KEY, settings.EMAIL_HOST_PASSWORD, settings.METRICS_TOKEN}
    given |= {*settings.JWT_SIGNING_KEYS.values(), *settings.API_KEY_PEPPERS.values()}
    given |= {settings.OPENAI_API_KEY, settings.NCBI_API_KEY, *settings.TRACES_HEADERS.values()}
    given |= {str(one.get("PASSWORD", "")) for one in settings.DATABASES.values()}
    given |= {
        settings.SENTRY_DSN,
        _password_in(settings.REDIS_URL),
        _password_in(settings.CACHE_URL),
    }
    given |= {
        app["secret"]
        for provider in settings.SOCIALACCOUNT_PROVIDERS.values()
        for app in _apps_of(provider)
    }
    return {one for one in given if one}


def _apps_of(provider: Mapping[str, Any]) -> list[dict[str, str]]:
    return [*provider.get("APPS", []), *([provider["APP"]] if "APP" in provider else [])]


def _password_in(url: str) -> str:
    found = re.search(r"://[^/@]*:([^/@]*)@", url)
    return found[1] if found else ""
