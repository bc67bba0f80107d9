"""What the service refuses and why: plain exceptions that `common.api.explain` sends as problems.

A problem is the `application/problem+json` of RFC 9457: a status and a code for programs, a title
and a detail for people.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self


@dataclass(frozen=True, slots=True)
class Kind:
    """What one code means: its status, what happened, and what the caller can do."""

    status: int
    title: str
    advice: str


KINDS: dict[str, Kind] = {
    "validation_error": Kind(
        400,
        "Something in the request is not valid",
        "Correct what `errors` names and send the request again.",
    ),
    "parse_error": Kind(
        400,
        "The request could not be read",
        "Send one JSON object in UTF-8 with `Content-Type: application/json`.",
    ),
    "ambiguous_credentials": Kind(
        400,
        "Two different credentials at once",
        "Send either a Bearer token or an API key, not both.",
    ),
    "not_authenticated": Kind(
        401,
        "This needs you to sign in",
        "Send `Authorization: Bearer <token>` or `X-API-Key: <key>`.",
    ),
    "invalid_credentials": Kind(
        401,
        "Those credentials do not fit",
        "Check the e-mail address and the password, or reset the password.",
    ),
    "token_invalid": Kind(
        401,
        "The token is not valid, or not any more",
        "Refresh it, or sign in again.",
    ),
    "api_key_invalid": Kind(
        401,
        "The API key is not valid, or not any more",
        "Check that it was copied whole, or make a new one.",
    ),
    "permission_denied": Kind(
        403,
        "You may not do this",
        "Ask somebody who may, or sign in as somebody else.",
    ),
    "scope_required": Kind(
        403,
        "The API key was not given this scope",
        "Use a key with the scope, or sign in with your password.",
    ),
    "tier_required": Kind(
        403,
        "Your tier does not include this",
        "Change to a tier that does.",
    ),
    "email_unverified": Kind(
        403,
        "The e-mail address is not verified yet",
        "Follow the link in the mail that we sent, or ask for another one.",
    ),
    "not_found": Kind(
        404,
        "There is nothing here",
        "Check the address. What belongs to others looks the same as what does not exist.",
    ),
    "method_not_allowed": Kind(
        405,
        "This address does not take that method",
        "Use one of the methods that the `Allow` header names.",
    ),
    "conflict": Kind(
        409,
        "That does not fit the present state",
        "Read the object again and decide anew.",
    ),
    "payload_too_large": Kind(
        413,
        "The request body is too large",
        "Send less at a time: a body may have 1 MiB.",
    ),
    "unsupported_media_type": Kind(
        415,
        "The body's format is not supported",
        "Send JSON in UTF-8, not compressed, with `Content-Type: application/json`.",
    ),
    "idempotency_mismatch": Kind(
        422,
        "The idempotency key was used for another request",
        "Use a new key for a new request.",
    ),
    "rate_limited": Kind(
        429,
        "Too many requests",
        "Wait for as many seconds as `Retry-After` says.",
    ),
    "concurrency_limited": Kind(
        429,
        "Too many jobs at once",
        "Wait until one has finished, or cancel one.",
    ),
    "login_throttled": Kind(
        429,
        "Too many failed attempts to sign in",
        "Wait for as many seconds as `Retry-After` says.",
    ),
    "internal_error": Kind(
        500,
        "Something went wrong on our side",
        "Try again. If it stays, tell us the `request_id`.",
    ),
    "upstream_unavailable": Kind(
        503,
        "A service that we rely on does not answer",
        "Try again after `Retry-After` seconds, or search the local catalogue.",
    ),
    "service_unavailable": Kind(
        503,
        "The service cannot answer at the moment",
        "Try again after as many seconds as `Retry-After` says.",
    ),
}
CODE_OF_STATUS = {
    400: "parse_error",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal_error",
    503: "service_unavailable",
}


class OracleError(Exception):
    """A foreseen refusal. Subclasses say `status`, `code` and, if they have one sentence, `detail`.

    :param detail: the sentence for the person who reads it; default: the class's, else the code's
    :param headers: sent along with the answer
    :param extra: further members of the problem's body
    """

    status: int = 400
    code: str = "validation_error"
    detail: str = ""

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
        return KINDS.get(self.code) or Kind(status, status.phrase, status.description)


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
