"""Identifiers of our rows: UUIDs ordered by time, so that new rows lie together in an index."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    return _uuid7()
