"""Warning of what ends, deleting what is over. All of it may run twice, and twice at once."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.sessions.models import Session as BrowserCookie
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts import audit, changes
from accounts.models import Action, ApiKey, Attempts, Mail, MailKind, Session, User

BATCH = 1_000
BATCH_OF_ACCOUNTS = 100  # each adds a line to the audit log, and until the end nobody else does
WARNED_BEFORE_DAYS = (1, 7)
SESSIONS_KEPT = timedelta(days=1)
KEYS_KEPT = timedelta(days=90)
MAILS_KEPT = timedelta(days=30)
ATTEMPTS_KEPT = timedelta(days=1)
UNVERIFIED_KEPT = timedelta(days=7)

logger = structlog.get_logger(__name__)


def warn_of_expiring_keys(*, at: datetime) -> int:
    """Write to the owners of keys that end within a week, and within a day; say how many mails.

    A key gets one warning at a time, the one that fits, and each only once: it is written late
    rather than never. Keys that are being replaced get none.
    """
    keys = ApiKey.objects.live(at=at).filter(user__is_active=True, revoked_at=None)
    written, after = 0, at
    for days in WARNED_BEFORE_DAYS:
        until = at + timedelta(days=days)
        ending = keys.filter(expires_at__gt=after, expires_at__lte=until)
        written += _warn(ending, days=days, at=at)
        after = until
    logger.info("warned of keys that expire", mails=written)
    return written


def clean_up(*, at: datetime) -> dict[str, int]:
    """Delete what nobody can use any more; say how many rows of each kind.

    Accounts that were never verified go only where addresses must be.
    """
    deleted = {
        "cookies": _delete(_cookies_over(at=at)),
        "sessions": _delete(_over(Session, ("ended_at", "expires_at"), at - SESSIONS_KEPT)),
        "api_keys": _delete(_over(ApiKey, ("revoked_at", "expires_at"), at - KEYS_KEPT)),
        "mails": _delete(_over(Mail, ("sent_at", "given_up_at"), at - MAILS_KEPT)),
        "attempts": _delete(_over(Attempts, ("last_at",), at - ATTEMPTS_KEPT)),
        "accounts": 0,
    }
    if settings.EMAIL_VERIFICATION == "required":
        deleted["accounts"] = _delete_unverified_accounts(at=at)
    logger.info("cleaned up", **deleted)
    return deleted


def _warn(ending: QuerySet[ApiKey], *, days: int, at: datetime) -> int:
    once = Concat(Value("key-expiring:"), Cast("pk", CharField()), Value(f":{days}"))
    written = Mail.objects.filter(once=OuterRef("once"))
    missing = ending.annotate(once=once).filter(~Exists(written)).select_related("user")
    count = 0
    while batch := list(missing.order_by("pk")[:BATCH]):
        # Of two that do this at once, the first one's mails stay.
        Mail.objects.bulk_create([_warning(key, at=at) for key in batch], ignore_conflicts=True)
        count += len(batch)
    return count


def _warning(key: Any, *, at: datetime) -> Mail:
    """Return the mail to the owner of a key, which is annotated with the mail's name."""
    return Mail(
        kind=MailKind.API_KEY_EXPIRING,
        address=key.user.email,
        user=key.user,
        context={
            "name": key.name,
            "prefix": key.prefix,
            "expires_at": key.expires_at.isoformat(),
        },
        once=key.once,
        created_at=at,
        next_at=at,
    )


def _over(model: Any, ends: tuple[str, ...], before: datetime) -> QuerySet[Any]:
    """Return the rows of which one of these moments has come and gone."""
    some = Q()
    for name in ends:
        some |= Q(**{f"{name}__lt": before})
    chosen: QuerySet[Any] = model.objects.filter(some)
    return chosen


def _cookies_over(*, at: datetime) -> QuerySet[Any]:
    """Return what Django keeps for cookies that expired, or whose sessions with us are over."""
    over = Session.objects.exclude(browser_key="").filter(
        Q(ended_at__isnull=False) | Q(expires_at__lte=at)
    )
    return BrowserCookie.objects.filter(
        Q(expire_date__lt=at) | Q(pk__in=over.values("browser_key"))
    )


def _delete(chosen: QuerySet[Any]) -> int:
    """Delete rows, some at a time; leave out those that somebody else is working at."""
    every, count = chosen.model.objects.all(), 0
    while True:
        with transaction.atomic():
            batch = chosen.order_by("pk").select_for_update(skip_locked=True)[:BATCH]
            keys = list(batch.values_list("pk", flat=True))
            every.filter(pk__in=keys).delete()
        count += len(keys)
        if len(keys) < BATCH:
            return count


def _delete_unverified_accounts(*, at: datetime) -> int:
    """Delete accounts whose addresses were never proven and that nobody ever used."""
    unused = User.objects.filter(
        ~Exists(SocialAccount.objects.filter(user=OuterRef("pk"))),
        ~Exists(ApiKey.objects.filter(user=OuterRef("pk"))),  # staff made it for a program
        email_verified=False,
        last_login=None,
        is_staff=False,
        created_at__lt=at - UNVERIFIED_KEPT,
    ).order_by("pk")
    count = 0
    while True:
        with transaction.atomic():
            # Whoever verifies or signs in at this moment holds the row, or will find none.
            batch = list(unused.select_for_update(skip_locked=True)[:BATCH_OF_ACCOUNTS])
            Mail.objects.filter(address__in=[user.email for user in batch]).delete()
            User.objects.filter(pk__in=[user.pk for user in batch]).delete()
            changes.tell([user.pk for user in batch])
            for user in batch:
                audit.record(Action.ACCOUNT_EXPIRED, at=at, subject=user)
        count += len(batch)
        if len(batch) < BATCH_OF_ACCOUNTS:
            return count
