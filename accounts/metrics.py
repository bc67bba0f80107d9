"""Accounts and their mails for Prometheus."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from accounts.models import Mail, Session, Tier, User
from monitoring.exposition import DatabaseReader


class AccountCollector(DatabaseReader):
    """Who there is, by tier; who is signed in; what waits in the outbox."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        users = GaugeMetricFamily("omicsoracle_users", "Accounts.", labels=["tier", "active"])
        rows: Any = User.objects.order_by().values_list("tier", "is_active").annotate(Count("pk"))
        counts = {(tier, is_active): count for tier, is_active, count in rows}
        for tier in Tier:
            for is_active in (True, False):
                count = counts.get((tier, is_active), 0)
                users.add_metric([tier, str(is_active).lower()], count)
        yield users
        mail = (
            Mail.objects.due(at=now).order_by().aggregate(count=Count("pk"), first=Min("next_at"))
        )
        late = (now - mail["first"]).total_seconds() if mail["first"] else 0.0
        sessions = Session.objects.live(at=now).count()
        for name, says, value in (
            ("sessions", "Sessions that have not ended.", sessions),
            ("mails_due", "Mails that could be sent now.", mail["count"]),
            ("mails_late_seconds", "How long the first of them could have been sent.", late),
        ):
            yield GaugeMetricFamily(f"omicsoracle_{name}", says, value=float(value))
