"""What the tutorial and the how-tos tell people to type works, in the order in which they tell it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

DOCS = Path(settings.BASE_DIR) / "docs"
GUIDES = [DOCS / "tutorial.md", *sorted(DOCS.glob("how-to/*.md"))]
RUN = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 120


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl.")
@pytest.mark.usefixtures("worker")
def test_every_block_of_every_guide_runs(live_server: LiveServer, key: str, tmp_path: Path) -> None:
    call_command("load_starter")
    (tmp_path / ".curlrc").write_text("fail-with-body\n")
    environment = {
        "PATH": os.environ["PATH"],  # noqa: TID251 (for bash and curl)
        "HOME": str(tmp_path),
        "SITE": live_server.url.replace("localhost", "127.0.0.1"),
        "KEY": key,
    }

    for guide in GUIDES:
        script = "\n".join(RUN.findall(guide.read_text(encoding="utf-8")))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

        assert done.returncode == 0, f"{guide.name}: {done.stderr}{done.stdout[-2000:]}"
