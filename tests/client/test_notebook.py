"""The notebook that newcomers begin with runs from its first cell to its last."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]
CLIENT = Path(settings.BASE_DIR) / "client"
NOTEBOOK = CLIENT / "examples" / "find_and_compare.ipynb"


def test_the_example_runs_and_leaves_what_it_promises(url: str, key: str, tmp_path: Path) -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    program = "\n".join("".join(one["source"]) for one in cells if one["cell_type"] == "code")
    environment = {
        **os.environ,  # noqa: TID251 (for a child)
        "PYTHONPATH": str(CLIENT / "src"),
        "OMICSORACLE_URL": url,
        "OMICSORACLE_API_KEY": key,
    }

    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert "requests used this hour" in ran.stdout
    assert "GSE101" in (tmp_path / "report.md").read_text()
    assert (tmp_path / "series.bib").read_text().startswith("@")
    assert "ftp.ncbi.nlm.nih.gov" in (tmp_path / "download.sh").read_text()


def test_no_output_is_kept_in_it() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]

    assert not any(one.get("outputs") or one.get("execution_count") for one in cells)
