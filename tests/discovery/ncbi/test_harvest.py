"""Lists of series from NCBI into the catalogue, whatever happens on the way."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from discovery.models import Dataset, Harvest, Lexeme, Origin, Platform, Sample
from discovery.runner import harvesting, refreshing
from discovery.runner.harvesting import Busy, go_on
from discovery.storing import store
from discovery.tasks import MOST_TRIES, refresh_catalogue, run_harvest
from tests.fakes.ncbi import Ncbi
from tests.fakes.shelf import Shelf

NIGHT = datetime(2026, 1, 1, 3, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return which tasks were sent to workers, of which there are none here."""
    sent: list[str] = []
    for name in ("index_waiting", "refresh_catalogue", "run_harvest"):
        noted = partial(lambda name, *_: sent.append(name), name)
        monkeypatch.setattr(f"discovery.tasks.{name}.delay", noted)
    return sent


@pytest.fixture(autouse=True)
def _one_quick_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("discovery.geo.asking.TRIES", 1)


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def stored() -> list[str]:
    return sorted(Dataset.objects.values_list("accession", flat=True))


def only() -> Harvest:
    return Harvest.objects.get()


def test_a_harvest_takes_what_a_query_finds(fake: Ncbi, woken: list[str]) -> None:
    said = run("harvest", "breast cancer")

    assert stored() == ["GSE201", "GSE202", "GSE203"]
    assert "3 of 3 series read: 3 added, 0 updated, 0 unchanged, 0 refused." in said
    assert only().finished_at is not None
    assert woken == ["index_waiting"]
    assert Lexeme.objects.filter(lexeme="breast").exists()


def test_a_harvest_asks_for_series_on_the_history_server(fake: Ncbi) -> None:
    run("harvest", "breast cancer")

    search, summaries = fake.asked[0], fake.asked[1]
    assert search[1]["term"] == ["(breast cancer) AND gse[ETYP]"]
    assert search[1]["usehistory"] == ["y"]
    assert summaries[1]["WebEnv"] == ["MCID_0"]


def test_a_limit_is_kept(fake: Ncbi) -> None:
    said = run("harvest", "breast cancer", "--limit", "2")

    assert stored() == ["GSE201", "GSE202"]
    assert "2 of 3 series read" in said


def test_a_second_harvest_changes_nothing(fake: Ncbi, woken: list[str]) -> None:
    run("harvest", "breast cancer")
    before = dict(Dataset.objects.values_list("accession", "updated_at"))

    said = run("harvest", "breast cancer")

    assert "0 added, 0 updated, 3 unchanged" in said
    assert dict(Dataset.objects.values_list("accession", "updated_at")) == before
    assert woken == ["index_waiting"]


def test_a_dry_run_stores_nothing(fake: Ncbi) -> None:
    said = run("harvest", "breast cancer", "--dry-run")

    assert "NCBI finds 3 series" in said
    assert "GSE201  Breast cancer before" in said
    assert not Dataset.objects.exists()
    assert not Harvest.objects.exists()


def test_whole_records_come_with_their_samples(fake: Ncbi) -> None:
    run("harvest", "breast cancer", "--full")

    series = Dataset.objects.get(accession="GSE201")
    assert (series.origin, series.overall_design) == (Origin.FULL, "Forty paired biopsies.")
    assert not series.summary_truncated
    assert series.last_update == date(2025, 12, 30)
    assert (series.bioproject, series.sra) == ("PRJNA9", "SRP9")
    assert Sample.objects.get(accession="GSM1").attributes == {"tissue": "breast"}
    assert Dataset.objects.get(accession="GSE203").subseries == ["GSE201"]


def pages_asked(fake: Ncbi) -> list[str]:
    return [form["acc"][0] for utility, form in fake.asked if utility == "acc.cgi"]


def test_whole_records_are_fetched_once(fake: Ncbi) -> None:
    run("harvest", "breast cancer", "--full")
    first = len(pages_asked(fake))

    said = run("harvest", "breast cancer", "--full")

    assert (first, len(pages_asked(fake))) == (6, 6)
    assert "3 unchanged" in said


