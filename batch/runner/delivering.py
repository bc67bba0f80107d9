"""Sending messages to webhooks: claimed before they are sent, tried again when they do not arrive.

To claim a message puts off its next attempt, which is a lease and a back-off in one. A receiver
that gets a message twice, after a crash, knows it by its `webhook-id`.
"""

import time
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx2
import structlog
from django.conf import settings
from django.db import transaction

from batch import addresses, signatures
from batch.addresses import NotAllowed
from batch.models import Delivery, DeliveryQuerySet
from batch.models.delivery import MOST_ATTEMPTS
from common import request_id

SENDING_TIME = 20.0  # seconds of one task in which messages are begun
TIMEOUT = httpx2.Timeout(5.0, connect=3.0)
AGENT = "OmicsOracle-Webhooks"

logger = structlog.get_logger(__name__)


class _Refused(Exception):
    """The receiver did not take the message."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


def send_due(*, at: datetime) -> int:
    """Send each message that is due; say how many arrived."""
    started, arrived = time.monotonic(), 0
    with httpx2.Client(
        timeout=TIMEOUT, trust_env=False, follow_redirects=False, http2=False
    ) as client:
        while time.monotonic() - started < SENDING_TIME:
            now = at + timedelta(seconds=time.monotonic() - started)
            delivery = _claimed(at=now)
            if delivery is None:
                break
            with request_id.bound(delivery.job.request_id or str(delivery.job_id)):
                arrived += _sent(delivery, client, at=now)
    return arrived


@transaction.atomic
def _claimed(*, at: datetime) -> Delivery | None:
    """Return the next message, which nobody else sends until its next attempt is due."""
    due = Delivery.objects.due(at=at).select_related("job")
    delivery = due.select_for_update(skip_locked=True, of=("self",)).first()
    if delivery is not None:
        delivery.attempts += 1
        delivery.next_at = at + delivery.wait()
        delivery.save(update_fields=["attempts", "next_at"])
    return delivery


def _sent(delivery: Delivery, client: httpx2.Client, *, at: datetime) -> bool:
    """Send one message, or note why not."""
    try:
        status = _post(delivery, client, at=at)
    except NotAllowed as reason:
        _note(delivery, at=at, error=str(reason), is_hopeless=True)
    except _Refused as refused:
        is_gone = refused.status == HTTPStatus.GONE
        _note(delivery, at=at, error=str(refused), status=refused.status, is_hopeless=is_gone)
    except (OSError, httpx2.HTTPError, httpx2.InvalidURL) as error:
        _note(delivery, at=at, error=type(error).__name__)
    else:
        _unless_taken_over(delivery).update(delivered_at=at, response_status=status, error="")
        logger.info("webhook delivered", delivery=str(delivery.pk), attempts=delivery.attempts)
        return True
    return False


def _post(delivery: Delivery, client: httpx2.Client, *, at: datetime) -> int:
    """Send a message, and return the status that says it arrived. What else is answered is not read.

    :raises NotAllowed: if the URL leads where nothing is sent
    :raises _Refused: if the receiver does not take it
    """
    target = addresses.parse(delivery.url)
    address = addresses.resolve(target, is_private_allowed=settings.WEBHOOKS_TO_PRIVATE_ADDRESSES)
    secret = signatures.secret_for(delivery.job.user_id)
    signed = signatures.headers(
        secret, message_id=str(delivery.pk), payload=delivery.payload, at=at
    )
    request = client.build_request(
        "POST",
        target.at(address),
        content=delivery.payload.encode(),
        headers={
            "Host": target.netloc,
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            **request_id.sent_as(request_id.HEADER),
            **signed,
        },
        extensions={"sni_hostname": target.host},  # whose certificate is asked for, and checked
    )
    response = client.send(request, stream=True)
    response.close()
    if not response.is_success:
        raise _Refused(response.status_code)
    return int(response.status_code)


def _note(
    delivery: Delivery,
    *,
    at: datetime,
    error: str,
    status: int | None = None,
    is_hopeless: bool = False,
) -> None:
    is_over = is_hopeless or delivery.attempts >= MOST_ATTEMPTS
    _unless_taken_over(delivery).update(
        error=error[:255], response_status=status, given_up_at=at if is_over else None
    )
    logger.warning(
        "webhook given up" if is_over else "webhook not delivered",
        delivery=str(delivery.pk),
        attempts=delivery.attempts,
        error=error,
    )


def _unless_taken_over(delivery: Delivery) -> DeliveryQuerySet:
    """Return the row, unless the lease ended and somebody else makes another attempt."""
    return Delivery.objects.waiting().filter(pk=delivery.pk, next_at=delivery.next_at)
