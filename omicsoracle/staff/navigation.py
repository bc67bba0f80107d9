"""The sidebar: every list that somebody may see, by what it is for."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from omicsoracle.staff.figures import list_of, may_see

# Title, symbol, model.
GROUPS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "People": (
        ("Users", "group", "accounts.user"),
        ("API keys", "key", "accounts.apikey"),
        ("Sessions", "devices", "accounts.session"),
        ("Mails", "mail", "accounts.mail"),
        ("Audit log", "history_edu", "accounts.auditentry"),
    ),
    "Limits": (
        ("Tiers", "stacks", "quotas.tierlimits"),
        ("Overrides", "tune", "quotas.override"),
        ("Changes of tier", "swap_vert", "quotas.tierchange"),
        ("Usage by hour", "bar_chart", "quotas.usagehour"),
        ("Requests", "list", "quotas.usagelog"),
    ),
    "Work": (
        ("Batch jobs", "inventory_2", "batch.batchjob"),
        ("Queries of jobs", "checklist", "batch.batchitem"),
        ("Webhooks", "webhook", "batch.delivery"),
        ("Workflows", "account_tree", "discovery.workflow"),
        ("Questions", "search", "history.queryhistory"),
    ),
    "Catalogue": (
        ("Series", "dataset", "discovery.dataset"),
        ("Samples", "science", "discovery.sample"),
        ("Platforms", "memory", "discovery.platform"),
        ("Harvests", "agriculture", "discovery.harvest"),
    ),
    "Health": (
        ("Flags, breakers, statements", "monitor_heart", "waffle.switch"),
        ("Cache", "bolt", "caching.searchcache"),
    ),
}


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what unfold shows at the side."""
    start = {"title": "Dashboard", "icon": "dashboard", "link": reverse("admin:index")}
    shown: list[dict[str, Any]] = [{"items": [start]}]
    for title, items in GROUPS.items():
        seen = [
            {"title": name, "icon": icon, "link": list_of(model)}
            for name, icon, model in items
            if may_see(request.user.has_perm, model)
        ]
        if title == "Work" and request.user.has_perm("batch.view_batchjob"):
            seen.append({"title": "Workers", "icon": "engineering", "link": reverse("flower")})
        if seen:
            shown.append({"title": title, "separator": True, "items": seen})
    return shown
