import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from omicsoracle.run import install
from omicsoracle.run.install import CannotInstall

FAILING_PIP = """#!/bin/sh
if [ "$3" = "--version" ]; then exit 0; fi
echo "Collecting one"
echo "ERROR: {said}"
exit 1
"""
WORKING_PIP = """#!/bin/sh
if [ "$3" = "--version" ]; then exit 0; fi
echo "$@" >> "$(dirname "$0")/calls"
echo "Collecting one"
echo "Installing collected packages: one"
"""


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "base.txt"
    file.write_text("one==1.0\n")
    return file


def environment(folder: Path, pip: str) -> Path:
    """Make a folder that looks like an environment, with this for its Python."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(pip)
    python.chmod(0o755)
    return folder


def calls(folder: Path) -> list[str]:
    return (folder / "bin" / "calls").read_text().splitlines()


def test_what_is_installed_is_not_installed_again(tmp_path: Path, pins: Path) -> None:
    folder = environment(tmp_path / "env", WORKING_PIP)

    install.install(folder, [pins], "run")
    install.install(folder, [pins], "run")

    assert len(calls(folder)) == 1
    assert "--require-hashes --only-binary :all:" in calls(folder)[0]


def test_other_pins_are_installed(tmp_path: Path, pins: Path) -> None:
    folder = environment(tmp_path / "env", WORKING_PIP)
    install.install(folder, [pins], "run")
    pins.write_text("one==1.1\n")

    install.install(folder, [pins], "run")

    assert len(calls(folder)) == 2


def test_a_half_installed_environment_is_made_anew(
    tmp_path: Path, pins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = environment(tmp_path / "env", WORKING_PIP)
    (folder / "installing").touch()
    made: list[Path] = []
    monkeypatch.setattr(install, "make_environment", made.append)

    install.install(folder, [pins], "run")

    assert made == [folder]
    assert not (folder / "installing").exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("[Errno 28] No space left on device", "the disk is full"),
        ("No matching distribution found for one", "no ready-made package"),
        ("Max retries exceeded with url: /one", "is there a network"),
        ("something else", "ERROR: something else"),
    ],
)
def test_a_failed_install_says_why_and_is_not_taken_for_done(
    tmp_path: Path, pins: Path, said: str, sentence: str
) -> None:
    folder = environment(tmp_path / "env", FAILING_PIP.format(said=said))

    with pytest.raises(CannotInstall, match=sentence):
        install.install(folder, [pins], "run")

    assert (folder / "installing").exists()
    assert not (folder / "installed-run").exists()


def test_pip_that_dies_without_a_word_is_reported() -> None:
    assert install.reason("") == "pip failed and did not say why"


def test_an_environment_is_only_made_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1000))

    with pytest.raises(CannotInstall, match="less than 2 GB are free"):
        install.make_environment(tmp_path / "env")


def test_an_environment_that_a_link_leads_to_is_not_emptied(tmp_path: Path) -> None:
    others = environment(tmp_path / "others", WORKING_PIP)
    link = tmp_path / "env"
    link.symlink_to(others)

    with pytest.raises(CannotInstall, match="is a link"):
        install.make_environment(link)

    assert (others / "bin" / "python").exists()


def test_a_python_without_ensurepip_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, **options: object) -> None:
        folder.mkdir()
        raise ImportError

    monkeypatch.setattr("venv.create", fail)

    with pytest.raises(CannotInstall, match="no ensurepip"):
        install.make_environment(tmp_path / "env")

    assert not (tmp_path / "env").exists()


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, **options: object) -> None:
        raise PermissionError("denied")

    monkeypatch.setattr("venv.create", fail)

    with pytest.raises(CannotInstall, match="cannot be made"):
        install.make_environment(tmp_path / "env")


def test_something_that_is_no_environment_is_not_whole(tmp_path: Path) -> None:
    assert not install.is_whole(tmp_path)


def test_a_terminal_is_shown_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    list(install.show_progress(["Collecting one\n", "Installing collected packages: one\n"], 1))

    shown = capsys.readouterr().out
    assert "1 of about 1 packages fetched" in shown
    assert "unpacking 1 packages" in shown
    assert "\n" not in shown


def test_the_command_ends_with_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise CannotInstall("the disk is full")

    monkeypatch.setattr(install, "install", fail)

    assert install.main("run") == 1
    assert capsys.readouterr().err == "make: cannot install: the disk is full.\n"


def test_the_command_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(install, "install", interrupt)

    assert install.main("development") == 130


def test_the_command_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(install, "install", lambda *of: asked.extend(of))

    assert install.main("run") == 0
    assert [one.name for one in asked[1]] == ["base.txt", "embedded.txt"]
