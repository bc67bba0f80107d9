import time
from collections.abc import Iterator
from contextlib import nullcontext

import httpx2
import pytest
import redis

from common import request_id
from common.breaker import Breaker, CircuitOpen, Rule
from discovery.geo.asking import GeoRefused, GeoUnavailable, Identity, Limits, _retry_after
from discovery.geo.entrez import Entrez
from discovery.geo.records import CrossReferences, History, Summary
from tests.fakes import ncbi
from tests.fakes.ncbi import CORPUS, Ncbi
from tests.fakes.shelf import Shelf

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
QUICK = Limits(connect=2, read=2, total=8, first_wait=0.01, longest_wait=0.02, body=100_000)
US = Identity(tool="omicsoracle", email="team@example.org", api_key="the-key")


@pytest.fixture
def fake() -> Iterator[Ncbi]:
    with ncbi.serve() as server:
        yield server


def client(
    fake: Ncbi, valkey: redis.Redis, *, limits: Limits = QUICK, failures: int = 50
) -> Entrez:
    return Entrez(
        base_url=fake.url,
        identity=US,
        turn=lambda _: nullcontext(),
        breaker=Breaker("ncbi", client=valkey, rule=Rule(failures=failures)),
        limits=limits,
    )


@pytest.fixture
def entrez(fake: Ncbi, valkey: redis.Redis) -> Iterator[Entrez]:
    one = client(fake, valkey)
    yield one
    one.close()


def test_ncbi_is_told_which_request_it_is_asked_for(fake: Ncbi, entrez: Entrez) -> None:
    with request_id.bound("req-5"):
        entrez.search(db="gds", term="liver")
    entrez.search(db="gds", term="liver")

    assert fake.request_ids == ["req-5", None]


def test_a_search_says_who_asks_and_finds_ids_and_where_they_are_kept(
    fake: Ncbi, entrez: Entrez
) -> None:
    found = entrez.search(db="gds", term="liver", start=5, limit=7)

    assert (found.count, found.ids, found.history) == (2, ["1", "2"], History("W", "1"))
    ((utility, form),) = fake.asked
    assert utility == "esearch"
    assert form["email"] == ["team@example.org"]
    assert form["tool"] == ["omicsoracle"]
    assert form["api_key"] == ["the-key"]
    assert (form["term"], form["retstart"], form["retmax"]) == (["liver"], ["5"], ["7"])


def test_the_key_is_not_shown() -> None:
    assert "the-key" not in repr(US)


def test_many_ids_are_asked_500_at_once(fake: Ncbi, entrez: Entrez) -> None:
    list(entrez.summaries(db="gds", ids=(str(one) for one in range(1, 1202))))

    assert [form["id"][0].count(",") + 1 for _, form in fake.asked] == [500, 500, 201]


def test_what_ncbi_keeps_is_asked_for_by_its_places(fake: Ncbi, entrez: Entrez) -> None:
    list(entrez.summaries_at(db="gds", history=History("W", "1"), start=400, limit=200))

    ((_, form),) = fake.asked
    assert (form["retstart"], form["retmax"]) == (["400"], ["200"])
    assert (form["WebEnv"], form["query_key"]) == (["W"], ["1"])


def test_each_id_has_its_own_links(fake: Ncbi, entrez: Entrez) -> None:
    (links,) = entrez.links(from_db="pubmed", to_db="gds", ids=["1", "5"])

    assert links.to == {"a_b": ["2"]}
    assert fake.asked[0][1]["id"] == ["1", "5"]


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus is not here")
def test_real_answers_are_understood(fake: Ncbi, entrez: Entrez) -> None:
    fake.replay("esearch", "ffq/GSE93374_search.txt")
    fake.replay("esummary", "eutils_json_samples/esummary.gds.json")
    fake.replay("efetch", "biopython/Entrez/pubmed2.xml")

    assert entrez.search(db="gds", term="GSE93374").ids == ["200093374"]
    (summary,) = entrez.summaries(db="gds", ids=["200040726"])
    assert isinstance(summary, Summary)
    assert summary.uid == "200040726"
    assert all(one.title for one in entrez.publications(ids=["1", "2"]))


def test_records_of_sra_are_understood(fake: Ncbi, entrez: Entrez) -> None:
    fake.said["efetch"] = b"<RUN_SET><RUN accession='SRR1' alias='GSM1'/></RUN_SET>"

    assert list(entrez.sra_references(ids=["1"])) == [CrossReferences(samples=["GSM1"])]


def test_one_record_that_is_not_to_be_had_spoils_no_others(fake: Ncbi, entrez: Entrez) -> None:
    ids = [str(200_000_000 + number) for number in range(1, 8)]
    fake.shelf = Shelf.of(
        {"accession": f"GSE{n}", "title": "t", "summary": "s"} for n in range(1, 8)
    )
    fake.shelf.refused = {"GSE4"}

    told = list(entrez.summaries(db="gds", ids=ids))

    names = [one.fields["accession"] for one in told if isinstance(one, Summary)]
    assert names == [f"GSE{n}" for n in (1, 2, 3, 5, 6, 7)]
    assert isinstance(told[3], GeoRefused)


