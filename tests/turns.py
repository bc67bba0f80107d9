"""How many turns at the processors the kernel gives a program's session."""

from pathlib import Path


def niceness(pid: int) -> int | None:
    """Return how nice a session is to others; None where the kernel does not go by sessions."""
    file = Path(f"/proc/{pid}/autogroup")
    return int(file.read_text().rpartition(" ")[2]) if file.exists() else None
