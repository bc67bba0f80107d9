"""Chooses where the servers of this test run live, before Django reads its settings.

Loaded by name (`-p tests.servers` in pyproject.toml). It imports nothing of ours: what is imported
this early escapes the measurement of coverage. tests/conftest.py starts the servers.
"""

import os
import tempfile
import uuid
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # noqa: TID251 (there are no settings yet)

os.environ["DJANGO_SETTINGS_MODULE"] = "omicsoracle.settings.testing"  # noqa: TID251
if not WORKER:
    os.environ["VAR_DIR"] = str(  # noqa: TID251
        Path(tempfile.gettempdir()) / f"oo-tests-{uuid.uuid4().hex[:12]}"
    )
    # Tests look after the cache themselves, and a busy machine is not a broken one.
    os.environ |= {  # noqa: TID251
        "CACHE_KEEPER": "off",
        "FOLLOWS_CHANGES": "off",
        "CACHE_TIMEOUT": "2",
    }
