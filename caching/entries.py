"""What is kept: rendered bytes in an envelope that says until when they are good, in plain Python."""

import hashlib
import hmac
from dataclasses import dataclass

import orjson

VERSION = 1  # of the envelope: what an older one holds is not read


class Damaged(Exception):
    """The bytes are no entry of ours, or not the one of this key."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer, as it is kept in every level.

    :param body: rendered JSON; empty if the answer is that there is nothing
    :param made: when making it began, in seconds since 1970, as are the others
    :param soft: from here on it is served while somebody makes another
    :param hard: from here on it is not served
    :param seen: the newest invalidation that its maker knew of, before it began
    :param tags: what it is about or belongs to, to invalidate it by
    """

    body: bytes
    made: float
    soft: float
    hard: float
    seen: int
    tags: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """About how many bytes of memory the entry holds."""
        return len(self.body) + sum(len(tag) + 60 for tag in self.tags) + 400


def encode(key: str, entry: Entry) -> bytes:
    """Return the entry as one line of JSON about it, and its body."""
    about = [VERSION, entry.made, entry.soft, entry.hard, entry.seen, list(entry.tags)]
    head = orjson.dumps(about)
    return b"%s %s\n%s" % (_checksum(key, head, entry.body), head, entry.body)


def decode(key: str, raw: bytes) -> Entry:
    """Return the entry that was kept under the key.

    :raises Damaged: if it was cut, changed, kept under another key, or is of another version
    """
    top, _, body = raw.partition(b"\n")
    checksum, _, head = top.partition(b" ")
    if not hmac.compare_digest(checksum, _checksum(key, head, body)):
        raise Damaged(key)
    version, *about = orjson.loads(head)
    if version != VERSION:
        raise Damaged(key)
    made, soft, hard, seen, tags = about
    return Entry(body, made, soft, hard, seen, tuple(tags))


def _checksum(key: str, head: bytes, body: bytes) -> bytes:
    digest = hashlib.blake2b(key.encode(), digest_size=12)
    digest.update(head)
    digest.update(body)
    return digest.hexdigest().encode()
