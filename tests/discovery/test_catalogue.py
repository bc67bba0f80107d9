import io
from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from discovery import indexing
from discovery.models import Dataset, Platform, Sample, SearchDocument
from discovery.services import catalogue
from discovery.services.catalogue import MAX_LINE, SeriesUnknown, read_lines
from discovery.understanding import Filters
from tests.discovery.conftest import NOON, Load, lines_of

SAMPLES = [
    {"accession": "GSM1", "title": "one", "characteristics": ["tissue: liver"]},
    {"accession": "GSM2", "title": "two"},
]


def test_a_new_record_is_added(load: Load) -> None:
    report = load({"accession": "GSE7", "title": "Livers", "n_samples": 4})

    stored = Dataset.objects.get(accession="GSE7")
    assert (report.added, stored.title, stored.sample_count) == (1, "Livers", 4)


def test_loading_twice_changes_nothing(load: Load) -> None:
    load({"accession": "GSE7"})

    report = load({"accession": "GSE7"})

    assert (report.added, report.updated, report.unchanged) == (0, 0, 1)


def test_a_changed_record_replaces_the_stored_one(load: Load) -> None:
    load({"accession": "GSE7", "title": "Old", "n_samples": 4})

    report = load({"accession": "GSE7", "title": "New"})

    stored = Dataset.objects.get(accession="GSE7")
    assert (report.updated, stored.title, stored.sample_count) == (1, "New", None)


def test_a_replaced_record_keeps_its_identity(load: Load) -> None:
    load({"accession": "GSE7", "title": "Old"})
    before = Dataset.objects.get(accession="GSE7")

    load({"accession": "GSE7", "title": "New"}, at=NOON.replace(day=2))

    after = Dataset.objects.get(accession="GSE7")
    assert (after.id, after.created_at) == (before.id, before.created_at)
    assert after.updated_at > before.updated_at


def test_an_older_record_does_not_replace_a_newer_one(load: Load) -> None:
    load({"accession": "GSE7", "title": "Newer", "last_update": "2020-01-02"})

    report = load({"accession": "GSE7", "title": "Older", "last_update": "2020-01-01"})

    assert report.older == 1
    assert Dataset.objects.get(accession="GSE7").title == "Newer"


def test_of_two_lines_with_one_accession_the_later_counts(load: Load) -> None:
    report = load({"accession": "GSE7", "title": "First"}, {"accession": "GSE7", "title": "Second"})

    assert (report.added, report.older) == (1, 1)
    assert Dataset.objects.get(accession="GSE7").title == "Second"


def test_a_bad_line_is_reported_by_number_and_the_others_are_loaded(load: Load) -> None:
    report = load({"accession": "GSE7"}, {"accession": "seven"}, {"accession": "GSE9"})

    assert [number for number, _ in report.refused] == [2]
    assert Dataset.objects.count() == 2


def test_every_record_is_counted_once(load: Load) -> None:
    load({"accession": "GSE1"})

    report = load({"accession": "GSE1"}, {"accession": "GSE2"}, {"accession": "x"})

    assert report.read == 3


def test_samples_come_with_their_series(load: Load) -> None:
    load({"accession": "GSE7", "samples": SAMPLES})

    names = Dataset.objects.get(accession="GSE7").samples.values_list("accession", flat=True)
    assert sorted(names) == ["GSM1", "GSM2"]


def test_a_sample_may_belong_to_two_series(load: Load) -> None:
    load({"accession": "GSE7", "samples": SAMPLES}, {"accession": "GSE8", "samples": SAMPLES[:1]})

    series = Sample.objects.get(accession="GSM1").datasets.values_list("accession", flat=True)
    assert sorted(series) == ["GSE7", "GSE8"]


def test_a_sample_that_left_the_record_leaves_the_series(load: Load) -> None:
    load({"accession": "GSE7", "samples": SAMPLES})

    load({"accession": "GSE7", "samples": SAMPLES[:1]})

    assert Dataset.objects.get(accession="GSE7").samples.count() == 1


def test_platforms_are_known_once_a_series_names_them(load: Load) -> None:
    load(
        {"accession": "GSE7", "platforms": ["GPL570"]},
        {"accession": "GSE8", "platforms": ["GPL570"]},
    )

    assert [str(platform) for platform in Platform.objects.all()] == ["GPL570"]


