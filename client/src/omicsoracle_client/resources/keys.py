"""API keys. Only who is signed in with a password may see or change them, no key may."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from omicsoracle_client.answers import ApiKey, NewApiKey
from omicsoracle_client.resources.shapes import given
from omicsoracle_client.transport import Transport

PATH = "users/api-keys"


class Keys:
    """The caller's API keys."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Iterator[ApiKey]:
        """Yield the keys, the newest first, revoked ones too."""
        return self._transport.pages(ApiKey, PATH)

    def create(
        self, name: str, *, scopes: Sequence[str] = (), expires_at: datetime | None = None
    ) -> NewApiKey:
        """Make a key. Its secret is in the answer, and nowhere else ever after."""
        until = expires_at.isoformat() if expires_at else None
        body = given(name=name, scopes=[*scopes] or None, expires_at=until)
        return self._transport.read(NewApiKey, "POST", PATH, json=body)

    def rotate(self, key_id: str, *, grace_seconds: int = 0) -> NewApiKey:
        """Make a key in place of another, which works on until the grace ends."""
        body = {"grace_seconds": grace_seconds}
        return self._transport.read(NewApiKey, "POST", f"{PATH}/{key_id}/rotate", json=body)

    def revoke(self, key_id: str) -> None:
        """Have a key refused from now on."""
        self._transport.json("DELETE", f"{PATH}/{key_id}")
