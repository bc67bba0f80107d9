"""What can go wrong. All of it is an `OmicsOracleError`; what the service refuses is a `Problem`."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx2


class OmicsOracleError(Exception):
    """Anything that this package raises on purpose."""


class NotReached(OmicsOracleError):
    """No answer came: no connection, or not in time. What was sent may have been done all the same."""


class UnexpectedAnswer(OmicsOracleError):
    """An answer came that is none of this service's: a proxy's page, or another version's."""


class Problem(OmicsOracleError):
    """The service says no: a code for programs, a sentence for people (RFC 9457).

    `errors` names the fields that are not valid; `request_id` is what to tell who runs the service.
    """

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(body.get("code") or "unknown")
        self.title = str(body.get("title") or _phrase(status))
        self.detail = str(body.get("detail") or self.title)
        self.request_id: str | None = body.get("request_id")
        self.errors: dict[str, Any] = dict(body.get("errors") or {})
        super().__init__(f"{self.detail} ({self.code})")


class NotValid(Problem):
    """The request is not as it has to be."""


class NotAuthenticated(Problem):
    """No credential, or one that is not good, or not any more."""


class Forbidden(Problem):
    """The credential is good, but may not do this: another tier, scope or role is needed."""


class NotFound(Problem):
    """There is nothing of that name, or it belongs to somebody else."""


class Conflict(Problem):
    """That does not fit the present state, such as cancelling a job that has ended."""


class _Later(Problem):
    """The same request will be answered `retry_after` seconds from now."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: float) -> None:
        super().__init__(status, body)
        self.retry_after = retry_after


class LimitReached(_Later):
    """A limit of the tier is reached: `policy` names it. Nothing was counted for this request."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: float) -> None:
        super().__init__(status, body, retry_after)
        self.policy = str(body.get("policy") or "")


class Unavailable(_Later):
    """The service, or one that it relies on, does not answer at the moment."""


_KINDS: dict[int, type[Problem]] = {
    HTTPStatus.BAD_REQUEST: NotValid,
    HTTPStatus.UNAUTHORIZED: NotAuthenticated,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: NotValid,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: NotValid,
    HTTPStatus.UNPROCESSABLE_ENTITY: NotValid,
}
_LATER: dict[int, type[_Later]] = {
    HTTPStatus.TOO_MANY_REQUESTS: LimitReached,
    HTTPStatus.BAD_GATEWAY: Unavailable,
    HTTPStatus.SERVICE_UNAVAILABLE: Unavailable,
    HTTPStatus.GATEWAY_TIMEOUT: Unavailable,
}
_DEFAULT_WAIT = 5.0  # seconds, where an answer names none


def problem_of(response: httpx2.Response) -> Problem:
    """Return what an answer refuses; its body has been read."""
    body = _body_of(response)
    if later := _LATER.get(response.status_code):
        return later(response.status_code, body, _wait_of(response))
    return _KINDS.get(response.status_code, Problem)(response.status_code, body)


def _body_of(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _wait_of(response: httpx2.Response) -> float:
    try:
        seconds = float(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return _DEFAULT_WAIT
    return seconds if math.isfinite(seconds) and seconds >= 0 else _DEFAULT_WAIT


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