def test_an_answer_that_is_too_long_for_json_is_asked_for_in_halves(
    fake: Ncbi, entrez: Entrez
) -> None:
    fake.bad_days = ["too long"]

    list(entrez.summaries_at(db="gds", history=History("W", "1"), start=10, limit=5))

    places = [(form["retstart"], form["retmax"]) for _, form in fake.asked]
    assert places == [(["10"], ["5"]), (["10"], ["2"]), (["12"], ["3"])]


def test_other_refusals_concern_all(fake: Ncbi, entrez: Entrez) -> None:
    fake.said["esummary"] = b'{"esummaryresult": ["Unable to obtain query #1"]}'

    with pytest.raises(GeoRefused):
        list(entrez.summaries_at(db="gds", history=History("W", "1"), start=0, limit=5))

    assert len(fake.asked) == 1


def test_questions_may_share_their_time(fake: Ncbi, entrez: Entrez) -> None:
    hurried = entrez.by(time.monotonic() - 1)

    with pytest.raises(GeoUnavailable):
        hurried.search(db="gds", term="liver")

    assert entrez.search(db="gds", term="liver").count == 2


FAULTS = ["503", "408", "302", "reset", "half", "html", "overloaded json", "wrong encoding"]
FAULTS += ["cut json", "gzip"]


@pytest.mark.parametrize("day", FAULTS)
def test_a_bad_day_is_lived_through(day: str, fake: Ncbi, entrez: Entrez) -> None:
    fake.bad_days = [day, day]

    assert entrez.search(db="gds", term="liver").count == 2
    assert len(fake.asked) == 3


@pytest.mark.parametrize("day", FAULTS)
def test_after_three_tries_we_say_that_ncbi_does_not_answer(
    day: str, fake: Ncbi, entrez: Entrez
) -> None:
    fake.always = day

    with pytest.raises(GeoUnavailable) as refusal:
        entrez.search(db="gds", term="liver")

    assert (refusal.value.status, refusal.value.code) == (503, "upstream_unavailable")
    assert len(fake.asked) == 3
    assert {utility for utility, _ in fake.asked} == {"esearch"}  # no redirect was followed


@pytest.mark.parametrize("day", ["404", "error json"])
def test_a_no_is_not_asked_again_and_is_no_failure(
    day: str, fake: Ncbi, valkey: redis.Redis
) -> None:
    fake.always = day
    entrez = client(fake, valkey, failures=1)

    for _ in range(3):
        with pytest.raises(GeoRefused):
            entrez.search(db="x", term="liver")

    entrez.close()
    assert len(fake.asked) == 3


def test_retry_after_is_waited_for(fake: Ncbi, entrez: Entrez) -> None:
    fake.bad_days = ["429"]

    entrez.search(db="gds", term="liver")

    assert fake.times[1] - fake.times[0] >= 1


def test_a_wait_that_does_not_fit_the_total_time_is_told_to_the_caller(
    fake: Ncbi, valkey: redis.Redis
) -> None:
    fake.always = "429"
    entrez = client(fake, valkey, limits=Limits(total=0.9))

    with pytest.raises(GeoUnavailable) as refusal:
        entrez.search(db="gds", term="liver")

    entrez.close()
    assert len(fake.asked) == 1
    assert refusal.value.headers["Retry-After"] == "1"


def test_a_dripping_answer_ends_with_the_total_time(fake: Ncbi, valkey: redis.Redis) -> None:
    fake.always = "drip"
    entrez = client(fake, valkey, limits=Limits(total=0.5, first_wait=0.01))

    with pytest.raises(GeoUnavailable, match=r"too long|no whole answer"):
        entrez.search(db="gds", term="liver")

    entrez.close()


def test_an_endless_answer_is_not_read_to_its_end(fake: Ncbi, entrez: Entrez) -> None:
    fake.said["esearch"] = b" " * (QUICK.body + 1)

    with pytest.raises(GeoUnavailable, match="longer"):
        entrez.search(db="gds", term="liver")


@pytest.mark.parametrize("answer", [b'{"result": {"uids": []}}', b"<STUDY_SET/>"])
def test_an_answer_to_another_question_is_refused(
    answer: bytes, fake: Ncbi, entrez: Entrez
) -> None:
    fake.said["esearch"] = answer

    with pytest.raises(GeoUnavailable, match="something else"):
        entrez.search(db="gds", term="liver")


def test_a_list_of_something_else_is_refused(fake: Ncbi, entrez: Entrez) -> None:
    fake.said["esummary"] = b'{"esearchresult": {"count": "0"}}'

    with pytest.raises(GeoUnavailable, match="something else"):
        list(entrez.summaries(db="gds", ids=["1"]))


def test_ncbi_is_left_in_peace_once_it_failed_too_often(fake: Ncbi, valkey: redis.Redis) -> None:
    fake.always = "503"
    entrez = client(fake, valkey, failures=5)
    for refusal in (GeoUnavailable, CircuitOpen, CircuitOpen):
        with pytest.raises(refusal):
            entrez.search(db="gds", term="liver")

    entrez.close()
    assert len(fake.asked) == 5


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("", None),
        ("soon", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("-5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(said: str, seconds: float | None) -> None:
    headers = httpx2.Headers([(b"Retry-After", said.encode())])

    assert _retry_after(headers) == seconds