def test_a_whole_record_is_fetched_again_when_its_summary_changed(fake: Ncbi, shelf: Shelf) -> None:
    run("harvest", "breast cancer", "--full")
    shelf.series["GSE202"] |= {"n_samples": 5, "overall_design": "Five now."}
    run("harvest", "breast cancer")

    run("harvest", "breast cancer", "--full")

    assert pages_asked(fake)[6:] == ["GSE202", "GSE202"]
    assert Dataset.objects.get(accession="GSE202").overall_design == "Five now."


def test_summaries_leave_whole_records_whole(fake: Ncbi) -> None:
    run("harvest", "breast cancer", "--full")

    run("harvest", "breast cancer")

    assert Dataset.objects.get(accession="GSE201").overall_design == "Forty paired biopsies."
    assert Sample.objects.get(accession="GSM1").attributes == {"tissue": "breast"}


def test_platforms_get_their_titles(fake: Ncbi, shelf: Shelf) -> None:
    shelf.platform_titles = {"GPL1261": "An array of mice"}

    run("harvest", "breast cancer")

    assert dict(Platform.objects.values_list("accession", "title")) == {
        "GPL1261": "An array of mice",
        "GPL16791": None,
    }


@pytest.mark.parametrize("query", ["", "   ", "x" * 501])
def test_a_query_that_cannot_be_asked_is_refused(query: str, fake: Ncbi) -> None:
    with pytest.raises(CommandError, match="query"):
        run("harvest", query)

    assert not Harvest.objects.exists()


@pytest.mark.parametrize("limit", ["0", "-1", "many", "٣"])
def test_a_limit_that_is_none_is_refused(limit: str, fake: Ncbi) -> None:
    with pytest.raises(CommandError, match="no number"):
        run("harvest", "breast cancer", f"--limit={limit}")


def test_without_an_address_nothing_is_begun(fake: Ncbi, settings: Any) -> None:
    settings.NCBI_EMAIL = ""

    with pytest.raises(CommandError, match="NCBI_EMAIL"):
        run("harvest", "breast cancer")

    assert not Harvest.objects.exists()


@pytest.fixture
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvesting, "SUMMARIES", 1)
    monkeypatch.setattr(harvesting, "WHOLE_RECORDS", 1)


@pytest.mark.usefixtures("in_small_parts")
def test_what_broke_off_goes_on_where_it_stopped(fake: Ncbi) -> None:
    fake.bad_days = ["", "", "503"]
    with pytest.raises(CommandError, match="again to go on"):
        run("harvest", "breast cancer")
    position, error = only().position, only().last_error
    before = len(fake.asked)

    said = run("harvest", "breast cancer")

    assert (position, error) == (1, "NCBI: it answered with status 503.")
    assert [form.get("retstart") for _, form in fake.asked[before:]][:2] == [["1"], ["2"]]
    assert "3 of 3 series read: 3 added" in said
    assert stored() == ["GSE201", "GSE202", "GSE203"]


@pytest.mark.usefixtures("in_small_parts")
def test_a_list_that_ncbi_forgot_is_made_again(fake: Ncbi, shelf: Shelf) -> None:
    fake.bad_days = ["", "", "503"]
    with pytest.raises(CommandError):
        run("harvest", "breast cancer")
    shelf.lists.clear()
    shelf.lists["other"] = []

    said = run("harvest", "breast cancer")

    assert "3 of 3 series read: 3 added, 0 updated, 1 unchanged" in said
    assert stored() == ["GSE201", "GSE202", "GSE203"]


@pytest.mark.usefixtures("in_small_parts")
def test_a_new_start_begins_at_the_start(fake: Ncbi) -> None:
    fake.bad_days = ["", "", "503"]
    with pytest.raises(CommandError):
        run("harvest", "breast cancer")

    said = run("harvest", "breast cancer", "--restart")

    assert "3 of 3 series read: 2 added, 0 updated, 1 unchanged" in said


