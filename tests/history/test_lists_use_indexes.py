"""No list of the API reads a table from one end to the other, whatever it is narrowed by."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from quotas.models import UsageHour
from tests.factories import ApiKeyFactory, SessionFactory, UserFactory, access_token
from tests.history.conftest import asked
from tests.security.routes import filled, parameters, routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("series")]
# They stay small: a row for each tier, process, hour of the site …
SMALL = {
    "tier_limits",
    "tiers",
    "cache_holdings",
    "cache_statistics",
    "cache_warmings",
    "ncbi_state",
}
NAMES: dict[str, object] = {"geo_id": "GSE101", "provider": "github"}
# What lists may be narrowed by; each alone, since each needs its index.
NARROWED: dict[str, list[str]] = {
    "api/v2/history/queries": [
        *("q=breast", "agent_type=search", "after=2026-01-01T00:00:00Z"),
        *("before=2099-01-01T00:00:00Z", "q=breast&agent_type=search"),
    ],
    "api/v2/history/queries/export": ["format=ndjson", "q=breast"],
    "api/v2/datasets": [
        *("organism=human", "study_type=rna-seq", "min_samples=5", "max_samples=50"),
        *("platform=GPL570", "released_after=2019-01-01", "has_publication=true"),
        *("has_raw_data=true", "sample=GSM1", "sra=SRP1", "bioproject=PRJNA1", "pubmed_id=1"),
        *("superseries=GSE1", "subseries=GSE1"),
    ],
    "api/v2/analytics/usage": [
        f"interval={interval}&group_by=endpoint" for interval in ("hour", "day", "month")
    ],
    "api/v2/admin/analytics/usage": ["interval=hour", "from=2026-01-01", "interval=month"],
    "api/v2/admin/users": ["tier=pro", "is_active=true", "q=ada"],
}


def lists() -> list[tuple[str, str]]:
    """Return (route, query string) of every call that reads."""
    return [(route, narrowed) for route in routes() for narrowed in ["", *NARROWED.get(route, [])]]


@pytest.fixture
def staff() -> User:
    user = UserFactory.create(is_staff=True, is_superuser=True, tier="pro")
    for _ in range(3):
        asked(user)
        ApiKeyFactory(user=user)
        SessionFactory(user=user)
    sums = {"method": "GET", "status_code": 200, "requests": 1, "cost": 1, "total_ms": 5}
    UsageHour.objects.create(user=user, endpoint="/a", hour=timezone.now(), **sums)
    return user


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def reads_all(scan: dict[str, Any]) -> bool:
    """Say whether a scan passes over rows to find those it wants."""
    if scan["Relation Name"] in SMALL or scan["Relation Name"].startswith("django_"):
        return False
    if scan["Node Type"] == "Seq Scan":
        return True
    # By distance, as the index of embeddings has it, the nearest come first.
    has_condition = (
        scan.keys() & {"Index Cond", "Order By"} or scan["Node Type"] == "Bitmap Heap Scan"
    )
    return "Filter" in scan and not has_condition


def plan_of(sql: str) -> dict[str, Any]:
    """Return the plan that narrows by an index wherever there is one, however large the tables.

    Walking along an index and dropping rows on the way may cost less, as the tests before this
    one left the tables; a bitmap is made only of what an index narrows.
    """
    # What is nearest comes first out of an index of distances, or is sorted out of all.
    other = "sort" if "<#>" in sql or "<=>" in sql else "indexscan"
    with connection.cursor() as cursor:
        cursor.execute(f"set local enable_seqscan = off; set local enable_{other} = off")
        cursor.execute(f"explain (format json) {sql}")
        found = cursor.fetchone()[0]
    plans = json.loads(found) if isinstance(found, str) else found
    plan: dict[str, Any] = plans[0]["Plan"]
    return plan


@pytest.mark.parametrize(("route", "narrowed"), lists())
def test_a_list_reads_no_table_from_end_to_end(route: str, narrowed: str, staff: User) -> None:
    values = {name: NAMES.get(name, UUID(int=7)) for name in parameters(route)}
    path = f"{filled(route, **values)}?{narrowed}"
    headers = {"Authorization": f"Bearer {access_token(staff)}"}

    with CaptureQueriesContext(connection) as seen:
        answer = Client(raise_request_exception=False).get(path, headers=headers)
        answer.getvalue()

    reads = [one["sql"] for one in seen if one["sql"].lstrip("( \n").lower().startswith("select")]
    bad = {
        f"{scan['Node Type']} of {scan['Relation Name']}: {scan.get('Filter')}"
        for sql in reads
        if "for update" not in sql.lower()
        for scan in scans(plan_of(sql))
        if reads_all(scan)
    }
    assert bad == set()
