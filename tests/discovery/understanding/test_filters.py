from datetime import date

import pytest

from discovery.understanding import Filters, understand

TODAY = date(2025, 6, 15)


def filters_of(question: str) -> dict[str, str | int | bool]:
    return understand(question, at=TODAY).filters.as_dict()


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("more than 20 samples", 21, None),
        ("over 100 patients", 101, None),
        ("> 30 samples", 31, None),
        ("at least 20 samples", 20, None),
        ("no fewer than twenty donors", 20, None),
        ("minimum of 15 subjects", 15, None),
        (">= 20 samples", 20, None),
        (">=20 samples", 20, None),
        ("≥ 20 samples", 20, None),
        ("20+ samples", 20, None),
        ("20 or more samples", 20, None),
        ("20 samples or more", 20, None),
        ("more than 1,000 samples", 1001, None),
        ("more than 20 human tumour samples", 21, None),
        ("n > 50", 51, None),
        ("sample size of at least 40", 40, None),
        ("fewer than 10 samples", None, 9),
        ("less than 10 samples", None, 9),
        ("under 10 samples", None, 9),
        ("at most 10 samples", None, 10),
        ("no more than 10 samples", None, 10),
        ("up to 10 samples", None, 10),
        ("10 samples or fewer", None, 10),
        ("between 10 and 50 samples", 10, 50),
        ("10-50 samples", 10, 50),
        ("10\u201350 samples", 10, 50),
        ("from 10 to 50 patients", 10, 50),
        ("more than 10 and fewer than 50 samples", 11, 49),
        ("at least 10 samples but at most 50 samples", 10, 50),
        ("exactly 12 samples", 12, 12),
        ("MORE\u00a0THAN 20\tSAMPLES", 21, None),
    ],
)
def test_a_sample_size_is_read(words, low, high) -> None:
    filters = understand(f"asthma, {words}", at=TODAY).filters

    assert (filters.min_samples, filters.max_samples) == (low, high)


@pytest.mark.parametrize(
    "words",
    [
        "patients over 60 years old",
        "more than 20 genes in samples",
        "more than 2 fold",
        "12 samples",
        "20% of samples",
        "over 3.5 samples",
        "fewer than 1 samples",
        "3-5 samples per group",
        "at most 3 samples in each group",
    ],
)
def test_a_number_that_is_no_sample_size_is_left_alone(words) -> None:
    assert filters_of(words) == {}


@pytest.mark.parametrize(
    "words",
    ["more than 50 samples and fewer than 20 samples", "since 2020, before 2010"],
)
def test_bounds_that_contradict_each_other_are_both_dropped(words) -> None:
    assert filters_of(words) == {}


@pytest.mark.parametrize(
    ("words", "after", "before"),
    [
        ("since 2015", "2015-01-01", None),
        ("from 2015", "2015-01-01", None),
        ("from 2015 onwards", "2015-01-01", None),
        ("2015 or later", "2015-01-01", None),
        ("after 2018", "2019-01-01", None),
        ("after March 2018", "2018-04-01", None),
        ("after December 2018", "2019-01-01", None),
        ("since 2018-02", "2018-02-01", None),
        ("after 2018-02-28", "2018-03-01", None),
        ("before 2010", None, "2009-12-31"),
        ("prior to Feb 2010", None, "2010-01-31"),
        ("until 2010", None, "2010-12-31"),
        ("up to 2010", None, "2010-12-31"),
        ("2010 or earlier", None, "2010-12-31"),
        ("in 2019", "2019-01-01", "2019-12-31"),
        ("published in 2019", "2019-01-01", "2019-12-31"),
        ("in February 2020", "2020-02-01", "2020-02-29"),
        ("between 2015 and 2018", "2015-01-01", "2018-12-31"),
        ("from 2015 to 2018", "2015-01-01", "2018-12-31"),
        ("2015-2018", "2015-01-01", "2018-12-31"),
        ("after 2014 and before 2019", "2015-01-01", "2018-12-31"),
        ("in the last 5 years", "2020-06-15", None),
        ("in the last five years", "2020-06-15", None),
        ("past decade", "2015-06-15", None),
        ("within the past 2 decades", "2005-06-15", None),
        ("last year", "2024-06-15", None),
        ("over the last 6 months", "2024-12-15", None),
        ("this year", "2025-01-01", None),
        ("recent datasets", "2020-06-15", None),
    ],
)
def test_a_release_date_is_read(words, after, before) -> None:
    read = filters_of(f"lupus nephritis {words}")

    assert (read.get("released_after"), read.get("released_before")) == (after, before)


