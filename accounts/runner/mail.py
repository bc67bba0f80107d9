"""Sending what the outbox holds.

A mail is claimed before it is sent: its next attempt is put off, which is a lease and a back-off in
one. Whoever claimed it and is killed loses nothing, for when the lease ends the mail is due again.
"""

import time
from collections import deque
from contextlib import closing
from datetime import datetime, timedelta
from email.charset import QP, Charset
from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from accounts.models import Mail
from accounts.models.mail import MOST_ATTEMPTS
from accounts.runner import letters
from accounts.runner.letters import Letter, NoAccount, NotWanted
from monitoring import metrics

BATCH = 20
# No mail is begun later than this after the first claim. One mail may take four times
# EMAIL_TIMEOUT, and the first lease is a minute.
SENDING_TIME = timedelta(seconds=20)
SERVER_CLOSES = 421
PERMANENT = 500  # and above

logger = structlog.get_logger(__name__)


class _Clock:
    """The time since `at`, which goes on while mails are sent."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._started = time.monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._started)


class _ConnectionLost(Exception):
    """The mail server went away; the mail in hand is put off, the others have time."""


def send_due(*, at: datetime) -> int:
    """Send each mail that is due; say how many were sent.

    A mail server that does not answer is asked again next time, and no mail is the older for it.
    """
    clock = _Clock(at)
    _give_up_what_never_ended(at=at)
    if not Mail.objects.due(at=at).exists():
        return 0
    connection = get_connection()
    sent = 0
    try:
        with closing(connection):
            connection.open()
            end = clock.now() + SENDING_TIME
            while clock.now() < end and (batch := deque(_claim(at=clock.now()))):
                sent += _send_batch(batch, connection, clock, end)
    except (OSError, _ConnectionLost) as error:  # SMTPException is an OSError
        logger.warning("the mail server could not be used", error=_describe(error))
    return sent


@transaction.atomic
def _claim(*, at: datetime) -> list[Mail]:
    """Return the next mails, which nobody else sends until their next attempt is due."""
    batch = list(Mail.objects.due(at=at).select_for_update(skip_locked=True)[:BATCH])
    for mail in batch:
        mail.attempts += 1
        mail.next_at = at + mail.wait()
    Mail.objects.bulk_update(batch, ["attempts", "next_at"])
    return batch


def _send_batch(
    batch: deque[Mail], connection: BaseEmailBackend, clock: _Clock, end: datetime
) -> int:
    """Send mails until the time is up or the server goes away; hand back those not begun."""
    sent = 0
    try:
        while batch and clock.now() < end:
            sent += _send(batch.popleft(), connection, clock)
    finally:
        for mail in batch:
            _note(mail, attempts=mail.attempts - 1, next_at=clock.now())
    return sent


def _send(mail: Mail, connection: BaseEmailBackend, clock: _Clock) -> bool:
    """Send one mail, or note why not.

    :raises _ConnectionLost: if the others cannot be sent either
    """
    try:
        letter = letters.write(mail, at=clock.now())
        connection.send_messages([_message(mail, letter)])
    except NotWanted as reason:
        _drop(mail, reason, at=clock.now())
        return False
    except Exception as error:  # no mail may stop the others, whatever is in it
        _note_failure(mail, error, at=clock.now())
        if _is_loss(error):
            raise _ConnectionLost(_describe(error)) from error
        return False
    Mail.objects.waiting().filter(pk=mail.pk).update(sent_at=clock.now(), error="")
    metrics.mails.labels("sent").inc()
    logger.info("mail sent", mail=str(mail.pk), kind=mail.kind, attempts=mail.attempts)
    return True


def _message(mail: Mail, letter: Letter) -> EmailMultiAlternatives:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    # Made from the row: whoever gets a mail twice after a crash sees that it is the same.
    headers = {"Message-ID": f"<{mail.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(letter.subject, letter.text, to=[letter.to], headers=headers)
    message.attach_alternative(letter.html, "text/html")
    message.encoding = Charset("utf-8")
    message.encoding.body_encoding = QP
    return message


def _drop(mail: Mail, reason: NotWanted, *, at: datetime) -> None:
    """Settle a mail that nobody needs. What strangers typed in and fits no account is not kept."""
    if isinstance(reason, NoAccount):
        Mail.objects.waiting().filter(pk=mail.pk).delete()
    else:
        _note(mail, given_up_at=at, error=str(reason))
    logger.info("mail not wanted", mail=str(mail.pk), kind=mail.kind, reason=str(reason))


def _note_failure(mail: Mail, error: Exception, *, at: datetime) -> None:
    metrics.mails.labels("failed").inc()
    is_hopeless = mail.attempts >= MOST_ATTEMPTS or _is_refusal(error)
    _note(mail, error=_describe(error), given_up_at=at if is_hopeless else None)
    logger.warning(
        "mail given up" if is_hopeless else "mail not sent",
        mail=str(mail.pk),
        kind=mail.kind,
        attempts=mail.attempts,
        error=_describe(error),
    )


def _note(mail: Mail, **changes: object) -> None:
    """Write what became of an attempt, unless its lease ended and somebody else makes another."""
    Mail.objects.waiting().filter(pk=mail.pk, next_at=mail.next_at).update(**changes)


def _give_up_what_never_ended(*, at: datetime) -> None:
    """Give up the mails whose senders were killed each time."""
    spent = Mail.objects.due(at=at).filter(attempts__gte=MOST_ATTEMPTS)
    if spent.update(given_up_at=at, error="no attempt ended"):
        logger.warning("mails given up whose senders never came back")


def _is_loss(error: Exception) -> bool:
    if isinstance(error, SMTPException):
        return isinstance(error, SMTPServerDisconnected) or _code_of(error) == SERVER_CLOSES
    return isinstance(error, OSError)


def _is_refusal(error: Exception) -> bool:
    """Say whether the address does not exist, or takes no mail."""
    return isinstance(error, SMTPRecipientsRefused) and (_code_of(error) or 0) >= PERMANENT


def _code_of(error: Exception) -> int | None:
    if isinstance(error, SMTPRecipientsRefused):
        return next((code for code, _ in error.recipients.values()), None)
    return getattr(error, "smtp_code", None)


def _describe(error: Exception) -> str:
    """Return an error's kind and code: what it says beyond that may hold an address or a link."""
    if isinstance(error, _ConnectionLost):
        return str(error)
    code = _code_of(error)
    return type(error).__name__ + (f" {code}" if code else "")
