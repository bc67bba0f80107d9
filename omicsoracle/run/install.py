"""Makes the virtual environment `.venv`, with what requirements/ pins, if it is not there yet.

`python install.py run` installs what `make run` needs, `… production` the same without servers, `… development` all.
The standard library is all that this file may use: nothing is installed when it runs.
"""

# ruff: noqa: T201 (starts pip, and talks to a terminal)

import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = {
    "run": ("base", "embedded"),
    "production": ("base",),
    "development": ("development",),
}
NEEDED_BYTES = 2 << 30

# What pip says, and what we make of it.
REASONS = {
    "No space left on device": "the disk is full: make room and try again",
    "Disk quota exceeded": "your disk quota is used up: make room and try again",
    "No matching distribution": "there is no ready-made package for this Python or machine: try "
    "another one, for example PYTHON=python3.11 after deleting .venv",
    "DO NOT MATCH THE HASHES": "a downloaded package is not the pinned one",
    "Max retries exceeded": "the package index cannot be reached: is there a network?",
    "NewConnectionError": "the package index cannot be reached: is there a network?",
}


class CannotInstall(Exception):
    """The message says why, and what to do."""


def main(wanted: str) -> int:
    """Install what is wanted; return 1, with one sentence, if that does not work."""
    try:
        install(
            PROJECT / ".venv",
            [PROJECT / "requirements" / f"{one}.txt" for one in REQUIREMENTS[wanted]],
            wanted,
        )
    except CannotInstall as error:
        print(f"make: cannot install: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def install(folder: Path, requirements: list[Path], wanted: str) -> None:
    """Install into the folder, unless it has exactly this already.

    :raises CannotInstall: if pip or venv fails
    """
    pins = "".join(file.read_text() for file in requirements)
    stamp, half = folder / f"installed-{wanted}", folder / "installing"
    if stamp.exists() and stamp.read_text() == pins and not half.exists():
        return
    started = time.monotonic()
    if not is_whole(folder) or half.exists():
        make_environment(folder)
    half.touch()
    stamp.unlink(missing_ok=True)
    run_pip(folder, requirements, pins.count("=="))
    stamp.write_text(pins)
    half.unlink()
    print(f"  {'Packages':<28}{time.monotonic() - started:6.1f} s")


def is_whole(folder: Path) -> bool:
    """Say whether there is an environment whose Python and pip run."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "--version"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def make_environment(folder: Path) -> None:
    """Make an empty environment, in the place of what is there.

    :raises CannotInstall: if that fails, or is a link: what it leads to would be emptied
    """
    if folder.is_symlink():
        raise CannotInstall(
            f"{folder} is a link to an environment that lacks pip or is half installed: install "
            "there, or remove the link"
        )
    if shutil.disk_usage(folder.parent).free < NEEDED_BYTES:
        raise CannotInstall("less than 2 GB are free on this disk: make room and try again")
    try:
        venv.create(folder, clear=True, with_pip=True)
    except (subprocess.CalledProcessError, ImportError):
        shutil.rmtree(folder, ignore_errors=True)
        raise CannotInstall(
            "this Python has no ensurepip (Debian and Ubuntu: apt install python3-venv), or set "
            "PYTHON to another one"
        ) from None
    except OSError as error:
        raise CannotInstall(f"{folder} cannot be made ({error})") from None


def run_pip(folder: Path, requirements: list[Path], count: int) -> None:
    """Install pinned wheels only: nothing is resolved, and nothing is built from source."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    command += ["install", "--no-input", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command += ["--progress-bar", "off"]
    for file in requirements:
        command += ["-r", str(file)]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        said = list(show_progress(pip.stdout or [], count))
    if pip.returncode:
        raise CannotInstall(reason("".join(said)))


def show_progress(lines: Iterable[str], count: int) -> Iterator[str]:
    """Pass pip's lines on; show how far it is, in one line."""
    is_terminal = sys.stdout.isatty()
    if not is_terminal:
        print(f"  Installing about {count} packages …", flush=True)
    collected = 0
    for line in lines:
        yield line
        collected += line.startswith("Collecting")
        what = f"{collected} of about {count} packages fetched"
        if line.startswith("Installing collected"):
            what = f"unpacking {collected} packages"
        if is_terminal:
            print(f"\r  {what:<50}", end="", flush=True)
    if is_terminal:
        print(f"\r{'':<52}\r", end="", flush=True)


def reason(said: str) -> str:
    """Return what went wrong, in words."""
    known = (meaning for sign, meaning in REASONS.items() if sign in said)
    errors = [line for line in said.splitlines() if line.startswith("ERROR")]
    return next(known, (errors or ["pip failed and did not say why"])[-1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
