"""Read what a question leaves out: 'not cell lines', 'without diabetes', 'excluding mouse or rat'."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from discovery.understanding.matching import Entity
from discovery.understanding.sizes import FLAGS

_GAP = r"\s{1,3}"
# What is no negation though it has a word of one: "not only", "no later than", "whether or not".
HARMLESS = re.compile(
    rf"\bnot{_GAP}(?:only|just|merely|necessarily|yet|sure|all|limited|known)\b|\bor{_GAP}not\b"
    rf"|\bno{_GAP}(?:matter|longer|fewer|less|more|later|earlier|older)\b|\bif{_GAP}not\b"
    rf"|\bnot{_GAP}(?:fewer|less|more|later|earlier|older){_GAP}than\b|\bwhy{_GAP}not\b"
    rf"|\bno\.|\bnot{_GAP}(?:have|having|include)?{_GAP}?(?:been{_GAP})?(?:treated|exposed)\b",
    FLAGS,
)
CUE = re.compile(
    rf"\b(?:but{_GAP}|and{_GAP}|,{_GAP})?(?:(?:do|does|should|must|is|are|were|was){_GAP})?"
    rf"(?:not{_GAP}(?:including|includ(?:e|ing)|involv(?:e|ing)|interested{_GAP}in|with|about|from|in"
    rf"|on|of|using)|don'?t{_GAP}(?:want|include|need|show)(?:{_GAP}(?:me|us))?|not|no|without"
    rf"|exclud(?:ing|e|es)|except(?:ing|{_GAP}for)?|other{_GAP}than|rather{_GAP}than"
    rf"|instead{_GAP}of|apart{_GAP}from|omit(?:ting)?|ignor(?:e|ing)|leav(?:e|ing){_GAP}out"
    rf"|minus|never|nor|neither|non(?=-))(?![\w])[\s-]{{1,3}}",
    FLAGS,
)
EXCLUDED_AFTER = re.compile(
    rf"(?:{_GAP}(?:data|samples?|models?|patients?|studies|experiments))?"
    rf"[\s,]{{1,3}}(?:(?:(?:is|are|to{_GAP}be|must{_GAP}be|should{_GAP}be){_GAP})?"
    rf"(?:excluded|left{_GAP}out|omitted|not{_GAP}(?:included|wanted)))\b",
    FLAGS,
)
# What may stand between a cue and what it negates, or between two things that it negates.
_FILLER = (
    r"(?:any|the|a|an|all|in|from|of|on|with|by|using|for|known|having|prior|previous|history|data"
    r"|samples?|patients?|stud(?:y|ies)|experiments?|datasets?|model|models|organisms?|species"
    r"|treated|other|such|as|like|those|these|ones|that|which|are|were|is|cultured|primary|derived)"
)
BEFORE_FIRST = re.compile(rf"(?:{_FILLER}\b[\s-]{{1,3}}){{0,4}}\Z", FLAGS)
BETWEEN = re.compile(
    rf"(?:{_GAP}(?:data|samples?|models?|patients?|studies|experiments|derived))?"
    rf"\s{{0,3}}(?:[,/]\s{{0,3}})?(?:(?<=[,/\s])(?:and/or|and|or|nor)\b\s{{1,3}}"
    rf"(?:(?:in|from|of|no|not|without)\b\s{{1,3}}){{0,2}})?"
    rf"(?:(?:any|the|an?)\b\s{{1,3}})?\Z",
    FLAGS,
)
# Who lacks a gene is studied for it: "cells without TP53".
LACKED = re.compile(r"without|no\b|non\b|minus", FLAGS)
LONGEST_GAP = 60


class Negation(NamedTuple):
    """What is left out, and the places in the question that say so."""

    excluded: tuple[Entity, ...]
    spans: tuple[tuple[int, int], ...]


def read_negation(text: str, entities: Sequence[Entity]) -> Negation:
    """Return the entities that a question, in its plain form, leaves out."""
    harmless = [match.span() for match in HARMLESS.finditer(text)]
    named = [(entity.start, entity.end) for entity in entities]
    excluded: list[Entity] = []
    spans: list[tuple[int, int]] = []
    for cue in CUE.finditer(text):
        if _overlaps(cue.span(), harmless) or _overlaps(_word_of(cue), named):
            continue
        group = _group_after(text, cue, entities)
        if group:
            excluded += group
            spans.append((cue.start(), group[-1].end))
    for entity in entities:
        after = EXCLUDED_AFTER.match(text, entity.end)
        if after and entity not in excluded:
            excluded.append(entity)
            spans.append((entity.start, after.end()))
    return Negation(tuple(sorted(set(excluded), key=lambda one: one.start)), tuple(spans))


def _group_after(text: str, cue: re.Match[str], entities: Sequence[Entity]) -> list[Entity]:
    """Return the entity that a cue negates, and those that are joined to it."""
    group: list[Entity] = []
    at, between = cue.end(), BEFORE_FIRST
    for entity in entities:
        if entity.start < at:
            continue
        gap = text[at : entity.start]
        is_one_thing = bool(group) and gap.isspace()  # "mouse cell lines"
        if not (is_one_thing or (len(gap) <= LONGEST_GAP and between.match(gap))):
            break
        if entity.type == "gene" and LACKED.search(cue[0]):
            break
        group.append(entity)
        at, between = entity.end, BETWEEN
    return group


def _word_of(cue: re.Match[str]) -> tuple[int, int]:
    return cue.start(), len(cue[0].rstrip(" -")) + cue.start()


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
