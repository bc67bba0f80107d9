"""All that is stored about somebody: to hand it out, and to erase it."""

from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session as BrowserCookie
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from accounts import audit, changes
from accounts.models import Action, ApiKey, AuditEntry, Mail, Session, User
from accounts.services import passwords
from accounts.services.password_reset import WrongPassword
from accounts.services.staff import LastAdmin
from common.errors import OracleError


class NoPassword(OracleError):
    """Somebody who signs in by a provider has nothing to prove themselves by."""

    status = 409
    code = "conflict"
    detail = "Your account has no password. Set one by way of a password reset, then try again."


def export(*, user: User, at: datetime) -> dict[str, Any]:
    """Return all that any part of the service stores about a user; settings name the parts."""
    parts = {name: import_string(path)(user=user) for name, path in settings.PERSONAL_DATA.items()}
    audit.record(Action.ACCOUNT_EXPORTED, at=at, actor=user, subject=user)
    return {"exported_at": at, **parts}


def of_account(*, user: User) -> dict[str, Any]:
    """Return what this app stores about a user. Of secrets there are only digests: they stay."""
    about = Q(subject=user.audit_id) | Q(actor=user.audit_id)
    return {
        "user": {**_rows(User.objects.filter(pk=user.pk), _USER)[0], "roles": user.roles},
        "providers": _rows(SocialAccount.objects.filter(user=user), _PROVIDER),
        "sessions": _rows(Session.objects.filter(user=user), _SESSION),
        "api_keys": _rows(ApiKey.objects.filter(user=user), _KEY),
        "mails": _rows(Mail.objects.filter(Q(user=user) | Q(address=user.email)), _MAIL),
        "audit_log": _rows(AuditEntry.objects.filter(about).order_by("id"), _ENTRY),
    }


def delete_account(*, user: User, password: str, at: datetime) -> None:
    """Erase somebody who asks for it and proves who they are.

    :raises WrongPassword: if the password is not right
    :raises NoPassword: if the account has none
    :raises LastAdmin: if nobody would be left who is an active admin
    """
    if not user.has_usable_password():
        raise NoPassword
    if not passwords.confirm(user=user, password=password, at=at):
        raise WrongPassword("password")
    erase(user=user, actor=user, at=at)


@transaction.atomic
def erase(*, user: User, actor: User, at: datetime) -> None:
    """Delete the account and all that leads to the person.

    The audit log keeps its lines, but nobody can tell any more whose they were.

    :raises LastAdmin: if nobody would be left who is an active admin
    """
    admins = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    if [one.pk for one in admins] == [user.pk]:
        raise LastAdmin
    for path in settings.ERASED_BY:
        import_string(path)(user=user, at=at)
    cookies = Session.objects.filter(user=user).exclude(browser_key="")
    BrowserCookie.objects.filter(
        pk__in=list(cookies.values_list("browser_key", flat=True))
    ).delete()
    Mail.objects.filter(address=user.email).delete()
    LogEntry.objects.filter(object_id=str(user.pk)).delete()  # it keeps the address as a title
    User.objects.get(pk=user.pk).delete()
    changes.tell([user.pk])
    audit.record(Action.ACCOUNT_DELETED, at=at, actor=actor, subject=user)


def _rows(found: Any, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    return list(found.values(*fields))


_USER = (
    *("id", "email", "full_name", "tier", "is_active", "email_verified"),
    *("audit_id", "created_at", "updated_at", "last_login"),
)
_PROVIDER = ("provider", "uid", "date_joined", "last_login", "extra_data")
_SESSION = ("id", "created_at", "last_used_at", "expires_at", "ended_at", "ip", "user_agent")
_KEY = (
    *("id", "name", "prefix", "scopes", "created_at", "expires_at"),
    *("last_used_at", "revoked_at"),
)
_MAIL = ("id", "kind", "address", "context", "created_at", "sent_at")
_ENTRY = ("at", "action", "object", "before", "after", "address", "request_id")
