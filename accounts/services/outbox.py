"""The outbox: mails are written here with what causes them, and sent by a worker."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import Action, Mail, MailKind, User
from accounts.services import attempts
from accounts.services.attempts import Exhausted, Limit
from accounts.tasks import send_mail
from common.wake import wake

MAILS_AN_HOUR = 5  # of one kind, to one address


def put(
    kind: MailKind,
    *,
    address: str,
    at: datetime,
    user: User | None = None,
    context: Mapping[str, object] | None = None,
    once: str | None = None,
) -> None:
    """Write a mail; it is sent once the transaction is committed, however long that takes.

    :param user: whom it concerns, if that is known already
    :param context: what its templates say besides; no secrets
    :param once: a name of this mail: a second one of that name is not written
    """
    mail = Mail(
        kind=kind,
        address=address,
        user=user,
        context=dict(context or {}),
        once=once,
        created_at=at,
        next_at=at,
    )
    Mail.objects.bulk_create([mail], ignore_conflicts=once is not None)
    transaction.on_commit(partial(wake, send_mail))


def may_put(kind: MailKind, *, address: str, at: datetime) -> bool:
    """Count one more mail that a stranger asks for, and say whether it may go to this address.

    So nobody's mailbox is flooded by way of us.
    """
    subject = attempts.subject_of("mail", kind, address)
    limit = Limit("mail", subject, MAILS_AN_HOUR, timedelta(hours=1))
    try:
        attempts.count([limit], at=at)
    except Exhausted:
        return False
    return True


@transaction.atomic
def try_again(*, mail_ids: Collection[UUID], actor: User, at: datetime) -> int:
    """Let mails that were not sent be tried anew, also those given up; say how many."""
    unsent = Mail.objects.filter(pk__in=mail_ids, sent_at__isnull=True)
    tried = unsent.update(next_at=at, attempts=0, given_up_at=None)
    if tried:
        audit.record(Action.MAILS_TRIED_AGAIN, at=at, actor=actor, after={"mails": tried})
    return tried
