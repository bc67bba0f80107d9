"""Every list, with its search and each of its filters; the dashboard, a person, the whole site's search."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import AuditEntry, Session
from batch.models import BatchJob
from common.ids import uuid7
from common.staff_pages import BetweenDays
from omicsoracle.embedded.processes import Home
from omicsoracle.staff import dashboard
from tests.performance.accounts.people import person
from tests.performance.accounts.report import Row
from tests.performance.admin import filling
from tests.performance.analytics.calls import sql_timed
from tests.performance.requests.summary import latency

PROMISED = 300.0  # milliseconds
TIMES, WARM = 5, 1
CHOICES = 4  # of a filter that are asked for
# What people type: what one person has, what fifty thousand have, and what nobody has.
TYPED = ("ada.lovelace1", "Rosalind", "nobody@nowhere.example")


def measure(_home: Home, *, short: bool) -> list[Row]:
    users, times = (10_000, 3) if short else (1_000_000, TIMES)
    filling.filled(users)
    client = Client()
    client.force_login(person(email=f"{uuid7()}@example.org", is_staff=True, is_superuser=True))
    rows = [_timed(client, *asked, times) for asked in _whole_pages()]
    for model in admin.site._registry:
        rows += [_timed(client, name, address, times) for name, address in _of_list(client, model)]
    return rows


def _whole_pages() -> Iterator[tuple[str, str]]:
    busy = Session.objects.select_related("user").latest("created_at").user
    yield "the dashboard, found out anew", reverse("admin:index")
    yield "the page of a person", reverse("admin:accounts_user_change", args=[busy.pk])
    for typed in TYPED:
        yield f"the whole site searched for {typed}", f"/admin/search/?extended=1&s={typed}"
    yield (
        "an autocomplete of users",
        (
            "/admin/autocomplete/?app_label=quotas&model_name=override&field_name=user&term=lovelace9"
        ),
    )


def _of_list(client: Client, model: Any) -> Iterator[tuple[str, str]]:
    about = model._meta
    address = reverse(f"admin:{about.app_label}_{about.model_name}_changelist")
    name = str(about.verbose_name_plural)
    yield f"{name}: first page", address
    page: Any = client.get(address)
    changelist = page.context_data["cl"]
    if changelist.result_count > changelist.list_per_page:
        pages = min(100, changelist.paginator.num_pages)
        yield f"{name}: page {pages}", f"{address}?p={pages}"
    for typed in _typed(model):
        yield f"{name}: searched for {typed}", f"{address}?{urlencode({'q': typed})}"
    for said, query in _filters(changelist):
        yield f"{name}: {said}", f"{address}{query}"


def _typed(model: Any) -> Iterator[str]:
    page = admin.site.get_model_admin(model)
    if page.search_fields:
        yield from TYPED
        yield str(BatchJob.objects.latest("created_at").pk)
    if model is AuditEntry:
        yield AuditEntry.objects.latest("id").request_id
    if model is Session:
        yield "10.0.0.77"
    if page.search_fields == ["accession"]:
        yield from ("GSE77", "liver")


def _filters(changelist: Any) -> Iterator[tuple[str, str]]:
    today = datetime.now(UTC).date()
    for spec in changelist.filter_specs:
        if isinstance(spec, BetweenDays):
            for first, last in ((0, 0), (7, 0), (300, 270)):
                given = {
                    f"{spec.field_path}_from": today - timedelta(days=first),
                    f"{spec.field_path}_to": today - timedelta(days=last),
                }
                yield f"{spec.title} {first} to {last} days ago", f"?{urlencode(given)}"
            continue
        for choice in islice(spec.choices(changelist), 1, 1 + CHOICES):  # the first is all of them
            yield f"{spec.title} {choice['display']}", str(choice["query_string"])


def _timed(client: Client, name: str, address: str, times: int) -> Row:
    taken, in_sql = [], []
    for _ in range(times + WARM):
        dashboard.forget()
        started = time.perf_counter()
        with sql_timed() as statements:
            answer = client.get(address)
        taken.append((time.perf_counter() - started) * 1000)
        in_sql.append(sum(statements))
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{address} was answered with {answer.status_code}.")
    took, sql = latency(taken[WARM:]), latency(in_sql[WARM:])
    sys.stderr.write(f"{name}: {took.p95:.0f} ms, SQL {sql.p95:.0f} ms\n")
    figures = f"p50 {took.p50:.0f} ms, p95 {took.p95:.0f} ms; {sql.p95:.0f} ms of it SQL"
    return Row(name, figures, f"p95 ≤ {PROMISED:.0f} ms", (took.p95 or 0) <= PROMISED)
