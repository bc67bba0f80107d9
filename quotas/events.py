"""What is kept of a request that was counted, on its way from the answer to the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson

RIDER = b'"rider":{'  # in an event that has one; in a text, the quotes would be escaped


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One request. The id is its own: the event may arrive twice, and is stored once.

    :param rider: JSON that somebody else wants stored with it: `settings.USAGE_RIDERS`
    """

    id: UUID
    user_id: UUID
    api_key_id: UUID | None
    endpoint: str
    method: str
    status_code: int
    execution_time_ms: int
    cost: int
    created_at: datetime
    rider: bytes | None = None

    def dumps(self) -> bytes:
        return orjson.dumps(self, default=orjson.Fragment)  # the rider is JSON already

    @classmethod
    def loads(cls, text: bytes) -> Self:
        """Return the event that `dumps` wrote.

        :raises ValueError: if it is none
        """
        given: dict[str, Any] = orjson.loads(text)
        try:
            return cls(
                id=UUID(given["id"]),
                user_id=UUID(given["user_id"]),
                api_key_id=UUID(given["api_key_id"]) if given["api_key_id"] else None,
                endpoint=str(given["endpoint"])[:255],
                method=str(given["method"])[:10],
                status_code=int(given["status_code"]),
                execution_time_ms=int(given["execution_time_ms"]),
                cost=int(given["cost"]),
                created_at=datetime.fromisoformat(given["created_at"]),
                rider=_again(given.get("rider")),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("This is no usage event.") from error


def _again(rider: object) -> bytes | None:
    """Return the rider as it was written; None if it is none, or holds a NUL, which no database takes."""
    if not isinstance(rider, dict):
        return None
    written = orjson.dumps(rider)
    return None if b"\\u0000" in written else written
