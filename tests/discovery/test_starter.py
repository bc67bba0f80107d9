"""The starter catalogue: facts of the records, sentences of our own."""

import gzip
import re
from functools import cache
from typing import Any

import orjson
import pytest
from django.conf import settings

from tests.evaluation.corpus import FOLDER

OURS = {"title", "summary"}
LONGEST_SHARED = 6  # words in a row: names of drugs and diseases come to that
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the shared corpus is not here")


@cache
def starter() -> list[dict[str, Any]]:
    lines = settings.STARTER_CATALOGUE.read_bytes().splitlines()
    return [orjson.loads(line) for line in lines]


@cache
def originals() -> dict[str, dict[str, Any]]:
    wanted = {one["accession"] for one in starter()}
    with gzip.open(FOLDER / "series.jsonl.gz") as lines:
        records = (orjson.loads(line) for line in lines)
        return {one["accession"]: one for one in records if one["accession"] in wanted}


def words(*texts: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", " . ".join(texts).lower())


def test_about_three_hundred_series_are_there_in_the_order_of_their_numbers() -> None:
    numbers = [int(one["accession"][3:]) for one in starter()]

    assert 290 <= len(numbers) <= 320
    assert numbers == sorted(set(numbers))


def test_every_fact_is_the_records() -> None:
    wrong = [
        (one["accession"], name)
        for one in starter()
        for name, value in one.items()
        if name not in OURS | {"relations"} and value != originals()[one["accession"]].get(name)
    ]

    assert wrong == []


def test_every_relation_is_one_of_the_records() -> None:
    for one in starter():
        assert set(one.get("relations", [])) <= set(
            originals()[one["accession"]].get("relations", [])
        )


def test_no_sentence_is_the_records() -> None:
    length = LONGEST_SHARED + 1
    copied = []
    for one in starter():
        record = originals()[one["accession"]]
        theirs = words(record["title"], record["summary"], record.get("overall_design", ""))
        runs = {tuple(theirs[at : at + length]) for at in range(len(theirs))}
        ours = words(one["title"], one["summary"])
        if any(tuple(ours[at : at + length]) in runs for at in range(len(ours) - length + 1)):
            copied.append(one["accession"])

    assert copied == []


def test_many_organisms_years_and_methods_are_there() -> None:
    organisms = {name for one in starter() for name in one.get("organisms", one.get("taxa", []))}
    years = {date[:4] for one in starter() if (date := one.get("release_date"))}
    methods = {name for one in starter() for name in one["series_type"]}

    assert len(organisms) >= 12
    assert len(years) >= 12
    assert len(methods) >= 6
