"""Signing in by another provider, such as GitHub: what it says is heard, then judged here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from requests import RequestException

from accounts import audit
from accounts.models import Action, MailKind, User
from accounts.services import outbox
from accounts.services.registration import require_open
from common.errors import OracleError, ServiceUnavailable
from common.text import UnusableText, holds_unusable, tidy

LONGEST_EMAIL = 254
LONGEST_NAME = 255
UIDS = {  # what providers name people by, for good
    "github": re.compile(r"[1-9][0-9]{0,18}"),
    "google": re.compile(r"[!-~]{1,191}"),
}
ASCII_CAPITALS = {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}


class SignInRefused(OracleError):
    """The provider does not stand by what somebody brought from it, or their account is disabled."""

    status = 401
    code = "invalid_credentials"
    detail = "This sign-in was not confirmed. Start it once more."


class ProviderUnavailable(ServiceUnavailable):
    """The provider does not answer, or not in its own language."""

    code = "upstream_unavailable"
    detail = "The provider does not answer at the moment. Start the sign-in again in a while."


class NoProvenAddress(OracleError):
    """The provider knows no address of which it is sure."""

    status = 403
    code = "email_unverified"
    detail = (
        "Your account at the provider has no verified e-mail address."
        " Verify one there, then sign in again."
    )


class AddressUnproven(OracleError):
    """Whoever made our account for the address may not be who reads its mail."""

    status = 409
    code = "conflict"
    detail = (
        "There is an account with your address already, and the address was never verified."
        " Set its password by way of a password reset, then sign in again."
    )


class NotLinked(OracleError):
    """The account is not linked with the provider."""

    status = 404
    code = "not_found"
    detail = "Your account is not linked with this provider."


class OnlyWayIn(OracleError):
    """Without the provider nobody could sign in any more."""

    status = 409
    code = "conflict"
    detail = (
        "This provider is your only way to sign in. Set a password by way of a password reset, then"
        " try again."
    )


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address as a provider wrote it."""

    email: object
    is_verified: bool
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider says that somebody is. Its name for them is all that stays the same."""

    provider: str
    uid: str
    addresses: tuple[Address, ...]
    full_name: str = ""


def offered() -> dict[str, str]:
    """Return the names of the providers that this site was given a client id for, by id."""
    configured = settings.SOCIALACCOUNT_PROVIDERS
    return {one: name for one, name in settings.OAUTH_NAMES.items() if one in configured}


def find(provider: str) -> Any:
    """Return allauth's object for a provider.

    :raises django.http.Http404: if it is not offered
    """
    return get_adapter().get_provider(None, provider)


def exchange(*, provider: Any, code: str, redirect_uri: str, code_verifier: str) -> Identity:
    """Ask a provider whose code that is.

    :param provider: what `find` returned
    :param redirect_uri: where the provider sent the code
    :param code_verifier: of which the provider was sent the S256 challenge
    :raises SignInRefused: if it is nobody's, or for other clients, addresses or challenges
    :raises ProviderUnavailable: if there is no answer
    """
    adapter = provider.get_oauth2_adapter(None)
    client = adapter.get_client(None, provider.app)
    client.callback_url = redirect_uri
    try:
        answer = client.get_access_token(code, pkce_code_verifier=code_verifier)
        adapter.did_fetch_access_token = True  # by TLS, from the provider itself
        token = adapter.parse_token(answer)
        login = adapter.complete_login(None, provider.app, token, response=answer)
    except (OAuth2Error, RequestException) as error:
        raise refusal_of(error) from error
    identity: Identity = login.identity
    return identity


def refusal_of(error: Exception | None) -> OracleError:
    """Return what a failed conversation with a provider comes to, for whom it was held."""
    answer = getattr(error, "response", None)
    is_silent = answer is None or answer.status_code in BUSY
    if isinstance(error, RequestException) and is_silent:
        return ProviderUnavailable()
    return SignInRefused()


def identity_of(provider: str, said: Any) -> Identity:
    """Return what a provider's description of somebody means.

    :raises OAuth2Error: if it means nothing
    """
    if not isinstance(said, dict):
        raise OAuth2Error("no description")
    uid, addresses = _READERS[provider](said)
    if not isinstance(uid, str) or not UIDS[provider].fullmatch(uid):
        raise OAuth2Error("no uid")
    return Identity(provider, uid, addresses, _name(said.get("name")))


def sign_in_by(identity: Identity, *, at: datetime) -> User:
    """Return who signs in: whose identity that is, or whose verified address, or a new user.

    :raises SignInRefused: if the account is disabled
    :raises NoProvenAddress: if somebody new has no address that the provider verified
    :raises AddressUnproven: if there is an account with the address and nobody verified it here
    """
    try:
        return _user_of(identity, at=at)
    except IntegrityError:  # the same person came twice at once: now we know them
        return _user_of(identity, at=at)


def linked(*, user: User) -> QuerySet[SocialAccount]:
    """Return by what providers a user can sign in."""
    found: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=user).order_by("provider")
    return found


@transaction.atomic
def unlink(*, user: User, provider: str, at: datetime) -> None:
    """Let a provider open the account no more.

    :raises NotLinked: if it does not
    :raises OnlyWayIn: if there is neither a password nor another provider
    """
    User.objects.select_for_update().get(pk=user.pk)  # two at once would each leave the other's
    links = linked(user=user)
    if not links.filter(provider=provider).exists():
        raise NotLinked
    if not user.has_usable_password() and not links.exclude(provider=provider).exists():
        raise OnlyWayIn
    links.filter(provider=provider).delete()
    audit.record(Action.PROVIDER_UNLINKED, at=at, actor=user, subject=user, thing=provider)


def _user_of(identity: Identity, *, at: datetime) -> User:
    known = SocialAccount.objects.filter(provider=identity.provider, uid=identity.uid)
    if account := known.select_related("user").first():
        known.update(last_login=at)
        return _require_active(account.user, identity, at=at)
    address = _proven_address(identity)
    user = _require_active(_owner_of(address, identity, at=at), identity, at=at)
    if not user.email_verified:
        audit.record(Action.PROVIDER_REFUSED, at=at, subject=user, thing=identity.provider)
        raise AddressUnproven
    return user


@transaction.atomic
def _owner_of(address: str, identity: Identity, *, at: datetime) -> User:
    """Return whose address that is, linked if it is really theirs; make somebody new if nobody's."""
    user = User.objects.select_for_update().filter(email=address).first()
    if user is None:
        require_open()
        user = User.objects.create_user(
            address, full_name=identity.full_name, email_verified=True, created_at=at
        )
        _link(user, identity)
        after = {"by": f"oauth:{identity.provider}"}
        audit.record(Action.REGISTERED, at=at, actor=user, subject=user, after=after)
    elif user.is_active and user.email_verified:
        _link(user, identity)
        context = {"provider": settings.OAUTH_NAMES[identity.provider]}
        outbox.put(MailKind.PROVIDER_LINKED, address=address, user=user, context=context, at=at)
        audit.record(
            Action.PROVIDER_LINKED, at=at, actor=user, subject=user, thing=identity.provider
        )
    return user


