"""What the reader used, and what is left."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from omicsoracle.pages.asking import Refused, ask
from omicsoracle.pages.middleware import context_of, passed_on

# How each interval is called, and what of a moment is written.
INTERVALS = {
    "hour": ("The last 24 hours", slice(5, 16)),
    "day": ("The last 30 days", slice(10)),
    "month": ("The last 12 months", slice(7)),
}
GROUPS = (("endpoint", "By call"), ("status", "By status"), ("agent", "By agent"))
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")  # of a route
Group = Mapping[str, Any]


@never_cache
@login_required
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """Show limits and charts. To look at the charts counts; who has nothing left sees the limits."""
    interval = request.GET.get("interval", "day")
    interval = interval if interval in INTERVALS else "day"
    context: dict[str, Any] = {
        "usage": ask(request, "GET", "users/usage").data,
        "quota": ask(request, "GET", "users/quota").data,
        "interval": interval,
        "intervals": [(name, title) for name, (title, _) in INTERVALS.items()],
    }
    query = {"interval": interval, "group_by": ",".join(name for name, _ in GROUPS)}
    try:
        told = ask(request, "GET", "analytics/usage", query=query).data
    except Refused as refused:
        if refused.code != "rate_limited":
            raise
        context |= context_of(refused)
        return passed_on(refused, render(request, "pages/usage/usage.html", context))
    written = INTERVALS[interval][1]
    series = [{**one, "at": one["at"][written].replace("T", " ")} for one in told["series"]]
    groups = [(name, title, _told_apart(told["groups"], name)) for name, title in GROUPS]
    context |= {"told": told, "series": series, "groups": groups, "drawn": _drawn(series, groups)}
    return render(request, "pages/usage/usage.html", context)


def _told_apart(groups: Iterable[Group], by: str) -> list[tuple[str, int, int]]:
    """Return (name, requests, errors) for each value of one grouping, the most requests first."""
    requests, errors = Counter[str](), Counter[str]()
    for group in groups:
        name = _name_of(group, by)
        requests[name] += group["requests"]
        errors[name] += group["errors"]
    return [(name, number, errors[name]) for name, number in requests.most_common()]


def _name_of(group: Group, by: str) -> str:
    if by == "endpoint":
        endpoint = PARAMETER.sub(r"{\1}", group["endpoint"].removeprefix("/api/v2/"))
        return f"{group['method']} {endpoint}"
    return str(group[by] or "other calls")


def _drawn(
    series: Sequence[Group], groups: Iterable[tuple[str, str, list[tuple[str, int, int]]]]
) -> dict[str, Any]:
    """Return what the charts draw."""
    names = ("requests", "errors", "p50_ms", "p95_ms")
    over_time = {name: [one[name] for one in series] for name in names}
    return {
        "time": {"at": [one["at"] for one in series], **over_time},
        **{
            name: {"names": [one for one, _, _ in rows], "requests": [n for _, n, _ in rows]}
            for name, _, rows in groups
        },
    }
