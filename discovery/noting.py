"""What the agents tell of a call to whoever stands around them: who keeps it is none of their business."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

NOTED = "discovery.noted"  # in a request's META


@dataclass(frozen=True, slots=True)
class Noted:
    """What somebody asked an agent, or several of them in a row.

    :param agent: as `GET agents` names it, or "workflow"
    :param question: what was asked, in a line
    :param asked: the body that asks for the same again
    """

    agent: str
    question: str
    asked: Mapping[str, Any]
    is_cached: bool = False


def note(
    request: Request,
    agent: str,
    asked: Mapping[str, Any],
    *,
    is_cached: bool = False,
) -> None:
    """Leave in a request's META what it asked for, once that is answered."""
    request.META[NOTED] = Noted(agent, _question_of(asked), dict(asked), is_cached=is_cached)


def _question_of(asked: Mapping[str, Any]) -> str:
    if words := asked.get("query") or " ".join(asked.get("search_terms", ())):
        return " ".join(words.split())
    if accession := asked.get("dataset_id"):
        return str(accession)
    named: Iterable[str] = asked.get("dataset_ids") or ()
    return ", ".join(named)
