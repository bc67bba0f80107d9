"""What the service refuses and why: plain exceptions that `common.api.explain` sends as problems.

A problem is the `application/problem+json` of RFC 9457: a status and a code for programs, a title
and a detail for people.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Self

from common.error_kinds import CLIENT, INTERNAL, KINDS, Category, Kind


class OracleError(Exception):
    """A foreseen refusal. Subclasses say `status`, `code` and, if they have one sentence, `detail`.

    :param detail: the sentence for the person who reads it; default: the class's, else the code's
    :param headers: sent along with the answer
    :param extra: further members of the problem's body
    """

    status: int = 400
    code: str = "validation_error"
    detail: str = ""
    belongs_to: Category | None = None  # if otherwise than the code

    def __init__(
        self,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.detail = detail or self.detail or self._kind().advice
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        super().__init__(self.detail)

    @property
    def title(self) -> str:
        return self._kind().title

    @property
    def category(self) -> Category:
        return self.belongs_to or self._kind().category

    @property
    def level(self) -> int:
        """The level at which the refusal is logged."""
        return self.belongs_to.level if self.belongs_to else self._kind().level

    @classmethod
    def of(
        cls,
        code: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> Self:
        """Return the refusal of a code that `KINDS` knows."""
        error = cls(detail or KINDS[code].advice, headers=headers, extra=extra)
        error.code = code
        error.status = KINDS[code].status
        return error

    def _kind(self) -> Kind:
        status = HTTPStatus(self.status)
        is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        unnamed = Kind(status, INTERNAL if is_ours else CLIENT, status.phrase, status.description)
        return KINDS.get(self.code) or unnamed


class ServiceUnavailable(OracleError):
    """Something that we need does not answer.

    :param retry_after: seconds after which to try again
    """

    status = 503
    code = "service_unavailable"

    def __init__(self, detail: str = "", *, retry_after: float = 5) -> None:
        super().__init__(detail, headers={"Retry-After": whole_seconds(retry_after)})


class TooManyRequests(OracleError):
    """A limit is reached. `code` may be overridden by the limits that have their own.

    :param retry_after: seconds after which the same request is served
    :param policy: the name of the limit, as in the `RateLimit-Policy` header
    """

    status = 429
    code = "rate_limited"

    def __init__(self, detail: str = "", *, retry_after: float, policy: str) -> None:
        seconds = whole_seconds(retry_after)
        super().__init__(
            detail,
            headers={"Retry-After": seconds},
            extra={"retry_after": int(seconds), "policy": policy},
        )


def whole_seconds(seconds: float) -> str:
    """Return a waiting time as `Retry-After` wants it: rounded up, at least 1."""
    return str(max(1, math.ceil(seconds)))
