"""What there is about one person: limits and what is left of them, and links to all that is theirs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.urls import reverse

from accounts.models import User
from history.models import QueryHistory
from omicsoracle.staff.figures import Card, Figure, May, list_of, may_see
from quotas.services import usage
from quotas.services.usage import Filling, Quota

RECENTLY = timedelta(days=30)
# Lists that know whose a row is, by what they are called here.
THEIRS: Mapping[str, str] = {
    "sessions": "accounts.session",
    "API keys": "accounts.apikey",
    "batch jobs": "batch.batchjob",
    "workflows": "discovery.workflow",
    "questions": "history.queryhistory",
    "usage by hour": "quotas.usagehour",
    "requests": "quotas.usagelog",
    "changes of tier": "quotas.tierchange",
    "override": "quotas.override",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Cards of figures, and links."""

    cards: list[Card]
    links: list[tuple[str, str]]


def about(user: User, *, may: May, at: datetime) -> Person:
    """Return what somebody with these permissions may see of a user."""
    cards = []
    if may("quotas.view_override"):
        cards.append(Card("Limits", list(_limits(usage.quota_of(user=user, at=at)))))
    if may("history.view_queryhistory"):
        cards.append(Card("Questions in 30 days", list(_questions(user, at))))
    return Person(cards, list(_links(user, may)))


def _limits(quota: Quota) -> Iterator[Figure]:
    yield _filled("this hour", quota.hour)
    yield _filled("today", quota.day)
    most = quota.limits.concurrent_jobs
    yield Figure("batch jobs now", f"{quota.jobs_running} of {_limit(most)}")
    yield Figure("queries a job", _limit(quota.limits.queries_per_job))
    yield Figure("AI summaries", "yes" if quota.limits.ai else "no")
    if quota.override:
        ends = quota.override.expires_at
        until = f"until {ends:%Y-%m-%d %H:%M}" if ends else "until it is removed"
        yield Figure("override", f"{quota.override.reason} ({until})")


def _filled(name: str, filling: Filling) -> Figure:
    is_full = filling.remaining == 0
    resets = f", anew at {filling.reset_at:%H:%M} UTC" if filling.reset_at and is_full else ""
    return Figure(name, f"{filling.used:,} of {_limit(filling.limit)}{resets}", is_bad=is_full)


def _limit(number: int | None) -> str:
    return "unlimited" if number is None else f"{number:,}"


def _questions(user: User, at: datetime) -> Iterator[Figure]:
    """Tell how many were asked of whom; what was asked is their owner's alone."""
    recent = QueryHistory.objects.of(user.pk).since(at - RECENTLY)
    counted = recent.order_by("agent_type").values_list("agent_type").annotate(Count("pk"))
    for agent, count in counted:
        yield Figure(agent, f"{count:,}")


def _links(user: User, may: May) -> Iterator[tuple[str, str]]:
    for name, model in THEIRS.items():
        if may_see(may, model):
            yield name, list_of(model, f"user__id__exact={user.pk}")
    if may_see(may, "accounts.auditentry"):
        yield "done to them", list_of("accounts.auditentry", f"subject={user.audit_id}")
        yield "done by them", list_of("accounts.auditentry", f"actor={user.audit_id}")
    if may("quotas.add_override"):
        yield "set other limits", f"{reverse('admin:quotas_override_add')}?user={user.pk}"
