"""The images hold what they run and nothing else."""

import json
import re

import pytest
from django.apps import apps

from omicsoracle.run.program import PROGRAMS
from tests.deploy.tools import PROJECT, program, said

DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_the_dockerfile_has_no_faults_that_hadolint_knows() -> None:
    assert said(program("hadolint"), "Dockerfile") == (0, "")


def test_each_target_starts_a_program_of_ours() -> None:
    started = re.findall(r'^CMD (\[.*"omicsoracle\.run\.program".*\])$', DOCKERFILE, re.MULTILINE)
    targets = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))

    assert {json.loads(one)[-1] for one in started} == set(PROGRAMS)
    assert set(PROGRAMS) | {"flower", "database"} <= targets


def test_what_is_copied_is_there_and_goes_into_the_context() -> None:
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    } - {"."}
    kept = [one[1:] for one in IGNORED if one.startswith("!")]

    assert all((PROJECT / one).exists() for one in copied)
    assert all(any(one.startswith(start) for start in kept) for one in copied)


def test_every_app_of_ours_is_in_the_image_and_no_test_is() -> None:
    ours = {
        one.name.split(".")[0]
        for one in apps.get_app_configs()
        if one.path.startswith(str(PROJECT))
    }
    ours = {one for one in ours if (PROJECT / one).is_dir()}

    assert IGNORED[1] == "*"
    assert ours
    assert {f"!{one}/" for one in ours | {"omicsoracle", "templates"}} <= set(IGNORED)
    assert not any("test" in one or "!.env" in one for one in IGNORED)


@pytest.mark.parametrize("name", ["PYTHON_IMAGE", "DATABASE_IMAGE"])
def test_base_images_are_named_by_exact_version(name: str) -> None:
    image = re.search(rf"^ARG {name}=(\S+)$", DOCKERFILE, re.MULTILINE)

    assert image
    assert re.search(r":\d+\.\d+\.\d+", image[1])


def test_nothing_runs_as_root() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
    users = {
        stage.split(" AS ")[1].split()[0]: re.findall(r"^USER (\S+)", stage, re.MULTILINE)
        for stage in stages[1:]
    }

    assert users["application"] == ["10001:10001"]
    assert users["database"] == ["999:999"]
