"""Somebody with good credentials, and the means to make bad ones of them."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from django.conf import settings
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiKey, Session, User
from tests.factories import ApiKeyFactory, SessionFactory, UserFactory

SIGNING_KEY = settings.JWT_SIGNING_KEYS["1"]


@dataclass(frozen=True)
class Sent:
    """What a request carries."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """Somebody who is signed in and has a key. Both work."""

    user: User
    session: Session
    key: ApiKey

    @classmethod
    def make(cls) -> "World":
        user = UserFactory(tier="enterprise", is_staff=True, is_superuser=True)
        return cls(user, SessionFactory(user=user), ApiKeyFactory(user=user))

    @property
    def token(self) -> str:
        return tokens.issue(session=self.session, at=timezone.now())

    def claims(self, **changed: object) -> dict[str, Any]:
        """Return the claims of the good token with some changed; None takes one out."""
        good = jwt.decode(self.token, options={"verify_signature": False})
        return {name: value for name, value in (good | changed).items() if value is not None}


Refused = Callable[[World], Sent]
REFUSED: dict[str, Refused] = {}


def refused(make: Refused) -> Refused:
    name = make.__name__.replace("_", " ")
    assert name not in REFUSED
    REFUSED[name] = make
    return make


def bearer(token: str) -> Sent:
    return Sent({"Authorization": f"Bearer {token}"})


def api_key(text: str) -> Sent:
    return Sent({"X-API-Key": text})


def forged(claims: Mapping[str, Any], key: str = SIGNING_KEY, **options: Any) -> Sent:
    headers = {"kid": "1", **options.pop("headers", {})}
    usual = {"algorithm": "HS256", "headers": headers}
    return bearer(jwt.encode(dict(claims), key, **(usual | options)))


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def signed_by_hand(
    header: object, claims: object, *, key: str = SIGNING_KEY, digest: str = "sha256"
) -> Sent:
    """Return a token with a signature over whatever stands in it, ours unless said otherwise."""
    named = {"kid": "1", **header} if isinstance(header, dict) else header
    body = f"{encoded(named)}.{encoded(claims)}"
    mac = hmac.new(key.encode(), body.encode(), digest).digest()
    return bearer(f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}")


def seconds_ahead(seconds: float) -> int:
    return int(timezone.now().timestamp() + seconds)


GOOD: dict[str, Refused] = {
    "a token": lambda world: bearer(world.token),
    "a key": lambda world: api_key(world.key.text),
    "a key in Authorization": lambda world: Sent({"Authorization": f"Api-Key {world.key.text}"}),
}
AMBIGUOUS = {"a token and a key", "two different keys", "basic and a key"}
