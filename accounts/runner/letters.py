"""What mails say. Whether one is still wanted, and the secrets in its links, are settled here."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string

from accounts import email_keys, password_tokens
from accounts.models import ApiKey, Mail, MailKind, User

LONGEST_NAME = 60  # more than that is no name
SECONDS_OF_AN_HOUR = 3600

Facts = dict[str, Any]


class NotWanted(Exception):
    """There is no reason any more to send a mail; the message says why."""


class NoAccount(NotWanted):
    """The address has no account: somebody mistyped it, or guesses."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it is sent. The text says all that the HTML says."""

    to: str
    subject: str
    text: str
    html: str


def write(mail: Mail, *, at: datetime) -> Letter:
    """Return what a mail says at this moment.

    It goes to the address as the account has it, not as somebody typed it.

    :raises NoAccount: if the address has no account
    :raises NotWanted: if there is nothing to say any more
    """
    subject, facts_of = _KINDS[mail.kind]
    user = mail.user or User.objects.filter(email=_normal(mail.address)).first()
    if user is None:
        raise NoAccount("no account")
    draft = _Draft(mail, user, at)
    facts = {
        "subject": subject,
        "site": settings.SITE_URL,
        # To an address that nobody has proven we send no words of who typed it in.
        "name": one_line(user.full_name) if user.email_verified else "",
        **facts_of(draft),
    }
    return Letter(
        to=user.email if _normal(mail.address) == user.email else mail.address,
        subject=subject,
        text=render_to_string(f"email/{mail.kind}.txt", facts).strip() + "\n",
        html=render_to_string(f"email/{mail.kind}.html", facts),
    )


def one_line(text: str) -> str:
    """Return the start of a text that somebody chose, without what moves or hides other text."""
    line = " ".join(text.split())
    return "".join(one for one in line if unicodedata.category(one)[0] != "C")[:LONGEST_NAME]


def moment(written: str) -> str:
    """Return a moment of a mail's context as people read it."""
    at = datetime.fromisoformat(written).astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A mail and whom it is for. Each kind has a method that returns what its templates need."""

    mail: Mail
    user: User
    at: datetime

    def verification(self) -> Facts:
        self._require_owner()
        _require(not self.user.email_verified, "verified already")
        link = _url("/email/verify", key=email_keys.key_for(self.user))
        return {"link": link, "days": email_keys.LIFETIME.days}

    def already_registered(self) -> Facts:
        self._require_owner()
        return _ways_in()

    def password_reset(self) -> Facts:
        self._require_owner()
        uid, token = password_tokens.parts_for(self.user)
        link = _url("/password/reset/confirm", uid=uid, token=token)
        return {"link": link, "hours": settings.PASSWORD_RESET_TIMEOUT // SECONDS_OF_AN_HOUR}

    def password_changed(self) -> Facts:
        return self._when_and_whence("changed_at") | _ways_in()

    def session_stolen(self) -> Facts:
        return self._when_and_whence("session_started_at") | _ways_in()

    def provider_linked(self) -> Facts:
        return {"provider": one_line(self.mail.context["provider"])} | _ways_in()

    def api_key_expiring(self) -> Facts:
        prefix = self.mail.context["prefix"]
        _require(self.user.is_active, "account disabled")
        keys = ApiKey.objects.live(at=self.at).filter(user=self.user, prefix=prefix)
        _require(keys.filter(revoked_at=None).exists(), "key over or replaced")
        return {
            "key_name": one_line(self.mail.context["name"]) if self.user.email_verified else "",
            "prefix": prefix,
            "expires_at": moment(self.mail.context["expires_at"]),
            "docs": _url("/docs"),
        }

    def _require_owner(self) -> None:
        _require(self.user.is_active, "account disabled")
        _require(self.user.email == _normal(self.mail.address), "account has another address")

    def _when_and_whence(self, name: str) -> Facts:
        context = self.mail.context
        return {name: moment(context[name]), "ip": context.get("ip")}


def _require(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 (reads like a sentence)
    if not is_so:
        raise NotWanted(otherwise)


def _normal(address: str) -> str:
    return User.objects.normalize_email(address)


def _url(path: str, **query: str) -> str:
    """Return a link to a page of ours. Its host is never taken from a request."""
    return f"{settings.SITE_URL}{path}" + (f"?{urlencode(query)}" if query else "")


def _ways_in() -> Facts:
    return {"login": _url("/login"), "reset": _url("/password/reset")}


_KINDS: Mapping[str, tuple[str, Callable[[_Draft], Facts]]] = {
    MailKind.VERIFICATION: ("Verify your e-mail address", _Draft.verification),
    MailKind.ALREADY_REGISTERED: ("You have an account already", _Draft.already_registered),
    MailKind.PASSWORD_RESET: ("Set a new password", _Draft.password_reset),
    MailKind.PASSWORD_CHANGED: ("Your password was changed", _Draft.password_changed),
    MailKind.SESSION_STOLEN: ("One of your sign-ins was ended", _Draft.session_stolen),
    MailKind.PROVIDER_LINKED: ("You have another way to sign in", _Draft.provider_linked),
    MailKind.API_KEY_EXPIRING: ("An API key of yours expires soon", _Draft.api_key_expiring),
}
