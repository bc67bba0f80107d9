"""`omicsoracle`, the command line, against the application itself."""

import json
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from accounts.models import ApiKey, User
from batch.models import BatchJob
from discovery.models import Dataset
from omicsoracle_client.cli import app, asking, batches, stored
from omicsoracle_client.cli.asking import Exit
from omicsoracle_client.resources.batch import Batch
from quotas.models import Override
from quotas.services import effective
from tests.factories import PASSWORD

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.usefixtures("home"),
]
Run = Callable[..., Result]


@pytest.fixture
def run(url: str) -> Run:
    """Return what runs a command against the service, with the key that is kept."""

    def run(*arguments: str, typed: Sequence[str] = (), **environment: str) -> Result:
        known = {"OMICSORACLE_URL": url, **environment}
        text = "".join(f"{line}\n" for line in typed)
        return CliRunner().invoke(app, ["--wait", "0", *arguments], input=text, env=known)

    return run


@pytest.fixture
def by_key(run: Run, key: str) -> Run:
    """Return what runs a command with a key from the environment."""

    def by_key(*arguments: str, **more: Any) -> Result:
        return run(*arguments, OMICSORACLE_API_KEY=key, **more)

    return by_key


@pytest.mark.usefixtures("worker", "ada")
def test_a_whole_session_from_signing_in_to_signing_out(
    run: Run, home: Path, tmp_path: Path
) -> None:
    signed_in = run("login", "--email", "ada@example.org", typed=[PASSWORD])
    file = home / "credentials.json"
    kept = json.loads(file.read_text())
    questions, answers = tmp_path / "questions.txt", tmp_path / "answers.csv"
    questions.write_text("breast cancer\n\nyeast heat shock\n")

    who = run("whoami")
    found = run("search", "breast cancer", "--organism", "human")
    record = run("dataset", "GSE101")
    cited = run("dataset", "GSE101", "--bibtex")
    files = run("dataset", "GSE101", "--downloads")
    run("report", "GSE101", "GSE102", "-o", str(tmp_path / "report.md"))
    batch = run("batch", "run", str(questions), "-o", str(answers))
    jobs = run("batch", "list", "--json")
    usage = run("usage")
    asked = run("history", "breast")
    out = run("logout", typed=["y", PASSWORD])

    assert signed_in.exit_code == 0, signed_in.output
    assert kept["key"] not in signed_in.output
    assert PASSWORD not in signed_in.output
    assert "ada@example.org" in who.stdout
    assert "GSE101" in found.stdout
    assert "breast" in found.stdout.split("why")[1]
    assert "Breast tumours" in record.stdout
    assert cited.stdout.startswith("@")
    assert "curl --fail" in files.stdout
    assert "GSE102" in (tmp_path / "report.md").read_text()
    assert (batch.exit_code, batch.stdout) == (0, "")
    assert answers.read_text().count("completed") == 2
    assert [one["status"] for one in json.loads(jobs.stdout)] == ["completed"]
    assert "hour" in usage.stdout
    assert "breast cancer" in asked.stdout
    assert "revoked" in out.stdout
    assert not file.exists()
    assert ApiKey.objects.get().revoked_at is not None


def test_the_key_is_kept_where_only_its_owner_reads_it(run: Run, home: Path, key: str) -> None:
    told = run("login", "--key", typed=[key])
    file = home / "credentials.json"
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (file, home)]
    file.chmod(0o640)
    refused = run("usage")

    assert told.exit_code == 0, told.output
    assert key not in told.output
    assert modes == [0o600, 0o700]
    assert (refused.exit_code, "chmod 600" in refused.stderr) == (Exit.NOT_AUTHENTICATED, True)
    assert [one.name for one in home.iterdir()] == ["credentials.json"]


def test_a_kept_key_is_sent_to_nobody_but_the_service_that_gave_it(run: Run, key: str) -> None:
    stored.save(stored.Stored("https://service.example", key))

    refused = run("usage")

    assert refused.exit_code == Exit.NOT_AUTHENTICATED
    assert "https://service.example" in refused.stderr


@pytest.mark.usefixtures("ada")
def test_a_key_that_is_made_is_shown_once_and_can_be_revoked_by_its_prefix(run: Run) -> None:
    email = ["--email", "ada@example.org"]
    made = run("key", "create", "a cron job", "--scope", "read", *email, typed=[PASSWORD])
    secret = made.stdout.strip()
    listed = run("key", "list", "--json", *email, typed=[PASSWORD])
    prefix = json.loads(listed.stdout)[0]["prefix"]
    revoked = run("key", "revoke", prefix, *email, typed=[PASSWORD])
    again = run("key", "revoke", "nonsense", *email, typed=[PASSWORD])

    assert secret.startswith("oo_")
    assert secret not in listed.output + revoked.output
    assert (revoked.exit_code, again.exit_code) == (0, Exit.NOT_VALID)
    assert run("usage", OMICSORACLE_API_KEY=secret).exit_code == Exit.NOT_AUTHENTICATED


