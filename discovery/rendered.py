"""Answers as they go out: rendered once, kept by the cache, given again byte for byte."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone

from caching import keys
from caching.keys import Key
from caching.services import Answer, Lasting, Rendered, at_hand, cached, remember, version
from caching.services.invalidation import of_dataset
from common.renderers import FastJSONRenderer
from discovery.models import VERSION, Dataset
from discovery.serializers import AnswerSerializer, DatasetSerializer, SearchSerializer, filters_of
from discovery.services.search import Answer as Found
from discovery.services.search import (
    LiveSearchUnavailable,
    Mode,
    live_place,
    require_live_search,
    search,
    search_ncbi,
)
from discovery.understanding import Filters

OF_THE_REQUEST = ("cached", "execution_time_ms")
FALLEN_BACK = "NCBI could not be searched just now: this is what the catalogue of this server has."
NAMED = "discovery.named"  # in a request's META: what its answer is kept under


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as somebody asks for it."""

    question: str
    filters: Filters
    max_results: int
    mode: Mode

    @classmethod
    def from_body(cls, valid: Mapping[str, Any]) -> "Asked":
        """Return what a valid `SearchSerializer` asks for."""
        words = valid.get("query") or " ".join(valid["search_terms"])
        return cls(
            question=" ".join(words.split()),
            filters=filters_of(valid.get("filters", {})),
            max_results=valid["max_results"],
            mode=Mode(valid["mode"]),
        )

    def as_body(self) -> dict[str, object]:
        """Return a body that asks for the same."""
        filters = dict(self.filters.as_dict())
        return {
            "query": self.question,
            "max_results": self.max_results,
            "mode": self.mode.value,
            **({"filters": filters} if filters else {}),
        }


@dataclass(frozen=True, slots=True)
class Named:
    """Where the answer to a search is kept: as long as date and catalogue are the same."""

    key: Key
    parameters: Mapping[str, object]
    at: date
    catalogue: int

    @classmethod
    def of(cls, asked: Asked, *, at: date) -> "Named":
        parameters, catalogue = asked.as_body(), version(VERSION)
        key = keys.geo_query({**parameters, "at": at, "catalogue": catalogue})
        return cls(key, parameters, at, catalogue)


def search_answer(asked: Asked, *, at: date, viewer: str) -> Answer:
    """Return the answer to a search, without what depends on the request.

    It is kept until the catalogue changes, and for a day at most: "of the last five years" depends
    on the date.
    """
    named = Named.of(asked, at=at)
    return remember(
        named.key,
        partial(_search, asked, at),
        text=asked.question,
        viewer=viewer,
        demand=named.parameters,
    )


def live_answer(asked: Asked, *, at: datetime, viewer: str) -> Answer:
    """Return the answer to a search of NCBI itself, which is kept for a quarter of an hour.

    :raises LiveSearchUnavailable: if there is none, or if too many wait for theirs
    """
    require_live_search()
    key = keys.geo_query({**asked.as_body(), "source": "ncbi"})
    lasting = Lasting(settings.NCBI_LIVE_KEPT_FOR, settings.NCBI_LIVE_KEPT_FOR)
    make = partial(_search_live, asked, at)
    versions = {VERSION: version(VERSION)}  # whatever it is: asking is to learn what is invalid
    is_at_hand = at_hand(key, viewer=viewer, at=at.timestamp(), versions=versions) is not None
    with nullcontext() if is_at_hand else live_place():
        return remember(key, make, lasting=lasting, text=asked.question, viewer=viewer)


def live_or_local_answer(asked: Asked, *, at: datetime, viewer: str) -> Answer:
    """Return the answer of NCBI; if there is none, the catalogue's, which says so."""
    try:
        return live_answer(asked, at=at, viewer=viewer)
    except LiveSearchUnavailable:
        answer = search_answer(asked, at=at.date(), viewer=viewer)
    body = orjson.loads(answer.body or b"{}")
    body["notices"] = [FALLEN_BACK, *body["notices"]]
    return replace(answer, body=_json(body))


def with_request(body: bytes, *, is_cached: bool, took_ms: int) -> bytes:
    """Return the answer to a search with what depends on the request."""
    flag = b"true" if is_cached else b"false"
    return b'%s,"cached":%s,"execution_time_ms":%d}' % (body[:-1], flag, took_ms)


@cached(versions=[VERSION])
def dataset_answer(*, accession: str) -> Rendered | None:
    """Return the record of a series, None if there is none."""
    found = Dataset.objects.filter(accession=accession).first()
    if found is None:
        return None
    return Rendered(_json(dict(DatasetSerializer(found).data)), [of_dataset(accession)])


def warm(parameters: Mapping[str, object]) -> None:
    """Make the answer to a search body before somebody asks (named in settings)."""
    body = SearchSerializer(data=dict(parameters))
    body.is_valid(raise_exception=True)
    search_answer(Asked.from_body(body.validated_data), at=timezone.now().date(), viewer="")


def answered_anew(question: str, at: date) -> bytes:
    """Return the answer to a question, made without the cache (named in settings)."""
    body = SearchSerializer(data={"query": question})
    body.is_valid(raise_exception=True)
    return _search(Asked.from_body(body.validated_data), at).body


def _search(asked: Asked, at: date) -> Rendered:
    return _rendered(
        search(
            question=asked.question,
            filters=asked.filters,
            max_results=asked.max_results,
            mode=asked.mode,
            at=at,
        )
    )


def _search_live(asked: Asked, at: datetime) -> Rendered:
    return _rendered(
        search_ncbi(
            question=asked.question,
            filters=asked.filters,
            max_results=asked.max_results,
            mode=asked.mode,
            at=at,
        )
    )


def _rendered(answer: Found) -> Rendered:
    data = dict(AnswerSerializer(answer).data)
    for name in OF_THE_REQUEST:
        data.pop(name)
    return Rendered(_json(data), [of_dataset(hit.dataset.accession) for hit in answer.hits])


def _json(data: dict[str, object]) -> bytes:
    return FastJSONRenderer().render(data)
