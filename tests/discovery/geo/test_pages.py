from collections.abc import Iterator
from contextlib import nullcontext

import pytest
import redis

from common.breaker import Breaker
from discovery.geo.asking import GeoRefused, GeoUnavailable, Identity, Limits
from discovery.geo.pages import GeoPages
from tests.fakes import ncbi
from tests.fakes.ncbi import CORPUS, Ncbi
from tests.fakes.shelf import Shelf

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
SERIES = {
    "accession": "GSE7",
    "title": "Livers",
    "summary": "First paragraph.\nSecond paragraph.",
    "overall_design": "Two of them.",
    "samples": [
        {"accession": "GSM1", "title": "one", "characteristics": ["age: 7"]},
        {"accession": "GSM2", "title": "two"},
    ],
}


@pytest.fixture
def fake() -> Iterator[Ncbi]:
    with ncbi.serve() as server:
        server.shelf = Shelf.of([SERIES])
        yield server


@pytest.fixture
def pages(fake: Ncbi, valkey: redis.Redis) -> Iterator[GeoPages]:
    one = GeoPages(
        base_url=fake.geo_url,
        identity=Identity("omicsoracle", "team@example.org", "the-key"),
        turn=lambda _: nullcontext(),
        breaker=Breaker("geo", client=valkey),
        limits=Limits(first_wait=0.01, longest_wait=0.02, body=100_000),
    )
    yield one
    one.close()


def test_a_series_comes_whole_and_with_its_samples(fake: Ncbi, pages: GeoPages) -> None:
    series = pages.series("GSE7")

    assert series.overall_design == "Two of them."
    assert series.summary == "First paragraph.\nSecond paragraph."
    assert [one.accession for one in series.samples] == ["GSM1", "GSM2"]
    assert series.samples[0].characteristics == ["age: 7"]


def test_platforms_with_all_their_probes_are_never_asked_for(fake: Ncbi, pages: GeoPages) -> None:
    pages.series("GSE7")

    asked = [form for _, form in fake.asked]
    assert [form["targ"] for form in asked] == [["self"], ["gsm"]]
    assert {form["view"][0] for form in asked} == {"brief"}
    assert not any("api_key" in form for form in asked)


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus is not here")
def test_a_real_page_is_read(fake: Ncbi, pages: GeoPages) -> None:
    real = (CORPUS / "phantasus_testdata" / "GSE99709_brief.txt").read_bytes()
    fake.shelf = Shelf.of([SERIES | {"accession": "GSE99709"}])
    fake.shelf.pages["GSE99709", "self"] = real

    series = pages.series("GSE99709")

    assert (series.sample_count, series.sra) == (12, "SRP108660")
    assert series.platforms == ["GPL17021"]


def test_a_record_that_geo_does_not_show_is_refused_at_once(fake: Ncbi, pages: GeoPages) -> None:
    with pytest.raises(GeoRefused, match="no such record"):
        pages.series("GSE8")

    assert len(fake.asked) == 1


def test_a_web_page_in_place_of_a_record_is_a_failure(fake: Ncbi, pages: GeoPages) -> None:
    fake.always = "html"

    with pytest.raises(GeoUnavailable, match="other than SOFT"):
        pages.series("GSE7")

    assert len(fake.asked) == 3


def test_a_page_that_is_too_long_is_not_read_to_its_end(fake: Ncbi, pages: GeoPages) -> None:
    assert fake.shelf
    fake.shelf.pages["GSE7", "self"] = b"^SERIES = GSE7\n" + b"!Series_title = x\n" * 10_000

    with pytest.raises(GeoRefused, match="longer"):
        pages.series("GSE7")

    assert len(fake.asked) == 1
