import gzip
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command

from discovery.models import Dataset, SearchDocument
from discovery.tasks import index_waiting
from tests.discovery.conftest import SERIES

TEXT = b"\n".join(orjson.dumps(record) for record in SERIES)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record that the worker was woken, instead of waking it."""
    calls: list[str] = []
    monkeypatch.setattr(index_waiting, "delay", lambda: calls.append("index_waiting"))
    return calls


def run(file: Path, capsys: pytest.CaptureFixture[str], **options: bool) -> str:
    call_command("load_datasets", str(file), **options)
    return capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.usefixtures("woken")
def test_a_plain_file_is_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "series.jsonl"
    file.write_bytes(TEXT)

    said = run(file, capsys)

    assert Dataset.objects.count() == 5
    assert "5 records read: 5 added, 0 updated" in said


@pytest.mark.django_db
@pytest.mark.usefixtures("woken")
def test_a_gzip_file_is_loaded_whatever_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "series"
    file.write_bytes(gzip.compress(TEXT))

    said = run(file, capsys)

    assert "5 added" in said


@pytest.mark.django_db
@pytest.mark.usefixtures("woken")
def test_skipped_lines_are_told_by_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "series.jsonl"
    file.write_bytes(TEXT + b'\n{"accession": 5}\n')

    call_command("load_datasets", str(file))

    printed = capsys.readouterr()
    assert "line 6: skipped: accession: text expected, not int" in printed.err
    assert "1 skipped" in printed.out


@pytest.mark.django_db
@pytest.mark.usefixtures("woken")
def test_of_very_many_bad_lines_only_the_first_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "series.jsonl"
    file.write_bytes(b"x\n" * 50)

    call_command("load_datasets", str(file))

    assert "… and 30 more lines skipped" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_file_that_is_cut_off_says_so_and_keeps_what_came_before(
    tmp_path: Path, woken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("discovery.services.catalogue.BATCH", 1)
    file = tmp_path / "series.jsonl.gz"
    file.write_bytes(gzip.compress(TEXT)[:-200])

    with pytest.raises(CommandError, match="damaged or cut off"):
        call_command("load_datasets", str(file))


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_says_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_datasets", str(tmp_path / name))


@pytest.mark.django_db
def test_new_series_wake_the_worker_that_embeds(tmp_path: Path, woken: list[str]) -> None:
    file = tmp_path / "series.jsonl"
    file.write_bytes(TEXT)

    call_command("load_datasets", str(file))
    call_command("load_datasets", str(file))

    assert woken == ["index_waiting"]


@pytest.mark.django_db
def test_the_worker_can_be_left_asleep(tmp_path: Path, woken: list[str]) -> None:
    file = tmp_path / "series.jsonl"
    file.write_bytes(TEXT)

    call_command("load_datasets", str(file), no_embeddings=True)

    assert woken == []


@pytest.mark.usefixtures("five_series")
def test_the_task_embeds_what_waits_and_goes_on_if_some_is_left(
    woken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("discovery.tasks.SERIES_A_TASK", 3)
    monkeypatch.setattr("discovery.indexing.EMBEDDING_BATCH", 3)
    SearchDocument.objects.update(embedding=None)

    index_waiting()

    assert SearchDocument.objects.waiting_for_embedding().count() == 2
    assert woken == ["index_waiting"]


@pytest.mark.usefixtures("five_series")
def test_the_task_rests_when_nothing_waits(woken: list[str]) -> None:
    index_waiting()

    assert woken == []


@pytest.mark.django_db
def test_the_starter_catalogue_loads_whole_and_twice(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_starter")
    call_command("load_starter")

    first, second = capsys.readouterr().out.splitlines()
    assert (first.split()[0], second.split()[0]) == (str(Dataset.objects.count()), "0")
    assert Dataset.objects.count() >= 290
