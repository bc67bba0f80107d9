"""What an API key looks like, in plain Python.

`oo_<8 characters that name it>_<43 random characters><6 characters of checksum>`, all base62. 43
such characters hold 256 bits; the checksum is the CRC32 of what precedes it, so that a typo is
refused without asking the database, and scanners for leaked secrets recognise a key.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass

from common.errors import OracleError

MARK = "oo"
PREFIX_LENGTH = 8
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
FORM = re.compile(
    rf"{MARK}_([0-9A-Za-z]{{{PREFIX_LENGTH}}})_"
    rf"[0-9A-Za-z]{{{SECRET_LENGTH}}}([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


class ApiKeyInvalid(OracleError):
    """The same for a typo, an unknown, an expired and a revoked key: strangers learn nothing."""

    status = 401
    code = "api_key_invalid"


@dataclass(frozen=True, slots=True)
class Key:
    """A well-formed key. `text` is the secret; `prefix` may be shown."""

    text: str
    prefix: str

    def __repr__(self) -> str:
        return f"Key({self.prefix}…)"

    def digest(self, *, pepper: str) -> str:
        """Return what is stored: 256 random bits need no salt and no slow hash, only the pepper."""
        return hmac.new(pepper.encode(), self.text.encode(), hashlib.sha256).hexdigest()


def make() -> Key:
    prefix = _random(PREFIX_LENGTH)
    body = f"{MARK}_{prefix}_{_random(SECRET_LENGTH)}"
    return Key(text=body + checksum(body), prefix=prefix)


def read(text: str) -> Key:
    """Return the key that a caller sent.

    :raises ApiKeyInvalid: if it cannot be one of ours
    """
    found = FORM.fullmatch(text)
    if found is None or checksum(text[:-CHECKSUM_LENGTH]) != found[2]:
        raise ApiKeyInvalid
    return Key(text=text, prefix=found[1])


def checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECKSUM_LENGTH)


def _random(length: int) -> str:
    return _base62(secrets.randbelow(len(ALPHABET) ** length), length)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
