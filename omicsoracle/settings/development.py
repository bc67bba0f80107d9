"""`make run`: embedded servers, made-up keys that hold for one folder, readable errors in the log."""

import secrets

from omicsoracle.settings.base import *


def local_secret(name: str) -> str:
    """Return a key made once and kept in `var/`, so that tokens outlive a restart."""
    file = VAR_DIR / "secrets" / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()


DEBUG = False
DEMO_ALLOWED = True
SECRET_KEY = env("SECRET_KEY", default="") or local_secret("django")
JWT_SIGNING_KEYS = env.dict("JWT_SIGNING_KEYS", default={"1": local_secret("jwt")})
API_KEY_PEPPERS = env.dict("API_KEY_PEPPERS", default={"1": local_secret("pepper")})
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
STATIC_ROOT = None  # whitenoise serves the files from where they lie
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