@pytest.mark.parametrize(
    "words",
    [
        "samples collected in 2009",
        "the 2009 pandemic",
        "recent onset diabetes",
        "from 2000 cells",
        "since 2019-13",
        "Illumina HiSeq 2000",
        "in 20199",
    ],
)
def test_a_number_that_is_no_release_date_is_left_alone(words) -> None:
    assert filters_of(words) == {}


def test_five_years_before_a_leap_day_is_a_day_that_exists() -> None:
    filters = understand("asthma in the last year", at=date(2024, 2, 29)).filters

    assert filters.released_after == date(2023, 2, 28)


@pytest.mark.parametrize(
    ("words", "organism"),
    [
        ("in mouse", "Mus musculus"),
        ("in humans", "Homo sapiens"),
        ("rat", "Rattus norvegicus"),
        ("zebrafish", "Danio rerio"),
        ("human samples of Homo sapiens", "Homo sapiens"),
        ("human and mouse", None),
        ("non-human primates", None),
        ("Zika virus", None),
        ("infected with Mycobacterium tuberculosis", None),
        ("Mycobacterium tuberculosis in culture", "Mycobacterium tuberculosis"),
        ("mice infected with influenza virus", "Mus musculus"),
        ("not in mouse", None),
        ("human, not mouse", "Homo sapiens"),
    ],
)
def test_the_one_organism_that_is_studied_is_read(words, organism) -> None:
    assert understand(words, at=TODAY).filters.organism == organism


@pytest.mark.parametrize(
    ("words", "study_type"),
    [
        ("RNA-seq", "Expression profiling by high throughput sequencing"),
        ("rna sequencing", "Expression profiling by high throughput sequencing"),
        ("scRNA-seq", "Expression profiling by high throughput sequencing"),
        ("microarray", "Expression profiling by array"),
        ("Expression profiling by array", "Expression profiling by array"),
        ("ChIP-seq", "Genome binding/occupancy profiling by high throughput sequencing"),
        ("ATAC-Seq", "Genome binding/occupancy profiling by high throughput sequencing"),
        ("CUT&RUN", "Genome binding/occupancy profiling by high throughput sequencing"),
        ("450K array", "Methylation profiling by array"),
        ("DNA methylation microarray", "Methylation profiling by array"),
        ("DNA methylation by microarray", "Methylation profiling by array"),
        ("bisulfite sequencing", "Methylation profiling by high throughput sequencing"),
        ("miRNA-seq", "Non-coding RNA profiling by high throughput sequencing"),
        ("miRNA microarray", "Non-coding RNA profiling by array"),
        ("microRNA expression by microarray", "Non-coding RNA profiling by array"),
        ("miRNA", None),
        ("DNA methylation", None),
        ("RNA-seq and ATAC-seq", None),
    ],
)
def test_the_study_type_is_read_in_the_words_of_geo(words, study_type) -> None:
    assert understand(words, at=TODAY).filters.study_type == study_type


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("on GPL570", {"platform": "GPL570"}),
        ("gpl96 platform", {"platform": "GPL96"}),
        ("GPL96 and GPL97", {}),
        ("with raw data", {"has_raw_data": True}),
        ("raw CEL files available", {"has_raw_data": True}),
        ("FASTQ available", {"has_raw_data": True}),
        ("published", {"has_publication": True}),
        ("with a publication", {"has_publication": True}),
        ("with an associated paper", {"has_publication": True}),
    ],
)
def test_platform_raw_data_and_publication_are_read(words, expected) -> None:
    assert filters_of(f"psoriasis {words}") == expected


@pytest.mark.parametrize(
    "words", ["without raw data", "no raw data", "unpublished", "not published", "not mouse"]
)
def test_a_negated_phrase_sets_no_filter(words) -> None:
    assert filters_of(f"psoriasis, {words}") == {}


def test_a_filter_that_is_not_set_is_left_out_of_the_dictionary() -> None:
    filters = Filters(min_samples=3, released_after=date(2020, 1, 2))

    assert filters.as_dict() == {"min_samples": 3, "released_after": "2020-01-02"}
