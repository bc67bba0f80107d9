"""Who sends a request: exactly one credential says it."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from accounts.models import ApiKey, Session, User
from accounts.services import identity
from common.errors import OracleError

BEARER, API_KEY = "bearer", "api-key"  # the schemes of `Authorization`


class AmbiguousCredentials(OracleError):
    """Two credentials: taking either might not be what the caller meant."""

    status = 400
    code = "ambiguous_credentials"


class UnknownScheme(OracleError):
    """`Authorization` names a scheme that we do not have."""

    status = 401
    code = "not_authenticated"


class KnownRequest(Request):
    """A request whose sender is known, as `IsAuthenticated` lets them through; for type checkers."""

    user: User


class OneCredential(BaseAuthentication):
    """Take a Bearer token or an API key from the headers; without either, the browser's session.

    `request.auth` is the `Session` or the `ApiKey`. One SQL query, three for a browser. What stands
    in the query string is no credential.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey | Session] | None:
        scheme, credential = _authorization(request)
        key = request.META.get("HTTP_X_API_KEY")
        if scheme == API_KEY and key in {None, credential}:
            return self._by_key(credential)
        if scheme and key is not None:
            raise AmbiguousCredentials
        if scheme == BEARER:
            return self._by_token(credential)
        if scheme:
            raise UnknownScheme
        return self._by_browser(request) if key is None else self._by_key(key)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _by_token(self, token: str) -> tuple[User, Session]:
        session = identity.bearer(token=token, at=timezone.now())
        return session.user, session

    def _by_key(self, text: str) -> tuple[User, ApiKey]:
        key = identity.key_holder(key=text, at=timezone.now())
        return key.user, key

    def _by_browser(self, request: Request) -> tuple[User, Session] | None:
        """Return who is signed in to the site; a request that writes must bear the CSRF token."""
        signed_in = SessionAuthentication().authenticate(request)
        if signed_in is None:
            return None
        page: Any = request._request  # noqa: SLF001 - only Django's own request knows the browser
        return signed_in[0], page.sign_in


def scheme_of(header: str) -> tuple[str, str]:
    """Return the scheme of an `Authorization` in lower case, and what follows it."""
    scheme, _, credential = header.strip().partition(" ")
    return scheme.lower() or "none", credential.strip()


def _authorization(request: Request) -> tuple[str, str]:
    """Return the scheme in lower case, empty if there is no such header, and what follows it."""
    header = request.META.get("HTTP_AUTHORIZATION")
    return ("", "") if header is None else scheme_of(header)
