"""What only files tell: certificate, backups, whom Alertmanager calls."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from monitoring.collectors.files import good_until, of_backups
from monitoring.production.findings import Finding, judged

RENEWED = timedelta(days=14)  # before a certificate ends
# How old a backup may be, as the alerts have it.
OLDEST = {"made": timedelta(hours=26), "looked through": timedelta(days=8)}
PLACEHOLDERS = re.compile(r"url: http://(pager|chat):8080/")


def certificate(*, at: datetime) -> Iterator[Finding]:
    if not settings.TLS_CERTIFICATE_FILE:
        yield Finding(
            "tls",
            "warn",
            "Nobody here knows when the site's certificate ends.",
            "Set TLS_CERTIFICATE_FILE to it (PEM): an alert tells in time. In Kubernetes, cert-manager does.",
        )
        return
    try:
        end = datetime.fromtimestamp(good_until(Path(settings.TLS_CERTIFICATE_FILE)), tz=UTC)
    except OSError as error:
        yield Finding("tls", "fail", f"{error}", "Look at TLS_CERTIFICATE_FILE.")
        return
    yield judged(
        "tls",
        is_well=end - at > RENEWED,
        says=f"The certificate is good until {end:%Y-%m-%d}.",
        otherwise=f"The certificate ends on {end:%Y-%m-%d}.",
        advice="Renew it now, and see why that did not happen by itself.",
        is_grave=end <= at,
    )


def backups(*, at: datetime) -> Iterator[Finding]:
    if not settings.BACKUP_METRICS_FILE:
        yield Finding(
            "backups",
            "warn",
            "Nobody here knows when a backup last succeeded.",
            "Set BACKUP_METRICS_FILE for the backups and for the application, or see that Prometheus learns of them.",
        )
        return
    try:
        last = {
            sample.labels["kind"]: datetime.fromtimestamp(sample.value, tz=UTC)
            for family in of_backups(Path(settings.BACKUP_METRICS_FILE))
            for sample in family.samples
        }
    except OSError as error:
        yield Finding("backups", "fail", f"{error}", "Look at BACKUP_METRICS_FILE.")
        return
    made = [moment for kind, moment in last.items() if kind != "verify"]
    for how, moments in (
        ("made", made),
        ("looked through", [last[k] for k in last if k == "verify"]),
    ):
        yield _age(how, max(moments, default=None), at=at)


def alerts(configuration: Path) -> Iterator[Finding]:
    try:
        text = configuration.read_text(encoding="utf-8")
    except OSError:
        yield Finding(
            "alerts",
            "warn",
            f"{configuration} is not here: whom Alertmanager calls cannot be seen.",
            "Say where it is with --alertmanager.",
        )
        return
    yield judged(
        "alerts",
        is_well=not PLACEHOLDERS.search(text),
        says="Alertmanager has receivers of yours.",
        otherwise="Alertmanager calls the examples' receivers: nobody.",
        advice="Put your pager's and your chat's addresses into deploy/alertmanager/alertmanager.yml.",
    )


def _age(how: str, last: datetime | None, *, at: datetime) -> Finding:
    return judged(
        "backups",
        is_well=last is not None and at - last <= OLDEST[how],
        says=f"A backup was last {how} at {last:%Y-%m-%d %H:%M}." if last else "",
        otherwise=f"A backup was last {how} at {last:%Y-%m-%d %H:%M}."
        if last
        else f"No backup was ever {how}.",
        advice="See docs/backup-and-recovery.md, and what cron says.",
        is_grave=how == "made",
    )
