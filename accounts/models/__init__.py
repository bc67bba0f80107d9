"""Who uses the service, by which credentials, and what was done about it."""

from accounts.models.api_key import ApiKey, ApiKeyQuerySet, Scope
from accounts.models.attempts import Attempts
from accounts.models.audit import Action, AuditEntry
from accounts.models.mail import Mail, MailKind, MailQuerySet
from accounts.models.session import Session, SessionQuerySet
from accounts.models.user import Role, Tier, User, UserManager

__all__ = [
    "Action",
    "ApiKey",
    "ApiKeyQuerySet",
    "Attempts",
    "AuditEntry",
    "Mail",
    "MailKind",
    "MailQuerySet",
    "Role",
    "Scope",
    "Session",
    "SessionQuerySet",
    "Tier",
    "User",
    "UserManager",
]
