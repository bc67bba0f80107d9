"""Who may do what: one table of roles and permissions.

A permission is Django's own `<app>.<verb>_<model>`, so that `user.has_perm`, the admin site, the
decorator `permission_required` and our permission class for the API all ask this table.
"""

from collections.abc import Iterable, Mapping

from accounts.models import Role

EVERYTHING = "*"

PERMISSIONS: Mapping[str, frozenset[str]] = {
    Role.USER: frozenset(),  # their own affairs need no permission
    Role.SUPPORT: frozenset(
        {
            "accounts.view_user",
            "accounts.view_session",
            "accounts.view_apikey",
            "batch.view_batchitem",
            "batch.view_batchjob",
            "batch.view_delivery",
            "caching.view_searchcache",
            "caching.view_warming",
            "discovery.view_dataset",
            "discovery.view_workflow",
            "history.view_queryhistory",
            "quotas.view_override",
            "quotas.view_tierlimits",
            "quotas.view_usagelog",
            "quotas.view_usagehour",
            "waffle.view_switch",
        }
    ),
    Role.ADMIN: frozenset({EVERYTHING}),
}


def allow(roles: Iterable[str], permission: str) -> bool:
    """Say whether one of the roles has the permission."""
    return any({permission, EVERYTHING} & PERMISSIONS[role] for role in roles)


def allow_some_of(roles: Iterable[str], app: str) -> bool:
    """Say whether one of the roles has any permission of this app."""
    return any(
        one == EVERYTHING or one.startswith(f"{app}.")
        for role in roles
        for one in PERMISSIONS[role]
    )
