"""Refresh tokens, in plain Python: 64 bytes that mean nothing to a client.

A token names its session, holds 256 secret bits, and ends in a MAC. The secret of the next token
is an HMAC of the present one: the server keeps a digest of the present token only, yet can repeat
an answer that was lost on its way, and knows a token that it gave out long ago by its MAC.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from common.errors import OracleError

ID_BYTES = 16
SECRET_BYTES = 32
MAC_BYTES = 16
BYTES = ID_BYTES + SECRET_BYTES + MAC_BYTES


class TokenInvalid(OracleError):
    """The same for a forged, an expired and a revoked token: strangers learn nothing."""

    status = 401
    code = "token_invalid"


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token of ours. `key` is always the server's own, of at least 32 bytes."""

    session_id: UUID
    secret: bytes

    def __repr__(self) -> str:
        return f"RefreshToken({self.session_id})"

    @classmethod
    def first(cls, session_id: UUID) -> "RefreshToken":
        return cls(session_id, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def read(cls, text: str, *, key: bytes) -> "RefreshToken":
        """Return the token that a client sent.

        :raises TokenInvalid: unless it was made with this key
        """
        raw = _decode(text)
        if len(raw) != BYTES:
            raise TokenInvalid
        token = cls(UUID(bytes=raw[:ID_BYTES]), raw[ID_BYTES:-MAC_BYTES])
        if not hmac.compare_digest(raw[-MAC_BYTES:], token._mac(key)):
            raise TokenInvalid
        return token

    def successor(self, *, key: bytes) -> "RefreshToken":
        secret = hmac.new(key, b"successor" + self._body(), hashlib.sha256).digest()
        return RefreshToken(self.session_id, secret)

    def text(self, *, key: bytes) -> str:
        raw = self._body() + self._mac(key)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def digest(self) -> str:
        return hashlib.sha256(self._body()).hexdigest()

    def _body(self) -> bytes:
        return self.session_id.bytes + self.secret

    def _mac(self, key: bytes) -> bytes:
        return hmac.new(key, b"mac" + self._body(), hashlib.sha256).digest()[:MAC_BYTES]


def _decode(text: str) -> bytes:
    """Return the bytes of unpadded URL-safe base64; nothing if it is not that."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return b""
