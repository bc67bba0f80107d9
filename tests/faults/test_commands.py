"""`deploy/scripts/backup`: what it says, and with which status it ends."""

import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.backup import noting
from deploy.backup.__main__ import DAMAGED, NOT_THERE, main
from deploy.backup.settings import Settings, connection_of

SEGMENT = "000000010000000000000003"


@pytest.fixture(autouse=True)
def _configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Configure a repository, with a key of its own, by variables alone."""
    assert main(["keygen", str(tmp_path / "key")]) == 0
    recipient = capsys.readouterr().out.strip().partition("=")[2]
    variables = {
        "ENV_FILE": os.devnull,
        "BACKUP_TARGET": str(tmp_path / "repository"),
        "BACKUP_RECIPIENT": recipient,
        "BACKUP_IDENTITY_FILE": str(tmp_path / "key"),
        "BACKUP_WORK_DIR": str(tmp_path / "work"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    file = tmp_path / SEGMENT
    file.write_bytes(os.urandom(1000))
    return file


def test_the_secret_key_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_no_key_is_made_over_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (tmp_path / "key").read_text()
    assert main(["keygen", str(tmp_path / "key")]) == 1
    assert (tmp_path / "key").read_text() == before
    assert "keygen: " in capsys.readouterr().err


def test_a_segment_goes_in_and_comes_out(segment: Path, tmp_path: Path) -> None:
    assert main(["archive", str(segment), SEGMENT]) == 0
    assert main(["fetch", SEGMENT, str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_bytes() == segment.read_bytes()


def test_the_end_of_the_log_is_told_from_damage(segment: Path, tmp_path: Path) -> None:
    main(["archive", str(segment), SEGMENT])
    (stored,) = (tmp_path / "repository" / "wal").glob("*/*.age")
    stored.write_bytes(stored.read_bytes()[:-1])

    assert main(["fetch", SEGMENT, str(tmp_path / "out")]) == DAMAGED > 125
    assert main(["fetch", "000000010000000000000004", str(tmp_path / "out")]) == NOT_THERE
    assert not (tmp_path / "out").exists()


def test_what_is_no_file_of_the_log_is_refused(segment: Path) -> None:
    assert main(["archive", str(segment), "../../etc/passwd"]) == 1


def test_what_is_stored_is_listed(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["archive", str(segment), SEGMENT])
    assert main(["list"]) == 0
    assert "1 segments of the log" in capsys.readouterr().out


def test_pruning_says_what_went(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune"]) == 0
    assert "0 backups, 0 dumps, 0 files" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [["verify"], ["restore", "--into", "x"], ["restore-dump", "--database", "x"]]
)
def test_without_a_backup_nothing_is_proven_or_restored(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    assert "There is no" in capsys.readouterr().err


def test_a_moment_says_its_time_zone(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["restore", "--into", "x", "--to", "2026-11-27T10:15:00"])
    assert "say the time zone" in capsys.readouterr().err


def test_without_a_target_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKUP_TARGET", "")
    assert main(["list"]) == 1
    assert "Set BACKUP_TARGET" in capsys.readouterr().err


def test_without_a_public_key_nothing_is_stored(
    segment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_RECIPIENT", "")
    assert main(["archive", str(segment), SEGMENT]) == 1
    assert not list((tmp_path / "repository").rglob("*.age"))


@pytest.mark.parametrize("command", ["full", "incremental", "dump"])
def test_a_server_that_is_away_is_named(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BACKUP_DATABASE_URL", f"postgres://me:hidden@/db?host={tmp_path}")
    assert main([command]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{command}: ")
    assert "hidden" not in said


def test_a_url_becomes_variables_and_never_an_argument() -> None:
    assert connection_of("postgres://me:p%40ss@db.example:5433/app?sslmode=require") == {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "me",
        "PGPASSWORD": "p@ss",
        "PGDATABASE": "app",
        "PGSSLMODE": "require",
    }


def test_what_postgresql_starts_is_told_the_same() -> None:
    told = Settings.read().variables()
    assert Settings.read().target == told["BACKUP_TARGET"]
    assert "PGPASSWORD" not in told


def test_prometheus_is_told_when_each_kind_last_succeeded(
    segment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = SimpleNamespace(backups=1, log_files=1, dumps=0)
    monkeypatch.setattr("deploy.backup.verifying.verify", lambda _: whole)
    file = tmp_path / "backup.prom"
    noting.note(file, "full", at=datetime(2026, 1, 2, tzinfo=UTC))
    monkeypatch.setenv("BACKUP_METRICS_FILE", str(file))
    main(["archive", str(segment), SEGMENT])

    assert main(["verify"]) == 0

    (family,) = text_string_to_metric_families(file.read_text())
    told = {one.labels["kind"]: one.value for one in family.samples}
    assert told["full"] == datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    assert told["verify"] > told["full"]
    assert set(told) == {"full", "verify"}
