"""What a credential may do."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey, Scope

if TYPE_CHECKING:
    from rest_framework.views import APIView

# By route, as it stands in the URL configuration. Whoever finds a key must not win more than it.
NEVER_BY_KEY = (
    *("api/v2/admin/", "api/v2/users/api-keys", "api/v2/batch/webhook-secret"),
    "api/v2/auth/oauth/linked",
)
# They are asked by POST, but change nothing.
READING = ("api/v2/agents/", "api/v2/history/queries/<uuid:query_id>/again")


class SaysAddress(BasePermission):
    """Let those in who say in the body whom a mail is for."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return (
            request.method == "POST" and isinstance(request.data, dict) and "email" in request.data
        )


class WithinKeyScopes(BasePermission):
    """Let an API key do only what its owner allowed. People signed in may do all."""

    message = "This API key was not given the scope that this request needs."
    code = "scope_required"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return True
        match = request.resolver_match
        route = match.route if match else ""
        if route.startswith(NEVER_BY_KEY):
            return False
        reads = request.method in SAFE_METHODS or route.startswith(READING)
        return key.allows(Scope.READ if reads else Scope.WRITE)
