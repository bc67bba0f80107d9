"""The account that `make run` shows: the same at each start, on this machine only."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts import keys
from accounts.models import ApiKey, Scope, Tier, User
from accounts.services.api_keys import seal
from common.errors import OracleError

EMAIL = "demo@omicsoracle.example"


class DemoNotAllowed(OracleError):
    """Nobody wants an admin with a password in a file on a real server."""

    status = 403
    code = "permission_denied"
    detail = "The demo account is for development: these settings do not allow it (DEMO_ALLOWED)."


@dataclass(frozen=True, slots=True)
class Demo:
    """What one needs to sign in as the demo user. Kept in `VAR_DIR`, readable by its owner only."""

    email: str
    password: str
    api_key: str


def ensure_demo(*, at: datetime) -> Demo:
    """Make the demo user and key, or put right what has changed of them.

    :raises DemoNotAllowed: unless the settings have `DEMO_ALLOWED`
    """
    if not settings.DEMO_ALLOWED:
        raise DemoNotAllowed
    demo = _remembered() or _invented()
    with transaction.atomic():
        _ensure_key(_ensure_user(demo), demo=demo, at=at)
    return demo


def _file() -> Path:
    return Path(settings.VAR_DIR) / "secrets" / "demo.json"


def _remembered() -> Demo | None:
    try:
        return Demo(**json.loads(_file().read_text()))
    except (FileNotFoundError, ValueError, TypeError):  # none yet, or half a file after a crash
        return None


def _invented() -> Demo:
    demo = Demo(EMAIL, secrets.token_urlsafe(15), keys.make().text)
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(asdict(demo), out)
    fresh.replace(file)
    return demo


def _ensure_user(demo: Demo) -> User:
    user = User.objects.filter(email=demo.email).first() or User(email=demo.email)
    user.full_name = "Demo"
    user.tier = Tier.PRO
    user.is_active = user.is_staff = user.is_superuser = user.email_verified = True
    if not user.check_password(demo.password):
        user.set_password(demo.password)
    user.save()
    return user


def _ensure_key(user: User, *, demo: Demo, at: datetime) -> None:
    key = keys.read(demo.api_key)
    version, digest = seal(key)
    ApiKey.objects.update_or_create(
        prefix=key.prefix,
        defaults={
            "user": user,
            "name": "Demo",
            "pepper_version": version,
            "key_hash": digest,
            "scopes": list(Scope.values),
            "expires_at": None,
            "revoked_at": None,
        },
        create_defaults={
            "user": user,
            "name": "Demo",
            "pepper_version": version,
            "key_hash": digest,
            "created_at": at,
        },
    )
