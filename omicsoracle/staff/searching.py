"""What the search of the whole site finds: people, keys, series, and jobs by their id."""

from collections.abc import Iterator, Mapping

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from accounts.admin.people import identifier
from accounts.models import ApiKey, User
from batch.models import BatchJob
from discovery.models import Dataset
from omicsoracle.staff.figures import may_see

MOST = 8  # of each kind
SHORTEST, LONGEST = 3, 200  # characters
KINDS: Mapping[type[Model], str] = {
    User: "person",
    ApiKey: "key",
    Dataset: "dataset",
    BatchJob: "inventory_2",
}


def found(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return rows that the lists of those models find, as far as somebody may see them."""
    wanted = term.strip().replace("\0", "")[:LONGEST]
    if len(wanted) < SHORTEST:
        return []
    looked_in = [model for model in KINDS if model is not BatchJob or identifier(wanted)]
    return [one for model in looked_in for one in _of(model, request, wanted)]


def _of(model: type[Model], request: HttpRequest, term: str) -> Iterator[SearchResult]:
    page = admin.site.get_model_admin(model)
    about = page.opts
    if not may_see(request.user.has_perm, about.label_lower):
        return
    rows, _ = page.get_search_results(request, page.get_queryset(request), term)
    view = f"admin:{about.app_label}_{about.model_name}_change"
    for one in rows.order_by()[:MOST]:
        link, kind = reverse(view, args=[one.pk]), str(about.verbose_name)
        yield SearchResult(title=str(one), description=kind, link=link, icon=KINDS[model])
