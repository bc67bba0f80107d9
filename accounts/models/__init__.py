"""Who uses the service, and by which credentials."""

from accounts.models.api_key import ApiKey, ApiKeyQuerySet, Scope
from accounts.models.session import Session, SessionQuerySet
from accounts.models.user import Role, Tier, User, UserManager

__all__ = [
    "ApiKey",
    "ApiKeyQuerySet",
    "Role",
    "Scope",
    "Session",
    "SessionQuerySet",
    "Tier",
    "User",
    "UserManager",
]
