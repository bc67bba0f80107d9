"""What a call costs and how it is treated, by route as it stands in the URL configuration."""

from dataclasses import dataclass

# Looking at one's quota, and getting in at all, use none of it.
FREE = ("api/v2/auth/", "api/v2/users/usage", "api/v2/users/quota")
# The view itself says what it costs, before it does anything: `counting.charge`.
PRICED_BY_VIEW = frozenset(
    {("POST", "api/v2/batch/jobs"), ("POST", "api/v2/batch/jobs/<uuid:job_id>/retry")}
)
# So many of one user run at once: `leases`.
EXPENSIVE = (
    *("api/v2/agents/search", "api/v2/agents/summarize", "api/v2/agents/report"),
    *("api/v2/workflows/execute", "api/v2/auth/me/export"),
    # Both ask for as much as a search, or for all samples of a series.
    *("api/v2/datasets/<str:geo_id>/similar", "api/v2/datasets/<str:geo_id>/samples"),
    *("api/v2/history/queries/export", "api/v2/history/queries/<uuid:query_id>/again"),
)
# They cost money: who cannot be counted is not served.
PAID = ("api/v2/agents/summarize",)
# What only some tiers include: `Limits.ai`.
AI = ("api/v2/agents/summarize",)
# Staff get through whatever is broken.
ALWAYS_OPEN = ("api/v2/admin/",)


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a call is treated."""

    cost: int
    is_expensive: bool
    is_paid: bool
    needs_ai: bool
    is_always_open: bool


def treatment_of(method: str, route: str) -> Treatment:
    is_free = route.startswith(FREE) or (method, route) in PRICED_BY_VIEW
    return Treatment(
        cost=0 if is_free else 1,
        is_expensive=route.startswith(EXPENSIVE),
        is_paid=route.startswith(PAID),
        needs_ai=route.startswith(AI),
        is_always_open=route.startswith(ALWAYS_OPEN),
    )
