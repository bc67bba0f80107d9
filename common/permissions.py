"""What a role may do, for views of any app."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class AllowedByRole(BasePermission):
    """Let those in of whom a role has the permission that the view names: `accounts.roles` says.

    The view's `required_permissions` has one for each method that it takes. Plain views use
    `django.contrib.auth.decorators.permission_required`, which asks the same table.
    """

    message = "Your role does not include this. Ask an admin."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        required: dict[str, str] = getattr(view, "required_permissions", {})
        method = "GET" if request.method in SAFE_METHODS else request.method
        # A method that the view does not take is answered with 405, to those who may see the rest.
        needed = required.get(method or "") or next(iter(required.values()))
        return request.user.has_perm(needed)
