"""Where things lie, and how many processes serve: what all other settings build on."""

import hashlib
import tempfile
from pathlib import Path

import environ

from omicsoracle.settings.files import Variables

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()
env.ENVIRON = Variables()
env.read_env(env("ENV_FILE", default=BASE_DIR / ".env"))


VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()


def socket_directory(var: Path) -> Path:
    """Return where the embedded servers' sockets lie: a socket's path may have 107 bytes at most."""
    inside = var / "run"
    if len(str(inside).encode()) <= 80:  # noqa: PLR2004
        return inside
    digest = hashlib.sha256(str(var).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"omicsoracle-{digest}"


SOCKET_DIR = socket_directory(VAR_DIR)
EMBEDDED_POSTGRES = not env("DATABASE_URL", default="")
EMBEDDED_VALKEY = not env("REDIS_URL", default="")
# Where web and live servers listen: other machines, and nginx in another container, need 0.0.0.0.
LISTEN_HOST = env("LISTEN_HOST", default="127.0.0.1")
PORT, LAST_PORT = env.int("PORT", default=8000), 65_535
WEB_THREADS = env.int("WEB_THREADS", default=8)
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
# Requests that may wait in a process while all its threads work; more are refused (docs/decisions/0011).
WEB_WAITING = env.int("WEB_WAITING", default=32)
# Where people reach us: what stands in mails. Never taken from a request.
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