def test_records_of_strangers_do_not_command_the_terminal(by_key: Run) -> None:
    hostile = "\x1b]0;owned\x07\x1b[31mBreast\x9b2J [bold]tumours[/bold]\r\u202egnp.exe\u2066"
    Dataset.objects.filter(accession="GSE101").update(title=hostile, summary=hostile)

    shown = [by_key("search", "breast cancer"), by_key("dataset", "GSE101")]
    as_json = by_key("dataset", "GSE101", "--json")

    for one in shown:
        assert "[bold]tumours[/bold]" in one.stdout
        assert not [sign for sign in "\x1b\x07\x9b\r\u202e\u2066" if sign in one.stdout]
    assert json.loads(as_json.stdout)["title"] == hostile
    assert as_json.stdout.isascii()


def test_programs_learn_from_the_exit_code_and_people_from_a_sentence(
    by_key: Run, run: Run, ada: User, tmp_path: Path
) -> None:
    (tmp_path / "none.txt").write_text("\n")
    none = str(tmp_path / "none.txt")
    expected = {
        Exit.NOT_FOUND: by_key("dataset", "GSE404"),
        Exit.NOT_VALID: by_key("search", "x", "--min-samples", "9", "--max-samples", "1"),
        Exit.NOT_AUTHENTICATED: run("usage", OMICSORACLE_API_KEY="oo_nonsense"),
        Exit.UNAVAILABLE: run("--url", "http://127.0.0.1:1", "usage", OMICSORACLE_API_KEY="oo_x"),
    }
    refused = [
        run("usage"),
        by_key("batch", "run", none),
        by_key("batch", "run", none, "-o", "answers.docx"),
        run("--url", "http://service.example", "usage", OMICSORACLE_API_KEY="oo_x"),
    ]
    Override.objects.create(user=ada, values={"hour": 0}, reason="a test")
    effective.memory.clear()
    expected[Exit.LIMIT_REACHED] = by_key("dataset", "GSE101")

    assert {code: one.exit_code for code, one in expected.items()} == {one: one for one in expected}
    assert [one.exit_code for one in refused] == [
        *(Exit.NOT_AUTHENTICATED, Exit.NOT_VALID, Exit.NOT_VALID, Exit.NOT_VALID),
    ]
    assert "min_samples" in expected[Exit.NOT_VALID].stderr
    assert "Try again in" in expected[Exit.LIMIT_REACHED].stderr
    assert all("Traceback" not in one.output for one in [*expected.values(), *refused])
    assert all(one.stdout == "" for one in expected.values())


@pytest.mark.usefixtures("worker")
def test_a_batch_with_failures_says_so_by_its_exit_code(
    by_key: Run, tmp_path: Path, settings: Any
) -> None:
    settings.WORKFLOW_EXECUTOR = "tests.batch.executors.execute"
    table, lines = tmp_path / "questions.csv", tmp_path / "answers.jsonl"
    table.write_text('id,question\n1,"breast, cancer"\n2,nothing\n')

    done = by_key("batch", "run", str(table), "-o", str(lines))

    assert done.exit_code == Exit.SOME_FAILED
    answers = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [(one["query"], one["status"]) for one in answers] == [
        ("breast, cancer", "completed"),
        ("nothing", "failed"),
    ]


@pytest.mark.parametrize(
    ("typed", "status"),
    [(None, "pending"), ("n", "pending"), ("y", "cancelled")],
    ids=["nobody to ask", "goes on", "cancel"],
)
def test_interrupted_a_job_goes_on_unless_somebody_cancels_it(
    by_key: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    typed: str | None,
    status: str,
) -> None:
    def interrupted(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Batch, "follow", interrupted)
    monkeypatch.setattr(batches, "can_ask", lambda: typed is not None)
    (tmp_path / "questions.txt").write_text("asthma\n")

    left = by_key("batch", "run", str(tmp_path / "questions.txt"), typed=[typed or ""])

    job = BatchJob.objects.get()
    assert left.exit_code == Exit.INTERRUPTED
    assert job.status == status
    assert str(job.pk) in left.stderr


def test_every_exit_code_is_told_by_the_help() -> None:
    told = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout

    assert all(str(int(code)) in told for code in asking.Exit)