def _link(user: User, identity: Identity) -> None:
    """Keep whom the identity belongs to, and nothing else that the provider told."""
    SocialAccount.objects.create(user=user, provider=identity.provider, uid=identity.uid)


def _require_active(user: User, identity: Identity, *, at: datetime) -> User:
    if not user.is_active:
        after = {"by": f"oauth:{identity.provider}"}
        audit.record(Action.SIGN_IN_FAILED, at=at, subject=user, after=after)
        raise SignInRefused
    return user


def _proven_address(identity: Identity) -> str:
    """Return the address, as we write it, that the provider verified; the primary one if it did."""
    by_rank = sorted(identity.addresses, key=lambda one: not one.is_primary)
    for one in by_rank:
        if one.is_verified and (email := _as_we_write(one.email)):
            return email
    raise NoProvenAddress


def _as_we_write(email: object) -> str | None:
    """Return an address in our form; None if it is none, or our form is of another address.

    Where a provider tells `ﬁ` from `fi` or the Kelvin sign from `k`, those are two mailboxes.
    """
    if not isinstance(email, str) or len(email) > LONGEST_EMAIL or holds_unusable(email):
        return None
    ours = User.objects.normalize_email(email)
    if ours != email.translate(ASCII_CAPITALS):
        return None
    try:
        validate_email(ours)
    except ValidationError:
        return None
    return ours


def _name(said: object) -> str:
    """Return a person's name on one line; none if it will not do."""
    if not isinstance(said, str) or len(said) > LONGEST_NAME:
        return ""
    try:
        name = " ".join(tidy(said).split())
    except UnusableText:
        return ""
    return name


def _read_github(said: dict[str, Any]) -> tuple[object, tuple[Address, ...]]:
    number, emails = said.get("id"), said.get("emails")
    uid = str(number) if type(number) is int else None
    entries = [one for one in emails if isinstance(one, dict)] if isinstance(emails, list) else []
    return uid, tuple(
        Address(one.get("email"), one.get("verified") is True, one.get("primary") is True)
        for one in entries
    )


def _read_google(said: dict[str, Any]) -> tuple[object, tuple[Address, ...]]:
    """Read the claims of an id_token, or what the userinfo endpoint says with other words."""
    uid = said.get("sub", said.get("id"))
    is_verified = said.get("email_verified", said.get("verified_email")) is True
    return uid, (Address(said.get("email"), is_verified, is_primary=True),)


_READERS: dict[str, Callable[[dict[str, Any]], tuple[object, tuple[Address, ...]]]] = {
    "github": _read_github,
    "google": _read_google,
}
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)}
