"""Whether this installation is fit for real work: what `manage.py production_check` prints.

It looks at the settings as they are read here and now, and asks the servers that they name.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from monitoring.production import configured, files, servers
from monitoring.production.findings import Finding

# What no program can see.
FOR_PEOPLE = (
    "The team has read docs/OPERATIONS_RUNBOOK.md and docs/INCIDENT_RESPONSE.md, and played them through.",
    "The load that you expect was tried on machines like these (docs/SCALING_GUIDE.md).",
    "A backup was brought back on another machine, by somebody who had only the documents.",
    "Somebody was really called by a test alert, at night too.",
    "Dashboards are looked at, and something outside watches Prometheus.",
)

CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    configured.debug,
    configured.own_servers,
    configured.secrets,
    configured.site,
    configured.browsers,
    configured.who_may_call,
    configured.mail,
    configured.watching,
    servers.django_checks,
    servers.database,
    servers.migrations,
    servers.accounts,
    servers.limits,
    servers.cache,
    servers.health_checks,
)


def examine(*, at: datetime, alertmanager: Path) -> list[Finding]:
    """Look at everything; what is away is a finding, and no reason to stop.

    :param alertmanager: the configuration that Alertmanager really runs with
    """
    found = [finding for check in CHECKS for finding in check()]
    found += files.certificate(at=at)
    found += files.backups(at=at)
    found += files.alerts(alertmanager)
    return found
