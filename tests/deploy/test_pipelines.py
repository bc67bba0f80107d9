"""The pipelines: no faults that linters know, least rights, and the same commands as people use."""

import os
import re
from typing import Any

import pytest

from tests.deploy.tools import PROJECT, documents, program, said

FOLDER = PROJECT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
TEXTS = {one.stem: one.read_text(encoding="utf-8") for one in FILES}
each_workflow = pytest.mark.parametrize("name", sorted(TEXTS))


def jobs(name: str) -> dict[str, dict[str, Any]]:
    (workflow,) = documents(FOLDER / f"{name}.yml")
    return dict(workflow["jobs"])


def test_the_plans_six_are_there() -> None:
    assert set(TEXTS) == {
        "test",
        "build",
        "deploy-staging",
        "deploy-production",
        "release",
        "security-scan",
    }


def test_actionlint_finds_nothing() -> None:
    assert said(program("actionlint"), *map(str, FILES)) == (0, "")


def test_zizmor_finds_nothing() -> None:
    status, text = said(program("zizmor"), "--offline", "--quiet", "--no-progress", str(FOLDER))

    assert status == 0, text


@each_workflow
def test_every_action_is_pinned_by_its_commit_and_says_its_version(name: str) -> None:
    used = re.findall(r"uses: (?!\./)(.+)", TEXTS[name])

    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)


@each_workflow
def test_a_workflow_has_no_rights_but_those_that_a_job_names_and_ends_in_time(name: str) -> None:
    (workflow,) = documents(FOLDER / f"{name}.yml")

    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for job in jobs(name).values():
        assert job["permissions"]
        assert "uses" in job or job["timeout-minutes"] <= 60


@each_workflow
def test_it_calls_scripts_and_targets_that_there_are(name: str) -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")

    for script in set(re.findall(r"(?:deploy/scripts|\.ci)/[\w-]+", TEXTS[name])):
        assert os.access(PROJECT / script, os.X_OK), script
    for target in re.findall(r"(?:run: |^ +)make ([\w-]+)", TEXTS[name], re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_production_waits_for_approval_and_takes_only_what_our_pipeline_has_signed() -> None:
    (job,) = jobs("deploy-production").values()
    steps = [step.get("run", "") for step in job["steps"]]
    verified = next(i for i, one in enumerate(steps) if "cosign verify" in one)
    deployed = next(i for i, one in enumerate(steps) if "release-to production" in one)

    assert job["environment"]["name"] == "production"
    assert verified < deployed
    assert (PROJECT / ".github/workflows/build.yml").exists()


def test_images_are_pushed_only_after_they_were_scanned() -> None:
    (job,) = jobs("build").values()
    scanned = [i for i, one in enumerate(job["steps"]) if "trivy-action" in one.get("uses", "")]
    (pushed,) = [i for i, one in enumerate(job["steps"]) if "PUSH=1" in one.get("run", "")]

    assert len(scanned) == 3
    assert max(scanned) < pushed


def test_staging_is_deployed_only_after_the_tests() -> None:
    staging = jobs("deploy-staging")

    assert staging["test"]["uses"] == "./.github/workflows/test.yml"
    assert staging["images"]["needs"] == "test"
    assert staging["deploy"]["needs"] == "images"
