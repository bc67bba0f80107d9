"""Records of several origins, and what hangs on them: samples, links, what they refer to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from discovery.models import CrossReference, Dataset, Origin, Sample, SearchDocument
from discovery.records import series_of
from discovery.storing import Counts, Incoming, digest_of, store
from tests.discovery.conftest import NOON, Load

Storing = Callable[..., Counts]
pytestmark = pytest.mark.django_db

WHOLE = {
    "accession": "GSE7",
    "summary": "A long text, to its end.",
    "overall_design": "Three of each.",
    "n_samples": 2,
    "platforms": ["GPL1"],
    "samples": [
        {"accession": "GSM1", "title": "one", "characteristics": ["tissue: liver"]},
        {"accession": "GSM2", "title": "two", "source_name": "lung"},
    ],
}
SUMMARY: dict[str, Any] = {
    "accession": "GSE7",
    "summary": "A long text...",
    "summary_truncated": True,
    "n_samples": 2,
    "samples": [{"accession": "GSM1", "title": "one"}, {"accession": "GSM2", "title": "two"}],
}


@pytest.fixture
def storing() -> Storing:
    """Store records of an origin, each a dict that is added to the smallest valid one."""

    def run(origin: Origin, *records: dict[str, Any]) -> Counts:
        counts = Counts()
        read = [series_of({"title": "A title", "summary": "A text."} | one) for one in records]
        is_summary = origin is Origin.SUMMARY
        incoming = [
            Incoming(one, digest_of(one), origin, digest_of(one) if is_summary else "")
            for one in read
        ]
        store(incoming, counts=counts, at=NOON)
        return counts

    return run


def only() -> Dataset:
    return Dataset.objects.get(accession="GSE7")


def test_a_summary_leaves_a_whole_record_as_rich_as_it_was(storing: Storing) -> None:
    storing(Origin.FULL, WHOLE)

    storing(Origin.SUMMARY, SUMMARY | {"pubmed_ids": ["5"]})

    assert only().overall_design == "Three of each."
    assert only().summary == "A long text, to its end."
    assert only().pubmed_ids == ["5"]
    assert Sample.objects.get(accession="GSM1").attributes == {"tissue": "liver"}
    assert Sample.objects.get(accession="GSM2").source_name == "lung"


def test_a_summary_that_tells_nothing_new_changes_nothing(storing: Storing) -> None:
    storing(Origin.FULL, WHOLE)

    counts = storing(Origin.SUMMARY, SUMMARY)

    assert (counts.updated, counts.unchanged) == (0, 1)
    assert only().summary_digest


def test_the_same_summary_twice_is_no_news(storing: Storing) -> None:
    assert storing(Origin.SUMMARY, SUMMARY).added == 1

    assert storing(Origin.SUMMARY, SUMMARY) == Counts(unchanged=1)


def test_a_dump_that_was_loaded_before_is_no_news_after_a_summary(
    load: Load, storing: Storing
) -> None:
    load({"accession": "GSE7"})
    storing(Origin.SUMMARY, SUMMARY)

    report = load({"accession": "GSE7"})

    assert report.unchanged == 1
    assert only().sample_count == 2


def test_a_whole_record_replaces_a_summary(storing: Storing) -> None:
    storing(Origin.SUMMARY, SUMMARY)

    assert storing(Origin.FULL, WHOLE).updated == 1

    assert (only().summary, only().summary_truncated) == ("A long text, to its end.", False)
    assert only().origin == Origin.FULL


def test_the_starter_catalogue_replaces_only_itself(storing: Storing) -> None:
    storing(Origin.STARTER, {"accession": "GSE7", "title": "Ours"})
    assert storing(Origin.STARTER, {"accession": "GSE7", "title": "Ours, better"}).updated == 1
    storing(Origin.SUMMARY, SUMMARY)

    assert storing(Origin.STARTER, {"accession": "GSE7", "title": "Ours, best"}).older == 1

    assert (only().title, only().summary) == ("A title", "A long text...")


def test_samples_that_a_summary_names_are_stored_though_nothing_else_is_new(
    storing: Storing,
) -> None:
    storing(Origin.DUMP, {"accession": "GSE7", "n_samples": 2})

    storing(Origin.SUMMARY, {**SUMMARY, "summary": "A text.", "summary_truncated": False})

    assert only().samples.count() == 2


def test_a_record_that_names_fewer_samples_than_it_counts_removes_none(storing: Storing) -> None:
    storing(Origin.FULL, WHOLE)

    storing(Origin.SUMMARY, SUMMARY | {"samples": SUMMARY["samples"][:1], "pubmed_ids": ["5"]})

    assert only().samples.count() == 2


def test_a_record_without_samples_leaves_those_of_others_in_its_batch(storing: Storing) -> None:
    storing(Origin.FULL, WHOLE)
    other = {"accession": "GSE8", "samples": [{"accession": "GSM9"}]}

    storing(Origin.DUMP, {"accession": "GSE7", "title": "New"}, other)

    assert only().samples.count() == 2


def test_a_sample_without_a_title_keeps_the_one_it_has(storing: Storing) -> None:
    storing(Origin.FULL, WHOLE)

    storing(Origin.DUMP, {"accession": "GSE8", "samples": [{"accession": "GSM1"}]})

    assert Sample.objects.get(accession="GSM1").title == "one"


def links() -> dict[str, tuple[list[str], list[str]]]:
    return {one.accession: (one.superseries, one.subseries) for one in Dataset.objects.all()}


@pytest.mark.parametrize("order", [("whole", "part"), ("part", "whole")])
@pytest.mark.parametrize("who_tells", ["whole", "part"])
def test_superseries_and_subseries_know_each_other_whoever_tells(
    who_tells: str, order: tuple[str, str], load: Load
) -> None:
    told = {
        "whole": {"accession": "GSE10", "relations": ["SuperSeries of: GSE11"]},
        "part": {"accession": "GSE11", "relations": ["SubSeries of: GSE10"]},
    }
    silent = "part" if who_tells == "whole" else "whole"
    told[silent]["relations"] = []

    for one in order:
        load(told[one])

    assert links() == {"GSE10": ([], ["GSE11"]), "GSE11": (["GSE10"], [])}


def test_a_link_that_nobody_tells_any_more_is_gone(load: Load) -> None:
    load({"accession": "GSE10"}, {"accession": "GSE11", "relations": ["SubSeries of: GSE10"]})

    load({"accession": "GSE11", "relations": ["SubSeries of: GSE12"]})

    assert links() == {"GSE10": ([], []), "GSE11": (["GSE12"], [])}


def test_a_series_is_no_part_of_itself(load: Load) -> None:
    load({"accession": "GSE10", "relations": ["SubSeries of: GSE10"]})

    assert links() == {"GSE10": ([], [])}


def references() -> set[tuple[str, str]]:
    return set(CrossReference.objects.values_list("kind", "accession"))


def test_what_a_record_refers_to_can_be_looked_up(load: Load) -> None:
    relations = ["SRA: https://x/sra?term=SRP1", "SRA: SRP2", "BioProject: PRJNA3"]
    load(
        {
            "accession": "GSE7",
            "platforms": ["GPL1"],
            "pubmed_ids": ["4", "not a number", "9" * 30],
            "relations": relations,
        }
    )

    assert references() == {
        ("sra", "SRP1"),
        ("sra", "SRP2"),
        ("bioproject", "PRJNA3"),
        ("platform", "GPL1"),
        ("pubmed_id", "4"),
    }


def test_what_a_record_refers_to_no_more_is_forgotten(load: Load) -> None:
    load({"accession": "GSE7", "platforms": ["GPL1"]})

    load({"accession": "GSE7", "platforms": ["GPL2"]})

    assert references() == {("platform", "GPL2")}


def test_an_accession_with_too_many_digits_is_no_accession(load: Load) -> None:
    report = load({"accession": "GSE7", "relations": [f"BioProject: PRJNA{'1' * 40}"]})

    assert (report.added, only().bioproject) == (1, None)


def test_nothing_is_stored_of_a_batch_of_which_one_record_fails(
    storing: Storing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("discovery.storing.LINK", "select 1/0")

    with pytest.raises(Exception, match="division"):
        storing(Origin.FULL, WHOLE)

    assert not Dataset.objects.exists()
    assert not SearchDocument.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_migration_fills_what_loading_would_have(load: Load) -> None:
    fill = __import__("importlib").import_module("discovery.migrations.0002_links_and_harvests")
    load(
        WHOLE
        | {"pubmed_ids": ["4", "x"], "relations": ["SubSeries of: GSE10", "SRA: SRP2, PRJNA3"]},
        {"accession": "GSE10", "samples": [{"accession": "GSM5", "characteristics": LINES}]},
    )
    expected = links(), references(), attributes()
    CrossReference.objects.all().delete()
    Dataset.objects.update(superseries=[], subseries=[])
    Sample.objects.update(attributes={})

    with connection.cursor() as cursor:
        cursor.execute(fill.FILL_REFERENCES)
        cursor.execute(fill.FILL_ATTRIBUTES)

    assert (links(), references(), attributes()) == expected


LINES = ["Tissue :  left  lung", "drug: b", "drug: a", "wild type", "http://x/1", ": odd", "age:"]


def attributes() -> dict[str, Any]:
    return dict(Sample.objects.values_list("accession", "attributes"))
