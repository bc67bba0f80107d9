"""Programs that we do not need to run: those of the machine, or Debian's, fetched once into `var/`.

Nothing is installed: the packages are unpacked where we may write. Where there is neither a program nor
a way to get it, tests are skipped and say so; on Debian and Ubuntu there is.
"""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from django.conf import settings

PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "nginx": "nginx",
}
SECONDS = 60
TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")


class Missing(Exception):
    """The program is not here, and cannot be had; the message says why."""


def find(name: str) -> Path:
    """Return the program.

    :raises Missing: if it cannot be had
    """
    if there := shutil.which(name):
        return Path(there)
    folder = settings.BASE_DIR / "var" / "programs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests of other processes want it, too
        if not (found := _unpacked(name, folder)):
            _unpack(PACKAGES[name], folder)
            found = _unpacked(name, folder)
    if not found:
        raise Missing(f"{PACKAGES[name]} has no {name}")
    return found


def _unpacked(name: str, folder: Path) -> Path | None:
    places = (folder / "usr" / place / name for place in ("bin", "sbin"))
    return next((one for one in places if one.exists()), None)


def require_templates() -> None:
    """Make sure that Debian's Alertmanager finds its templates, which it does not start without.

    :raises Missing: if the package is not installed, but only unpacked
    """
    if not TEMPLATES.exists() and not shutil.which("alertmanager"):
        raise Missing(
            f"Alertmanager looks for {TEMPLATES}: install the package prometheus-alertmanager, or"
            " copy the file from var/programs"
        )


def _unpack(package: str, folder: Path) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Missing(f"{package} is not installed, and this is no Debian to fetch it from")
    if not _fetched(package, folder) and os.geteuid() == 0:
        _run("apt-get", "-qq", "update", folder=folder)
        _fetched(package, folder)
    found = sorted(folder.glob(f"{package}_*.deb"))
    if not found:
        raise Missing(f"{package} is not installed, and apt-get cannot fetch it")
    _run("dpkg-deb", "-x", str(found[-1]), str(folder), folder=folder)
    for one in found:
        one.unlink()


def _fetched(package: str, folder: Path) -> bool:
    return _run("apt-get", "-qq", "download", package, folder=folder) == 0


def _run(*command: str, folder: Path) -> int:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode
