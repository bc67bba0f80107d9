"""Every code that a problem may have: what it means, whose matter it is, and what comes of it.

`docs/errors.md` and the page that the `type` of a problem leads to are made of this table.
"""

import logging
from dataclasses import dataclass
from enum import StrEnum


class Retry(StrEnum):
    """Whether to send the same request again."""

    NO = "no"
    WITH_OTHER_CREDENTIALS = "with good credentials"
    AFTER_WAIT = "after as many seconds as `Retry-After` says"
    AT_ONCE = "once, at once; then later and later"


class Alert(StrEnum):
    """Who hears of it, if it happens more often than it should."""

    NOBODY = "nobody"
    TICKET = "a ticket"
    PAGE = "whoever is on call"


@dataclass(frozen=True, slots=True)
class Category:
    """Whose matter an error is.

    :ivar level: at which the refusal is logged, besides the code in the access log's line
    """

    name: str
    says: str
    level: int
    alert: Alert
    retry: Retry


CLIENT = Category(
    "client",
    "The request is not as it has to be.",
    logging.DEBUG,
    Alert.NOBODY,
    Retry.NO,
)
AUTH = Category(
    "auth",
    "Who asks is not known, or may not do this.",
    logging.DEBUG,
    Alert.TICKET,
    Retry.WITH_OTHER_CREDENTIALS,
)
QUOTA = Category(
    "quota",
    "Somebody asks more than they may.",
    logging.DEBUG,
    Alert.NOBODY,
    Retry.AFTER_WAIT,
)
UPSTREAM = Category(
    "upstream",
    "NCBI, the language model or an OAuth provider does not answer as it should.",
    logging.WARNING,
    Alert.TICKET,
    Retry.AFTER_WAIT,
)
DATABASE = Category(
    "database",
    "PostgreSQL does not answer, or not in time.",
    logging.ERROR,
    Alert.PAGE,
    Retry.AFTER_WAIT,
)
INTERNAL = Category(
    "internal",
    "The service itself: a fault, too much at once, or something that was switched off.",
    logging.ERROR,
    Alert.PAGE,
    Retry.AT_ONCE,
)
CATEGORIES = (CLIENT, AUTH, QUOTA, UPSTREAM, DATABASE, INTERNAL)


@dataclass(frozen=True, slots=True)
class Kind:
    """What one code means: its status, what happened, and what the caller can do."""

    status: int
    category: Category
    title: str
    advice: str
    retries: Retry | None = None  # this and the next if otherwise than the category
    logged: int | None = None

    @property
    def retry(self) -> Retry:
        return self.retries or self.category.retry

    @property
    def level(self) -> int:
        return self.logged or self.category.level


KINDS: dict[str, Kind] = {
    "validation_error": Kind(
        400,
        CLIENT,
        "Something in the request is not valid",
        "Correct what `errors` names and send the request again.",
    ),
    "parse_error": Kind(
        400,
        CLIENT,
        "The request could not be read",
        "Send one JSON object in UTF-8 with `Content-Type: application/json`.",
    ),
    "ambiguous_credentials": Kind(
        400,
        CLIENT,
        "Two different credentials at once",
        "Send either a Bearer token or an API key, not both.",
    ),
    "not_authenticated": Kind(
        401,
        AUTH,
        "This needs you to sign in",
        "Send `Authorization: Bearer <token>` or `X-API-Key: <key>`.",
    ),
    "invalid_credentials": Kind(
        401,
        AUTH,
        "Those credentials do not fit",
        "Check the e-mail address and the password, or reset the password.",
    ),
    "token_invalid": Kind(
        401,
        AUTH,
        "The token is not valid, or not any more",
        "Refresh it, or sign in again.",
    ),
    "api_key_invalid": Kind(
        401,
        AUTH,
        "The API key is not valid, or not any more",
        "Check that it was copied whole, or make a new one.",
    ),
    "permission_denied": Kind(
        403,
        AUTH,
        "You may not do this",
        "Ask somebody who may, or sign in as somebody else.",
    ),
    "scope_required": Kind(
        403,
        AUTH,
        "The API key was not given this scope",
        "Use a key with the scope, or sign in with your password.",
    ),
    "tier_required": Kind(
        403,
        AUTH,
        "Your tier does not include this",
        "Change to a tier that does.",
    ),
    "email_unverified": Kind(
        403,
        AUTH,
        "The e-mail address is not verified yet",
        "Follow the link in the mail that we sent, or ask for another one.",
    ),
    "not_found": Kind(
        404,
        CLIENT,
        "There is nothing here",
        "Check the address. What belongs to others looks the same as what does not exist.",
    ),
    "method_not_allowed": Kind(
        405,
        CLIENT,
        "This address does not take that method",
        "Use one of the methods that the `Allow` header names.",
    ),
    "request_timeout": Kind(
        408,
        CLIENT,
        "The request did not arrive whole",
        "Send it again, all of it within a few seconds.",
        Retry.AT_ONCE,
    ),
    "gone": Kind(
        410,
        CLIENT,
        "This is not answered any more",
        "Call the address that `detail` names, with a token or an API key.",
    ),
    "conflict": Kind(
        409,
        CLIENT,
        "That does not fit the present state",
        "Read the object again and decide anew.",
    ),
    "payload_too_large": Kind(
        413,
        CLIENT,
        "The request body is too large",
        "Send less at a time: a body may have 1 MiB.",
    ),
    "unsupported_media_type": Kind(
        415,
        CLIENT,
        "The body's format is not supported",
        "Send JSON in UTF-8, not compressed, with `Content-Type: application/json`.",
    ),
    "idempotency_mismatch": Kind(
        422,
        CLIENT,
        "The idempotency key was used for another request",
        "Use a new key for a new request.",
    ),
    "rate_limited": Kind(
        429,
        QUOTA,
        "Too many requests",
        "Wait for as many seconds as `Retry-After` says.",
    ),
    "concurrency_limited": Kind(
        429,
        QUOTA,
        "Too many jobs at once",
        "Wait until one has finished, or cancel one.",
    ),
    "login_throttled": Kind(
        429,
        QUOTA,
        "Too many failed attempts to sign in",
        "Wait for as many seconds as `Retry-After` says.",
    ),
    "internal_error": Kind(
        500,
        INTERNAL,
        "Something went wrong on our side",
        "Try again. If it stays, tell us the `request_id`.",
    ),
    "upstream_unavailable": Kind(
        503,
        UPSTREAM,
        "A service that we rely on does not answer",
        "Try again after `Retry-After` seconds, or search the local catalogue.",
    ),
    "service_unavailable": Kind(
        503,
        INTERNAL,
        "The service cannot answer at the moment",
        "Try again after as many seconds as `Retry-After` says.",
        Retry.AFTER_WAIT,
        logging.WARNING,
    ),
}
CODE_OF_STATUS = {
    400: "parse_error",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal_error",
    503: "service_unavailable",
}
