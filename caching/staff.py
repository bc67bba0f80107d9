"""What only staff may do, and how it is written down."""

from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

MAY_INVALIDATE_ANY = "caching.delete_searchcache"
MAY_WARM = "caching.add_warming"


def note(action: str, *, actor: object, what: Mapping[str, object]) -> None:
    """Write into the audit log what somebody did."""
    import_string(settings.AUDIT_TRAIL)(action, at=timezone.now(), actor=actor, after=what)
