"""How apps below `accounts` write down what staff did: settings name who keeps the audit log."""

from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


def note(
    action: str,
    *,
    actor: object,
    what: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:
    """Write into the audit log what somebody did.

    :param actor: the user; None for whoever runs a command on the server
    """
    record = import_string(settings.AUDIT_TRAIL)
    record(action, at=timezone.now(), actor=actor, before=before, after=what)
