"""What a series is about, in a few points that can each be traced to a sentence of its record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from operator import itemgetter
from typing import Any, Protocol

import numpy as np
import orjson
import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from caching import keys
from caching.services import Rendered, remember
from caching.services.invalidation import of_dataset
from common.breaker import Breaker
from common.errors import ServiceUnavailable
from common.valkey import impatient
from discovery import embeddings, summaries
from discovery.describing import describe
from discovery.models import Dataset
from discovery.summaries import MOST_POINTS, NoAnswer, Point, Sentence
from discovery.summaries.claims import accessions
from discovery.summaries.prompting import MOST_ANSWER, SCHEMA
from monitoring import flags

DEFAULT_SENTENCES = 3
EXTRACTIVE, WITH_AI = "extractive", "openai"
WRITTEN = (
    "Written by a language model ({model}). Each point was held against the sentence that it is"
    " based on; read that before you rely on it."
)
AWAY = "The language model does not answer at the moment: these are sentences of the record."
NOTHING_HELD = (
    "What the language model wrote does not stand in the record: these are sentences of the record."
)
FORM = 1  # of what is kept; another number and what is kept now is not read any more
PATIENCE = 0.05  # seconds for Valkey to say whether the model is to be asked

logger = structlog.get_logger(__name__)


class Writer(Protocol):
    """A language model: `discovery.writing.Writer`."""

    model: str

    def write(
        self, messages: Sequence[Mapping[str, str]], *, form: Mapping[str, Any], most_tokens: int
    ) -> str: ...


@dataclass(frozen=True, slots=True)
class Summary:
    """The points, in the order of the record. `engine` is what made them."""

    geo_id: str
    points: list[Point]
    engine: str
    is_cached: bool
    notices: list[str]

    @property
    def text(self) -> str:
        return " ".join(point.text for point in self.points)


def summarise(
    dataset: Dataset,
    max_sentences: int = DEFAULT_SENTENCES,
    *,
    with_ai: bool = False,
    viewer: str = "",
) -> Summary:
    """Return the summary of a series: sentences of its record, those that say most about it.

    It is kept, and made anew when the record's text changes. Without sentences there are no points.

    :param with_ai: let a language model write it, if one is configured: it costs money. While it
        does not answer, and where nothing that it says holds, the record's own sentences serve
    :param viewer: the id of who asks, so that they can clear what they were given
    """
    asked = _Asked(dataset, max_sentences, viewer)
    writer = configured_writer() if with_ai else None
    if writer is None:
        return asked.extracted()
    try:
        return asked.written(writer)
    except ServiceUnavailable as error:
        logger.warning("a summary was not written", error=type(error).__name__)
        return asked.extracted(AWAY)


def configured_writer() -> Writer | None:
    """Return the language model of the settings, None if there is none or it is switched off."""
    if not settings.SUMMARY_WRITER or not flags.is_on(flags.LANGUAGE_MODEL):
        return None
    return _writer(
        settings.SUMMARY_WRITER,
        settings.OPENAI_API_KEY,
        settings.OPENAI_BASE_URL,
        settings.OPENAI_MODEL,
    )


@cache
def _writer(path: str, api_key: str, base_url: str, model: str) -> Writer:
    writer: Writer = import_string(path)(
        api_key=api_key, base_url=base_url, model=model, breaker=_breaker(settings.REDIS_URL)
    )
    return writer


def breaker() -> Breaker:
    """Return the breaker of the language model, which all processes share."""
    return _breaker(settings.REDIS_URL)


@cache
def _breaker(valkey_url: str) -> Breaker:
    return Breaker("language model", client=impatient(valkey_url, patience=PATIENCE))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A summary that somebody asks for."""

    dataset: Dataset
    max_sentences: int
    viewer: str

    def extracted(self, *notices: str) -> Summary:
        return self._kept(EXTRACTIVE, self._extract, notices)

    def written(self, writer: Writer) -> Summary:
        """Return what the model wrote.

        :raises ServiceUnavailable: if it does not answer; nothing is kept then
        """
        return self._kept(writer.model, partial(self._write, writer))

    def _kept(
        self, engine: str, make: Callable[[], Rendered], notices: Sequence[str] = ()
    ) -> Summary:
        """Return the first points of what is kept, which are more than anybody asks for."""
        texts = [self.dataset.title, self.dataset.summary, self.dataset.overall_design]
        key = keys.ai_summary(
            self.dataset.accession, {"form": FORM, "engine": engine, "texts": texts}
        )
        answer = remember(key, make, viewer=self.viewer)
        kept = orjson.loads(answer.body or b"")
        first = sorted(kept["points"][: self.max_sentences], key=itemgetter("place"))
        return Summary(
            geo_id=self.dataset.accession,
            points=[Point(one["text"], Sentence(one["field"], one["sentence"])) for one in first],
            engine=kept["engine"],
            is_cached=answer.is_cached,
            notices=[*_cautions(self.dataset), *kept["notices"], *notices],
        )

    def _extract(self, *notices: str) -> Rendered:
        """Choose sentences: the most telling first, as many as somebody may ask for."""
        sentences = self._sentences()
        texts = [self.dataset.title, *(one.plain for one in sentences)]
        topic, *vectors = embeddings.model(threads=settings.EMBEDDING_THREADS).embed(texts)
        chosen = summaries.ranked(sentences, np.array(vectors), topic)
        points = [Point(one.plain, one) for one in chosen]
        return self._rendered(EXTRACTIVE, points, sentences, notices)

    def _write(self, writer: Writer) -> Rendered:
        """Let the model write, and keep what of it stands in the record.

        :raises ServiceUnavailable: if it does not answer
        """
        sentences = self._sentences()
        messages = summaries.messages(sentences, most_points=MOST_POINTS)
        try:
            answer = writer.write(messages, form=SCHEMA, most_tokens=MOST_ANSWER)
            points = summaries.points_of(answer, sentences, most_points=MOST_POINTS)
        except NoAnswer as error:  # kept too: the same record would be paid for again
            logger.warning("what was written does not hold", series=self.dataset.accession)
            logger.debug("why it does not hold", reason=str(error))
            return self._extract(NOTHING_HELD)
        notices = [WRITTEN.format(model=writer.model)]
        return self._rendered(WITH_AI, points, sentences, notices)

    def _sentences(self) -> list[Sentence]:
        one = self.dataset
        return summaries.candidates(
            title=one.title,
            summary=one.summary,
            design=one.overall_design,
            known=_accessions(one),
        )

    def _rendered(
        self,
        engine: str,
        points: Sequence[Point],
        sentences: list[Sentence],
        notices: Sequence[str],
    ) -> Rendered:
        told = [
            {
                "text": point.text,
                "field": point.source.field,
                "sentence": point.source.text,
                "place": sentences.index(point.source),
            }
            for point in points
        ]
        body = orjson.dumps({"engine": engine, "points": told, "notices": list(notices)})
        return Rendered(body, [of_dataset(self.dataset.accession)])


def _accessions(dataset: Dataset) -> set[str]:
    """Return what the record names in its own fields: text alone may name anything."""
    fields = [
        *(dataset.accession, *dataset.platforms, *dataset.relations),
        *(f"PMID {one} PMID: {one} PMID{one} PMID:{one}" for one in dataset.pubmed_ids),
    ]
    return accessions(" ".join(fields))


def _cautions(dataset: Dataset) -> list[str]:
    """Return what is to be known of a record before its summary is believed."""
    series = describe(dataset)
    cautions = []
    if series.is_superseries:
        cautions.append("This is a SuperSeries: what was studied is told by its SubSeries.")
    if series.summary_truncated:
        cautions.append("The summary is cut off in this record: its end is missing here too.")
    return cautions
