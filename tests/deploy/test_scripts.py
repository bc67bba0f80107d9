"""The scripts that people and pipelines call."""

import os
import subprocess
from pathlib import Path

import pytest

from common.version import VERSION
from tests.deploy.tools import PROJECT, program, said

SCRIPTS = PROJECT / "deploy" / "scripts"
# Writes down how it is called, and fails for one deployment.
KUBECTL = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$*" in
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


def roll_out(cluster: Path, *, migration: str = "Complete", sick: str = "none") -> tuple[int, str]:
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
        [str(SCRIPTS / "roll-out"), "staging", "2.1.0"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "line" not in done.stderr or done.returncode == 0
    return done.returncode, (cluster / "calls").read_text()


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
