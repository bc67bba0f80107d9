"""The scripts that people and pipelines call."""

import os
import subprocess
from pathlib import Path

import pytest

from common.management.commands.migrate import REFUSED
from common.version import VERSION
from tests.deploy.tools import PROJECT, documents, program, said

SCRIPTS = PROJECT / "deploy" / "scripts"
# Writes down how it is called, keeps the Job that it is given, and fails for one deployment.
KUBECTL = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$*" in
*"apply --kustomize "*/migrate) cp "${@: -1}/job.yaml" "$CALLS.job" ;;
*"get job migrate"*) echo "$MIGRATION" ;;
*"rollout status deployment/$SICK "*) exit 1 ;;
esac
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(KUBECTL)
    kubectl.chmod(0o755)
    return tmp_path


def roll_out(
    cluster: Path, *more: str, migration: str = "Complete", sick: str = "none"
) -> tuple[int, str]:
    environment = {
        **os.environ,  # noqa: TID251
        "PATH": f"{cluster}:{os.environ['PATH']}",  # noqa: TID251
        "CALLS": str(cluster / "calls"),
        "MIGRATION": migration,
        "SICK": sick,
        "REGISTRY": "registry.example/lab",
        "SITE_URL": "",
    }
    done = subprocess.run(
        [str(SCRIPTS / "roll-out"), "staging", "2.1.0", *more],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "line" not in done.stderr or done.returncode == 0
    calls = cluster / "calls"
    return done.returncode, calls.read_text() if calls.exists() else ""


def migrated_by(cluster: Path) -> tuple[str, str]:
    """Return the image and the first command of the Job that was applied."""
    (job,) = documents(cluster / "calls.job")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    return container["image"], container["command"][-1].partition(" && ")[0]


def test_shellcheck_finds_nothing() -> None:
    bash = [
        str(one) for one in SCRIPTS.iterdir() if one.read_bytes().startswith(b"#!/usr/bin/env bash")
    ]

    status, text = said(program("shellcheck"), *bash, "deploy/database/roles.sh", ".ci/run")

    assert status == 0, text


def test_a_version_is_migrated_before_its_pods_come(cluster: Path) -> None:
    status, calls = roll_out(cluster)

    assert status == 0
    assert calls.index("kubernetes/migrate") < calls.index("kubernetes/overlays/staging")
    assert "undo" not in calls
    image = "registry.example/lab/web:2.1.0"
    assert migrated_by(cluster) == (image, "python manage.py migrate --no-input --expand-only")


def test_what_takes_away_is_migrated_only_if_that_is_said(cluster: Path) -> None:
    status, _ = roll_out(cluster, "--allow-destructive")

    assert status == 0
    assert migrated_by(cluster)[1] == "python manage.py migrate --no-input"


@pytest.mark.parametrize("more", [["--allow-all"], ["--allow-destructive", "--now"]], ids=repr)
def test_what_is_not_understood_is_not_begun(cluster: Path, more: list[str]) -> None:
    assert roll_out(cluster, *more) == (2, "")


def test_a_migration_that_is_refused_is_not_tried_again() -> None:
    (job,) = documents(PROJECT / "deploy/kubernetes/migrate/job.yaml")
    (rule,) = job["spec"]["podFailurePolicy"]["rules"]

    assert (rule["action"], rule["onExitCodes"]["values"]) == ("FailJob", [REFUSED])


def test_a_version_whose_migration_fails_changes_no_pod(cluster: Path) -> None:
    status, calls = roll_out(cluster, migration="Failed")

    assert status == 1
    assert "overlays/staging" not in calls


def test_a_version_that_does_not_become_ready_goes_back_whole(cluster: Path) -> None:
    status, calls = roll_out(cluster, sick="worker")

    assert status == 1
    undone = "rollout undo deployment/web deployment/live deployment/worker deployment/batch deployment/beat"
    assert undone in calls


@pytest.mark.parametrize("tag", [f"v{VERSION}-alpha", f"v{VERSION}-beta", f"v{VERSION}-rc1"])
def test_a_stage_of_this_version_has_notes(tag: str) -> None:
    status, text = said(str(SCRIPTS / "release-notes"), tag)

    assert status == 0
    assert text.startswith("- ")


@pytest.mark.parametrize("tag", ["v9.9.9", VERSION, f"v{VERSION}-final", f"v{VERSION}-rc0", ""])
def test_a_tag_that_is_not_this_codes_is_refused(tag: str) -> None:
    status, text = said(str(SCRIPTS / "release-notes"), tag)

    assert status == 1
    assert "is no tag of version" in text


@pytest.mark.parametrize(
    ("environment", "version"), [("moon", "2.1.0"), ("staging", "2.1.0;reboot"), ("staging", "")]
)
def test_nothing_is_deployed_to_where_there_is_nothing_or_under_a_strange_name(
    environment: str, version: str
) -> None:
    status, _ = said(str(SCRIPTS / "release-to"), environment, version)

    assert status != 0
