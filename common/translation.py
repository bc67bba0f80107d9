"""What DRF, Django and PostgreSQL raise, in our own words."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core import exceptions as django_errors
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf
from rest_framework.settings import api_settings

from common.error_kinds import DATABASE, KINDS
from common.errors import OracleError, ServiceUnavailable, TooManyRequests

MAX_NAMED_ERRORS = 100
MAX_NAMED_IN_DETAIL = 5
DEFAULT_THROTTLE_WAIT = 60  # seconds


def translate(exc: Exception) -> OracleError | None:
    """Return the refusal that an exception stands for; None for a fault of ours."""
    if isinstance(exc, OracleError):
        return exc
    for kind, say in _SAYINGS:
        if isinstance(exc, kind):
            return say(exc)
    return None


def flatten(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted field, message) for every message in DRF's nested errors."""
    own = api_settings.NON_FIELD_ERRORS_KEY
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from flatten(inner, path if key == own and path else _join(path, key))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from flatten(inner, _join(path, index) if nested else path)
    else:
        yield path or own, str(detail)


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _validation(detail: Any) -> OracleError:
    errors: dict[str, list[str]] = {}
    for field, message in flatten(detail):
        if field in errors or len(errors) < MAX_NAMED_ERRORS:
            errors.setdefault(field, []).append(message)
    named = [field for field in errors if field != api_settings.NON_FIELD_ERRORS_KEY]
    shown = ", ".join(named[:MAX_NAMED_IN_DETAIL])
    more = " and others" if len(named) > MAX_NAMED_IN_DETAIL else ""
    sentence = f"Correct {shown}{more} and send the request again." if named else ""
    if not named and errors:
        sentence = next(iter(errors.values()))[0]
    return OracleError.of("validation_error", sentence, extra={"errors": errors})


def _django_validation(exc: Any) -> OracleError:
    return _validation(exc.message_dict if hasattr(exc, "error_dict") else exc.messages)


def _own_sentence(exc: drf.APIException) -> str:
    """Return what the raiser had to say; DRF's stock sentences do not count."""
    detail = exc.detail.get("detail", "") if isinstance(exc.detail, dict) else exc.detail
    return "" if str(detail) == str(exc.default_detail) else str(detail)


def _with_code(default: str) -> Callable[[Any], OracleError]:
    """Take over the raiser's code if it is one of the contract's for the same status."""

    def say(exc: drf.APIException) -> OracleError:
        given = exc.get_codes()
        kind = KINDS.get(given) if isinstance(given, str) else None
        fits = kind is not None and kind.status == KINDS[default].status
        return OracleError.of(str(given) if fits else default, _own_sentence(exc))

    return say


def _as(code: str) -> Callable[[Exception], OracleError]:
    return lambda _exc: OracleError.of(code)


def _throttled(exc: Any) -> OracleError:
    wait = DEFAULT_THROTTLE_WAIT if exc.wait is None else exc.wait
    return TooManyRequests(retry_after=wait, policy="burst")


class DatabaseUnavailable(ServiceUnavailable):
    """PostgreSQL does not answer, or not in time."""

    belongs_to = DATABASE


class ConnectionLost(DatabaseUnavailable):
    """The connection to the database broke: on a new one the same may succeed."""

    detail = "The database does not answer. Try again in a few seconds."


# What PostgreSQL says (https://www.postgresql.org/docs/current/errcodes-appendix.html).
ENDED = {"57P01", "57P02", "57P03"}  # it stops, it has crashed, it is starting
TOO_SLOW = "57014"
FULL = {"53100", "53200"}  # no room on disk, no memory


def _unavailable(exc: Exception) -> OracleError:
    cause = exc.__cause__
    said = getattr(cause, "sqlstate", None)
    if said == TOO_SLOW:
        return DatabaseUnavailable("The database took too long. Ask for less, or try again later.")
    if said in FULL:
        return DatabaseUnavailable("The database has no room at the moment.", retry_after=30)
    if said in ENDED or said is None:
        return ConnectionLost()
    return DatabaseUnavailable("The database does not answer. Try again in a few seconds.")


def _unstorable(_exc: Exception) -> OracleError:
    return _validation("A value holds what cannot be stored, or is too large.")


def _value_error(exc: Exception) -> OracleError | None:
    """Tell PostgreSQL's refusal of NUL and of lone surrogates from a fault of ours."""
    about_text = isinstance(exc, UnicodeEncodeError) or "NUL (0x00)" in str(exc)
    return _unstorable(exc) if about_text else None


_SAYINGS: list[tuple[type[Exception], Callable[[Any], OracleError | None]]] = [
    (drf.ValidationError, lambda exc: _validation(exc.detail)),
    (drf.ParseError, lambda exc: OracleError.of("parse_error", _own_sentence(exc))),
    (drf.NotAuthenticated, _with_code("not_authenticated")),
    (drf.AuthenticationFailed, _with_code("invalid_credentials")),
    (drf.PermissionDenied, _with_code("permission_denied")),
    (drf.NotFound, lambda exc: OracleError.of("not_found", _own_sentence(exc))),
    (drf.MethodNotAllowed, _as("method_not_allowed")),
    (drf.UnsupportedMediaType, _as("unsupported_media_type")),
    (drf.Throttled, _throttled),
    (Http404, _as("not_found")),
    (django_errors.PermissionDenied, _as("permission_denied")),
    (django_errors.RequestDataTooBig, _as("payload_too_large")),
    (django_errors.SuspiciousOperation, _as("parse_error")),
    (django_errors.BadRequest, _as("parse_error")),
    (django_errors.ValidationError, _django_validation),
    (UnreadablePostError, _as("parse_error")),
    (OperationalError, _unavailable),
    (InterfaceError, _unavailable),
    (DataError, _unstorable),
    (ValueError, _value_error),
]