@pytest.mark.usefixtures("in_small_parts")
def test_what_is_stored_and_how_far_that_is_are_one_transaction(
    fake: Ncbi, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest = Harvest.objects.create(kind=Harvest.Kind.QUERY, query="breast cancer")

    def store_and_die(*given: Any, **named: Any) -> None:
        store(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(harvesting, "store", store_and_die)
        with pytest.raises(KeyboardInterrupt):
            go_on(harvest)

    assert (stored(), only().position) == ([], 0)


def test_only_one_process_works_on_a_harvest(fake: Ncbi, monkeypatch: pytest.MonkeyPatch) -> None:
    harvest = Harvest.objects.create(kind=Harvest.Kind.QUERY, query="breast cancer")
    monkeypatch.setattr(harvesting.locks, "held", held_by_another)

    with pytest.raises(Busy):
        go_on(harvest)

    assert fake.asked == []


class held_by_another:  # noqa: N801 (stands for a function)
    def __init__(self, key: str) -> None:
        self.key = key

    def __enter__(self) -> bool:
        return False

    def __exit__(self, *_: object) -> None:
        """Give nothing back."""


def test_a_record_that_cannot_be_described_keeps_nobody_waiting(fake: Ncbi, shelf: Shelf) -> None:
    shelf.refused.add("GSE202")

    said = run("harvest", "breast cancer")

    assert stored() == ["GSE201", "GSE203"]
    assert "2 added, 0 updated, 0 unchanged, 1 refused" in said
    assert "cannot get document summary" in said


def test_a_page_that_geo_does_not_show_leaves_the_summary(fake: Ncbi, shelf: Shelf) -> None:
    shelf.pages["GSE202", "self"] = b"<html>GSE202 is currently private</html>"

    said = run("harvest", "breast cancer", "--full")

    assert "3 added, 0 updated, 0 unchanged, 1 refused" in said
    assert Dataset.objects.get(accession="GSE202").origin == Origin.SUMMARY
    assert Dataset.objects.get(accession="GSE201").origin == Origin.FULL


@pytest.mark.parametrize(
    "page", [b"^SERIES = GSE9\n!Series_title = Another\n!Series_summary = x\n", b"^SERIES = GSE202"]
)
def test_a_page_that_tells_of_something_else_leaves_the_summary(
    page: bytes, fake: Ncbi, shelf: Shelf
) -> None:
    shelf.pages["GSE202", "self"] = page

    assert "1 refused" in run("harvest", "breast cancer", "--full")
    assert stored() == ["GSE201", "GSE202", "GSE203"]


def test_pages_that_fail_end_a_part_early_and_lose_nothing(fake: Ncbi, shelf: Shelf) -> None:
    shelf.pages["GSE202", "self"] = b"<html>Are you human?</html>"
    with pytest.raises(CommandError):
        run("harvest", "breast cancer", "--full")
    assert (stored(), only().position) == (["GSE201"], 1)
    del shelf.pages["GSE202", "self"]

    said = run("harvest", "breast cancer", "--full")

    assert "3 of 3 series read: 3 added" in said


def test_a_page_that_always_fails_keeps_nobody_waiting(fake: Ncbi, shelf: Shelf) -> None:
    shelf.pages["GSE201", "self"] = b"<html>Are you human?</html>"
    with pytest.raises(CommandError, match="GSE201: NCBI: it sent something other than SOFT"):
        run("harvest", "breast cancer", "--full")

    said = run("harvest", "breast cancer", "--full")

    assert "3 of 3 series read: 3 added, 0 updated, 0 unchanged, 1 refused" in said
    assert Dataset.objects.get(accession="GSE201").origin == Origin.SUMMARY


def test_a_refresh_takes_what_changed_since(fake: Ncbi) -> None:
    said = run("refresh", "--since", "2025-12-30")

    assert stored() == ["GSE201", "GSE203"]
    assert only().query == "2025/12/30:3000/12/31[UDAT]"
    assert "2 of 2 series read" in said


def test_a_refresh_can_be_tried_dry(fake: Ncbi) -> None:
    assert "2 series changed. Nothing was stored." in run(
        "refresh", "--since", "2025-12-30", "--dry-run"
    )
    assert not Harvest.objects.exists()


def test_the_next_refresh_begins_where_the_last_one_did(fake: Ncbi) -> None:
    last = refreshing.begin(since=date(2025, 1, 1), is_full=False, at=NIGHT)
    go_on(last)

    assert refreshing.due_since(at=NIGHT + timedelta(days=1)) == date(2025, 12, 31)


def test_a_refresh_is_due_once_a_night(fake: Ncbi, settings: Any) -> None:
    settings.NCBI_REFRESH_HOUR = 2
    first = refreshing.current(at=NIGHT)
    assert first is not None
    assert first.query == "2025/12/25:3000/12/31[UDAT]"
    assert refreshing.current(at=NIGHT + timedelta(days=3)) == first
    go_on(first)

    assert refreshing.current(at=NIGHT + timedelta(hours=22)) is None
    second = refreshing.current(at=NIGHT + timedelta(hours=23))

    assert second is not None
    assert second.query == "2025/12/31:3000/12/31[UDAT]"


def test_the_nightly_task_refreshes_with_whole_records(fake: Ncbi) -> None:
    Harvest.objects.create(
        kind=Harvest.Kind.REFRESH, query="2025/12/30:3000/12/31[UDAT]", is_full=True
    )

    refresh_catalogue()

    assert stored() == ["GSE201", "GSE203"]
    assert only().finished_at is not None
    assert Dataset.objects.get(accession="GSE201").origin == Origin.FULL


@pytest.mark.usefixtures("in_small_parts")
def test_the_nightly_task_works_in_shares(
    fake: Ncbi, woken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("discovery.tasks.SECONDS_A_TASK", 0)
    Harvest.objects.create(kind=Harvest.Kind.REFRESH, query="2025/12/30:3000/12/31[UDAT]")

    refresh_catalogue()
    assert (woken, only().finished_at) == (["refresh_catalogue"], None)
    monkeypatch.setattr("discovery.tasks.SECONDS_A_TASK", 45)
    refresh_catalogue()

    assert only().finished_at is not None


def test_the_nightly_task_survives_a_bad_night(fake: Ncbi, woken: list[str]) -> None:
    fake.always = "503"

    refresh_catalogue()

    assert (woken, only().finished_at) == ([], None)
    assert "503" in only().last_error


def test_the_nightly_task_asks_nothing_without_an_address(fake: Ncbi, settings: Any) -> None:
    settings.NCBI_EMAIL = ""

    refresh_catalogue()

    assert (fake.asked, Harvest.objects.count()) == ([], 0)


def test_ncbi_that_keeps_no_list_is_no_list(fake: Ncbi) -> None:
    fake.said["esearch"] = b'{"esearchresult": {"count": "3", "idlist": []}}'

    with pytest.raises(CommandError, match="keeps the list"):
        run("harvest", "breast cancer")


def test_nothing_found_is_a_harvest_too(fake: Ncbi) -> None:
    assert "0 of 0 series read" in run("harvest", "quetzals")
    assert only().finished_at is not None


@pytest.mark.usefixtures("in_small_parts")
def test_what_staff_began_is_worked_on_in_shares(
    fake: Ncbi, woken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("discovery.tasks.SECONDS_A_TASK", 0)
    begun = Harvest.objects.create(kind=Harvest.Kind.QUERY, query="breast cancer")

    run_harvest(str(begun.pk))
    assert (woken, only().finished_at) == (["run_harvest"], None)
    monkeypatch.setattr("discovery.tasks.SECONDS_A_TASK", 45)
    run_harvest(str(begun.pk))

    assert stored() == ["GSE201", "GSE202", "GSE203"]
    assert woken == ["run_harvest", "index_waiting"]


def test_what_staff_began_is_tried_again_later_but_not_for_ever(
    fake: Ncbi, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[Any] = []
    monkeypatch.setattr(
        "discovery.tasks.run_harvest.apply_async", lambda *sent, **_: again.append(sent)
    )
    fake.always = "503"
    begun = str(Harvest.objects.create(kind=Harvest.Kind.QUERY, query="breast cancer").pk)

    run_harvest(begun)
    run_harvest(begun, MOST_TRIES)

    assert again == [((begun, 1),)]
    assert "503" in only().last_error
