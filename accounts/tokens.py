"""Access tokens: JWTs that live ten minutes and belong to a session."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt import tokens as simplejwt
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError

from accounts.models import Session
from accounts.refresh_tokens import TokenInvalid

ALGORITHM = "HS256"
LEEWAY_SECONDS = 5  # between the clocks of two servers


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says of its bearer, before anybody asked the database."""

    user_id: UUID
    session_id: UUID
    version: int


class SigningKeys(TokenBackend):
    """Signs with the newest of our keys, and verifies with the one that a token names."""

    def encode(self, payload: dict[str, Any]) -> str:
        newest = max(settings.JWT_SIGNING_KEYS, key=int)
        claims = payload | {"aud": self.audience, "iss": self.issuer}
        key = settings.JWT_SIGNING_KEYS[newest]
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": newest})

    def get_verifying_key(self, token: Any) -> str:
        try:
            named = jwt.get_unverified_header(token).get("kid")
            return str(settings.JWT_SIGNING_KEYS[str(named)])
        except (jwt.InvalidTokenError, KeyError) as error:
            raise TokenBackendError("The token names none of our keys.") from error


class AccessToken(simplejwt.AccessToken):
    """simplejwt's, with our keys, audience and issuer, and with claims of the right type only."""

    lifetime = settings.ACCESS_TOKEN_LIFETIME
    _token_backend = SigningKeys(
        ALGORITHM,
        audience=settings.TOKEN_AUDIENCE,
        issuer=settings.TOKEN_ISSUER,
        leeway=LEEWAY_SECONDS,
    )

    def verify(self) -> None:
        """Refuse what PyJWT accepts once it is signed: a long life, several audiences."""
        super().verify()
        life = int(self["exp"]) - int(self["iat"])
        if life > settings.ACCESS_TOKEN_LIFETIME.total_seconds():
            raise TokenError("The token lives longer than we let any live.")
        if self["aud"] != settings.TOKEN_AUDIENCE:
            raise TokenError("The token is for others as well.")

    def claims(self) -> Claims:
        """Return who bears the token.

        :raises TokenError: if a claim has the wrong type
        """
        version = self["ver"]
        if type(version) is not int:
            raise TokenError("The version is no whole number.")
        return Claims(_uuid(self["sub"]), _uuid(self["sid"]), version)


def issue(*, session: Session, at: datetime) -> str:
    """Return an access token for the session's user."""
    token = AccessToken()
    token.set_iat(at_time=at)
    token.set_exp(from_time=at)
    token["sub"] = str(session.user_id)
    token["sid"] = str(session.pk)
    token["ver"] = session.token_version
    return str(token)


def read(text: str) -> Claims:
    """Return what a token says, if we signed it and it has not expired.

    :raises TokenInvalid: else, whatever the text is
    """
    try:
        # simplejwt declares that it takes a Token; it decodes the text.
        token: Any = text
        return AccessToken(token).claims()
    except (TokenError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise TokenInvalid from error


def ends_at(text: str) -> datetime:
    """Return when a token that was good a moment ago ends."""
    claims = jwt.decode(text, options={"verify_signature": False})
    return datetime.fromtimestamp(claims["exp"], UTC)


def _uuid(claim: object) -> UUID:
    if not isinstance(claim, str):
        raise TokenError("An identifier is no string.")
    return UUID(claim)
