"""`manage.py production_check`: what is not fit for production is said, with what to do."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import redis
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection

from deploy.backup import noting
from monitoring.production import configured, files, servers
from monitoring.production.findings import Finding
from tests.factories import UserFactory
from tests.monitoring.test_collectors import certificate

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
STRONG = "0123456789-abcdefghijklmnopqrstuvwxyz-only-in-this-test"


def told(findings: Iterator[Finding]) -> dict[str, str]:
    return {one.says: one.status for one in findings}


def statuses(findings: Iterator[Finding]) -> list[str]:
    return [one.status for one in findings]


@pytest.fixture
def good(settings: LazySettings) -> LazySettings:
    settings.DEMO_ALLOWED = settings.EMBEDDED_POSTGRES = settings.EMBEDDED_VALKEY = False
    settings.SECRET_KEY = STRONG
    settings.JWT_SIGNING_KEYS = {"1": STRONG[::-1]}
    settings.API_KEY_PEPPERS = {"1": STRONG.upper()}
    settings.ALLOWED_HOSTS = ["omics.uni.edu"]
    settings.SITE_URL, settings.LIVE_URL = "https://omics.uni.edu", "wss://omics.uni.edu"
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    settings.EMAIL_VERIFICATION = "required"
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 120
    settings.METRICS_TOKEN, settings.SENTRY_DSN = STRONG, "https://key@sentry.uni.edu/1"
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'self'"]}}
    return settings


def test_the_installation_of_tests_is_not_fit_and_each_finding_says_what_to_do(
    valkey: redis.Redis,
) -> None:
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("production_check", json=True, stdout=out)

    said = json.loads(out.getvalue())
    wrong = [one for one in said["findings"] if one["status"] == "fail"]
    assert ended.value.code == 1
    assert {"debug", "secrets", "site", "mail", "database"} <= {one["topic"] for one in wrong}
    assert all(
        one["advice"]
        for one in said["findings"]
        if one["status"] != "ok" and one["topic"] != "django"
    )
    assert said["for_people"]


def test_people_are_told_the_same_in_lines(valkey: redis.Redis) -> None:
    out = StringIO()

    with pytest.raises(SystemExit):
        call_command("production_check", stdout=out)

    assert "fail  debug" in out.getvalue()
    assert "→ Set EMAIL_URL" in out.getvalue()
    assert "What no program can see:" in out.getvalue()


@pytest.mark.usefixtures("good")
def test_a_good_configuration_is_well() -> None:
    for check in (
        configured.debug,
        configured.own_servers,
        configured.secrets,
        configured.site,
        configured.browsers,
        configured.who_may_call,
        configured.watching,
    ):
        assert set(statuses(check())) == {"ok"}, check.__name__


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("EMBEDDED_VALKEY", True, configured.own_servers),
        ("SECRET_KEY", "a" * 60, configured.secrets),
        ("API_KEY_PEPPERS", {"1": "short"}, configured.secrets),
        ("ALLOWED_HOSTS", ["*"], configured.site),
        ("SITE_URL", "http://omics.uni.edu", configured.site),
        ("SECURE_HSTS_SECONDS", 60, configured.browsers),
        ("CORS_ALLOWED_ORIGINS", ["http://lab.uni.edu"], configured.browsers),
        (
            "CONTENT_SECURITY_POLICY",
            {"DIRECTIVES": {"script-src": ["'unsafe-inline'"]}},
            configured.browsers,
        ),
        ("WEBHOOKS_TO_PRIVATE_ADDRESSES", True, configured.who_may_call),
        ("METRICS_TOKEN", "", configured.watching),
    ],
)
def test_one_bad_setting_is_a_fault(
    good: LazySettings, name: str, value: object, check: Callable[[], Iterator[Finding]]
) -> None:
    setattr(good, name, value)

    assert statuses(check()).count("fail") == 1


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_mail_server_that_does_not_answer_is_a_fault(settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert "fail" in {one.status for one in configured.mail() if "mail server" in one.says}


def test_the_owner_of_the_tables_is_told_from_the_applications_role() -> None:
    as_owner = told(servers.database())
    with connection.cursor() as cursor:
        cursor.execute("set local role omicsoracle_app")

    as_application = told(servers.database())

    assert as_owner["The application's role owns tables, or may do anything."] == "fail"
    assert as_owner["The application's role may change the audit log."] == "fail"
    assert as_application["The application's role owns no table and makes no roles."] == "ok"
    assert as_application["The audit log can only be added to."] == "ok"


def test_an_address_of_the_demo_is_noticed() -> None:
    assert statuses(servers.accounts()) == ["ok"]

    UserFactory(email="demo@omicsoracle.example")

    assert statuses(servers.accounts()) == ["fail"]


def test_the_two_valkeys_are_told_apart(valkey: redis.Redis, settings: LazySettings) -> None:
    assert statuses(servers.cache()) == ["ok"] * 3

    settings.CACHE_URL = settings.REDIS_URL

    said = told(servers.cache())
    assert said["Kept answers share a server with limits and messages, and may fill it."] == "warn"
    assert "fail" in said.values()


def test_limits_that_are_not_written_down_are_a_fault(valkey: redis.Redis) -> None:
    said = told(servers.limits())  # tests' server is forgetful

    assert said["Limits and messages are lost when that server restarts."] == "fail"
    assert said["What limits and messages are in throws nothing away."] == "ok"


def test_a_server_that_is_away_is_a_finding_and_no_error(settings: LazySettings) -> None:
    settings.REDIS_URL = settings.CACHE_URL = "unix:///nowhere/valkey.sock"

    assert statuses(servers.limits()) == statuses(servers.cache()) == ["fail"]


@pytest.mark.parametrize(("days", "status"), [(60, "ok"), (3, "warn"), (-1, "fail")])
def test_the_certificates_end_is_judged(
    days: int, status: str, tmp_path: Path, settings: LazySettings
) -> None:
    file = tmp_path / "site.pem"
    file.write_bytes(certificate(until=NOON + timedelta(days=days)))
    settings.TLS_CERTIFICATE_FILE = str(file)

    assert statuses(files.certificate(at=NOON)) == [status]


def test_backups_are_judged_by_their_age(tmp_path: Path, settings: LazySettings) -> None:
    file = tmp_path / "backup.prom"
    settings.BACKUP_METRICS_FILE = str(file)
    assert statuses(files.backups(at=NOON)) == ["fail"]
    noting.note(file, "full", at=NOON - timedelta(days=3))
    noting.note(file, "incremental", at=NOON - timedelta(hours=5))

    found = statuses(files.backups(at=NOON))

    assert found == ["ok", "warn"]  # made, and never looked through
    assert statuses(files.backups(at=NOON + timedelta(days=2))) == ["fail", "warn"]


def test_alerts_that_call_nobody_are_noticed(tmp_path: Path, settings: LazySettings) -> None:
    ours = Path(settings.BASE_DIR) / "deploy/alertmanager/alertmanager.yml"
    edited = tmp_path / "alertmanager.yml"
    edited.write_text(
        ours.read_text()
        .replace("http://pager:8080", "https://pager.uni.edu")
        .replace("http://chat:8080", "https://chat.uni.edu")
    )

    assert statuses(files.alerts(ours)) == ["fail"]
    assert statuses(files.alerts(edited)) == ["ok"]
    assert statuses(files.alerts(tmp_path / "nothing.yml")) == ["warn"]
