"""When each kind of backup last succeeded, in a file for Prometheus: so that silence is noticed.

The file is Prometheus's text: the platform tells it in its own /metrics, or node_exporter's textfile
collector does, on a machine where the platform is not.
"""

import re
from datetime import datetime
from pathlib import Path

NAME = "omicsoracle_backup_last_success_timestamp_seconds"
HEAD = f"# HELP {NAME} When a backup, or a look at all of them, last ended well.\n# TYPE {NAME} gauge\n"
LINE = re.compile(rf'^{NAME}{{kind="(\w+)"}} ([\d.]+)$', re.MULTILINE)
NOTED = frozenset({"full", "incremental", "dump", "verify"})


def note(file: Path, kind: str, *, at: datetime) -> None:
    """Write that a kind of backup succeeded now; the others' lines stay. Readers see all or nothing."""
    present = file.read_text() if file.exists() else ""
    known = dict(LINE.findall(present)) | {kind: f"{at.timestamp():.0f}"}
    lines = [f'{NAME}{{kind="{one}"}} {known[one]}\n' for one in sorted(known)]
    half = file.with_name(f".{file.name}.half")
    half.write_text(HEAD + "".join(lines))
    half.chmod(0o644)
    half.replace(file)
