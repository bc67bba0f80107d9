"""What the service answers, as values. Fields have the names that the HTTP contract gives them.

Fields that a newer service adds are passed over; what it leaves out has the default that stands here.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from omicsoracle_client.errors import UnexpectedAnswer

Answer = TypeVar("Answer")


# --- Series -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A GEO series. What its record does not say is None, or empty."""

    geo_id: str
    title: str = ""
    summary: str | None = None
    overall_design: str | None = None
    organisms: tuple[str, ...] = ()
    study_types: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    sample_count: int | None = None
    submission_date: date | None = None
    release_date: date | None = None
    last_update: date | None = None
    pubmed_ids: tuple[str, ...] = ()
    bioproject: str | None = None
    sra: str | None = None
    supplementary_files: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(Dataset):
    """A series that answers a question: how well, and why."""

    relevance_score: float
    match_reasons: tuple[str, ...] = ()
    quality_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """The series that answer a question, best first. `total_found` are more than were asked for."""

    total_found: int
    datasets: tuple[Hit, ...]
    search_terms_used: tuple[str, ...] = ()
    filters_applied: dict[str, Any] = field(default_factory=dict)
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    source: str = "local"
    mode: str = ""
    notices: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    did_you_mean: str | None = None
    cached: bool = False
    execution_time_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How far one can work with a series. A dimension is None where the record does not say."""

    score: float
    level: str
    dimensions: dict[str, float | None] = field(default_factory=dict)
    explanations: dict[str, str] = field(default_factory=dict)
    strengths: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated(Dataset):
    """A series and its quality."""

    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The quality of series, and which of those asked about are not in the catalogue."""

    total_processed: int
    not_found: tuple[str, ...] = ()
    validated_datasets: tuple[Validated, ...] = ()
    quality_stats: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample of a series, with what its submitters tell of it."""

    geo_id: str
    title: str = ""
    source_name: str | None = None
    organisms: tuple[str, ...] = ()
    platform: str | None = None
    characteristics: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour(Dataset):
    """A series that is close in meaning to another."""

    similarity: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """The nearest series. `relatives`, parts of the same SuperSeries, are not among them."""

    geo_id: str
    results: tuple[Neighbour, ...] = ()
    relatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A file, a folder or a page of a series."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line for a shell that fetches something."""

    tool: str
    purpose: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """Where the files of a series are, and how to fetch them."""

    geo_id: str
    links: tuple[Link, ...] = ()
    commands: tuple[Command, ...] = ()
    notices: tuple[str, ...] = ()


# --- Reports ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """What the data say, how surely, and which series bear it out."""

    insight: str
    supporting_datasets: tuple[str, ...] = ()
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report; `full_report` is its whole text in the format that was asked for."""

    title: str
    summary: str
    full_report: str
    report_type: str = ""
    report_format: str = ""
    key_insights: tuple[Insight, ...] = ()
    recommendations: tuple[str, ...] = ()
    datasets_included: tuple[str, ...] = ()
    not_found: tuple[str, ...] = ()
    quality_summary: dict[str, Any] = field(default_factory=dict)
    sections: tuple[dict[str, Any], ...] = ()
    notices: tuple[str, ...] = ()
    made_on: date | None = None


# --- Batch --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Many questions that are answered in the background."""

    id: str
    status: str
    workflow_type: str
    total_tasks: int
    completed_tasks: int = 0
    failed_tasks: int = 0
    cancelled_tasks: int = 0
    progress: float = 0.0
    metadata: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error_message: str | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in {"completed", "failed", "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What came of one question of a job; `result` is what `workflows/execute` would answer."""

    index: int
    query: str
    status: str
    attempts: int = 0
    result: dict[str, Any] | None = None
    error: str | None = None
    error_code: str | None = None


# --- Accounts -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody, as they see themselves."""

    id: str
    email: str
    full_name: str = ""
    tier: str = "free"
    roles: tuple[str, ...] = ()
    email_verified: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a session goes on with."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Tokens):
    """A session that has begun."""

    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key, without its secret."""

    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...] = ()
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey(ApiKey):
    """An API key that was just made: `key` is told this once."""

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much of a rolling window is used. A limit of None is none."""

    used: int = 0
    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCount:
    """How often an endpoint was called today."""

    endpoint: str
    method: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used."""

    tier: str
    hour: Window
    day: Window
    concurrent_jobs: Window
    by_endpoint: tuple[EndpointCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a tier, or an override, allows."""

    hour: int | None = None
    day: int | None = None
    concurrent_jobs: int | None = None
    queries_per_job: int | None = None
    ai: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What one may use; `override` is what was set otherwise for this user."""

    tier: str
    limits: Limits
    remaining: dict[str, int | None] = field(default_factory=dict)
    override: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that was asked before. `asked` and `result` are told of one question, not in lists."""

    id: str
    query_text: str
    agent_type: str
    result_count: int | None = None
    execution_time_ms: int | None = None
    cached: bool = False
    created_at: datetime | None = None
    asked: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


# --- From JSON ----------------------------------------------------------------------------------
def read(kind: type[Answer], data: Any) -> Answer:
    """Return what came as JSON as a value of this kind.

    :raises UnexpectedAnswer: if it cannot be one
    """
    try:
        answer: Answer = _read(kind, data)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnexpectedAnswer(
            f"The answer is no {kind.__name__}: does another version run there?"
        ) from error
    return answer


def _read(hint: Any, data: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return None if data is None else _read(arguments[0], data)
    if is_dataclass(hint):
        return _value_of(hint, data)
    if origin is tuple:
        return tuple(_read(arguments[0], one) for one in data)
    if origin is dict:
        return {name: _read(arguments[1], one) for name, one in data.items()}
    if hint in {date, datetime}:
        return hint.fromisoformat(data)
    return data


def _value_of(kind: Any, data: Mapping[str, Any]) -> Any:
    hints = _hints_of(kind)
    return kind(**{name: _read(hint, data[name]) for name, hint in hints.items() if name in data})


@cache
def _hints_of(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}
