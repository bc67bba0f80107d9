"""Programs that run to their end."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.bluegreen.errors import DeployError

SECONDS = 1800.0


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> str:
    """Return what it said.

    :raises DeployError: if it fails; the message is its last line
    """
    name = " ".join(str(one) for one in command[:3])
    try:
        done = subprocess.run(
            [str(one) for one in command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DeployError(f"{name} was not done after {seconds:.0f} seconds.") from None
    except OSError as error:
        raise DeployError(f"{name} cannot be run: {error}") from error
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or "it gave no reason"
        raise DeployError(f"{name} failed ({done.returncode}): {said.splitlines()[-1]}")
    return done.stdout
