"""What a deployment does, step by step: for who looks on, and as JSON lines in `deploy.log`."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path


class Journal:
    def __init__(self, home: Path, version: str) -> None:
        self._file = home / "deploy.log"
        self._version = version
        self._began = time.monotonic()

    def say(self, step: str, message: str) -> None:
        seconds = time.monotonic() - self._began
        sys.stdout.write(f"{seconds:7.1f} s  {step:<9} {message}\n")
        sys.stdout.flush()
        line = {
            "timestamp": datetime.now(UTC).isoformat(),
            "version": self._version,
            "step": step,
            "seconds": round(seconds, 1),
            "message": message,
        }
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