def test_a_failure_leaves_no_half_loaded_record(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(indexing, "index_words", fail)

    with pytest.raises(DatabaseError):
        load({"accession": "GSE7", "platforms": ["GPL1"], "samples": SAMPLES})

    assert not Dataset.objects.exists()
    assert not Sample.objects.exists()


def test_a_load_that_was_cut_off_goes_on_where_it_stopped(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "BATCH", 2)
    lines = lines_of({"accession": f"GSE{n}", "title": "t", "summary": "s"} for n in range(1, 7))

    def cut_off() -> Iterator[catalogue.Line]:
        yield from lines[:3]
        raise EOFError

    with pytest.raises(EOFError):
        catalogue.load(lines=cut_off(), at=NOON)

    report = catalogue.load(lines=lines, at=NOON)

    assert (report.unchanged, report.added) == (2, 4)


def test_an_unchanged_text_is_not_embedded_again(load: Load) -> None:
    load({"accession": "GSE7", "n_samples": 4})
    indexing.embed_waiting(threads=1)

    load({"accession": "GSE7", "n_samples": 5})

    assert not SearchDocument.objects.waiting_for_embedding().exists()


def test_a_changed_text_is_embedded_again(load: Load) -> None:
    load({"accession": "GSE7", "title": "Livers"})
    indexing.embed_waiting(threads=1)

    load({"accession": "GSE7", "title": "Kidneys"})

    assert SearchDocument.objects.waiting_for_embedding().count() == 1


def test_progress_is_told_after_each_batch(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "BATCH", 1)
    seen: list[int] = []
    lines = lines_of({"accession": f"GSE{n}", "title": "t", "summary": "s"} for n in (1, 2))

    catalogue.load(lines=lines, at=NOON, on_progress=lambda report: seen.append(report.read))

    assert seen == [1, 2]


def test_a_batch_costs_the_same_few_statements_whatever_its_size(
    load: Load, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(30):
        load(*({"accession": f"GSE{n}"} for n in range(1, 200)))


def test_an_accession_may_be_written_in_any_case() -> None:
    assert catalogue.accession_of(" gse7 ") == "GSE7"


@pytest.mark.parametrize("text", ["", "GSE", "GSE0", "GSE\u0667", "GSE7' or 1=1", "GSM7"])
def test_what_cannot_be_an_accession_is_no_series(text: str) -> None:
    with pytest.raises(SeriesUnknown):
        catalogue.accession_of(text)


def test_a_filter_that_a_record_does_not_answer_leaves_it_out(load: Load) -> None:
    load({"accession": "GSE7", "n_samples": 30}, {"accession": "GSE8"})

    found = catalogue.matching(filters=Filters(min_samples=10))

    assert [dataset.accession for dataset in found] == ["GSE7"]


def test_no_filter_finds_all(load: Load) -> None:
    load({"accession": "GSE7"}, {"accession": "GSE8"})

    assert catalogue.matching(filters=Filters()).count() == 2


def test_a_line_that_is_far_too_long_is_cut_and_the_next_one_is_whole() -> None:
    stream = io.BytesIO(b"x" * (2 * MAX_LINE + 5) + b"\n{}\n")

    lines = list(read_lines(stream))

    assert [(line.number, len(line.text)) for line in lines] == [(1, MAX_LINE), (2, 3)]


def test_empty_lines_are_counted_but_not_read() -> None:
    assert [line.number for line in read_lines(io.BytesIO(b"\n{}\n\n{}"))] == [2, 4]


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda text: b"\n" not in text)))
def test_lines_come_as_they_stand(texts: list[bytes]) -> None:
    stream = io.BytesIO(b"\n".join(texts))

    read = [line.text.rstrip(b"\n") for line in read_lines(stream)]

    assert read == [text for text in texts if text.strip()]


def test_the_words_of_a_very_long_record_can_be_indexed(load: Load) -> None:
    words = " ".join(f"word{n}" for n in range(8000))

    report = load({"accession": "GSE7", "summary": words, "overall_design": words})

    assert (report.added, report.refused) == (1, [])


def test_the_database_refuses_what_is_no_series(db: None) -> None:
    with pytest.raises(DatabaseError):
        Dataset.objects.create(accession="GSM1", title="t", summary="s", record_digest="")
