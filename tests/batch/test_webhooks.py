"""Webhooks: signed, tried again, and never sent where they must not go."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from rest_framework.test import APIClient
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import User
from batch import addresses, signatures
from batch.addresses import NotAllowed
from batch.models import BatchJob, Delivery
from batch.models.delivery import MOST_ATTEMPTS
from batch.runner import delivering
from batch.services import jobs, webhooks
from common import request_id
from tests.batch import executors
from tests.batch.conftest import Send, run_all
from tests.batch.test_api import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]
SECRET = "/api/v2/batch/webhook-secret"


class Receiver:
    """A server that keeps what it gets, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, str]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers.items()), body))
                status, location = receiver.answers.pop(0) if receiver.answers else (200, "")
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook?a=1"


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=[0.01])
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def ended(send: Send, receiver: Receiver) -> BatchJob:
    """Return a job that has ended, and whose message waits."""
    return run_all(send("a", webhook_url=receiver.url, metadata={"for": "me"}).job)


def later(hours: float = 0) -> datetime:
    return timezone.now() + timedelta(hours=hours)


def verified(user: User, headers: dict[str, str], body: bytes) -> Any:
    secret = signatures.secret_of(signatures.secret_for(user.pk).salt)
    return Webhook(secret).verify(body, headers)


def test_the_end_of_a_job_is_told_signed_with_its_owners_secret(
    ended: BatchJob, receiver: Receiver, user: User
) -> None:
    assert delivering.send_due(at=later()) == 1

    ((headers, body),) = receiver.got
    message = verified(user, headers, body)
    assert message["type"] == "batch.job.completed"
    assert message["data"]["id"] == str(ended.pk)
    assert (message["data"]["status"], message["data"]["metadata"]) == ("completed", {"for": "me"})
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.response_status) == ("delivered", 1, 200)
    assert delivering.send_due(at=later(100)) == 0


def test_one_id_leads_from_the_request_to_the_query_and_to_the_webhook(
    send: Send, receiver: Receiver
) -> None:
    with request_id.bound("req-of-a-job"):
        job = send("a", webhook_url=receiver.url).job

    run_all(job)
    delivering.send_due(at=later())

    assert executors.request_ids == ["req-of-a-job"]
    assert receiver.got[0][0]["X-Request-ID"] == "req-of-a-job"


def test_a_message_that_was_changed_is_no_message_of_ours(
    ended: BatchJob, receiver: Receiver, user: User
) -> None:
    delivering.send_due(at=later())
    ((headers, body),) = receiver.got

    with pytest.raises(WebhookVerificationError):
        verified(user, headers, body.replace(b"completed", b"cancelled"))


def test_jobs_without_a_webhook_tell_nobody(send: Send) -> None:
    run_all(send("a").job)

    assert not Delivery.objects.exists()


def test_a_cancellation_is_told_too(send: Send, user: User) -> None:
    job = send("a", webhook_url="https://example.org/").job

    jobs.cancel(among=BatchJob.objects.of(user.pk), job_id=job.pk, at=later())

    assert Delivery.objects.get().event == "batch.job.cancelled"


def test_what_is_not_taken_is_sent_again_word_for_word_and_later_each_time(
    ended: BatchJob, receiver: Receiver
) -> None:
    receiver.answers = [(500, ""), (429, "")]

    waits = []
    for _ in range(2):
        at = Delivery.objects.get().next_at
        assert delivering.send_due(at=at) == 0
        waits.append(Delivery.objects.get().next_at - at)
        assert delivering.send_due(at=at + timedelta(seconds=1)) == 0  # not yet
    assert delivering.send_due(at=Delivery.objects.get().next_at) == 1

    assert waits[0] < waits[1]
    assert len(receiver.got) == 3
    assert len({body for _, body in receiver.got}) == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_a_message_is_given_up_in_the_end(ended: BatchJob, receiver: Receiver) -> None:
    receiver.server.shutdown()
    receiver.server.server_close()

    for _ in range(MOST_ATTEMPTS + 1):
        delivering.send_due(at=Delivery.objects.get().next_at)

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("failed", MOST_ATTEMPTS)
    assert delivery.error == "ConnectError"


def test_who_is_gone_gets_nothing_more(ended: BatchJob, receiver: Receiver) -> None:
    receiver.answers = [(410, "")]

    delivering.send_due(at=later())

    assert Delivery.objects.get().status == "failed"


def test_a_redirect_is_not_followed(ended: BatchJob, receiver: Receiver) -> None:
    receiver.answers = [(302, f"http://127.0.0.1:{receiver.port}/elsewhere")]

    assert delivering.send_due(at=later()) == 0

    assert len(receiver.got) == 1
    assert Delivery.objects.get().response_status == 302


TARGETS = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://a.localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://192.168.1.1:{port}/",
    "http://100.64.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://224.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
]
FORMS = [
    "http://user@example.org/",
    "http://user:password@example.org:{port}/",
    "http://example.org\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\.example.org/",
    "http://example.org /",
    "http://example.org\t/",
    "http://ex\u0430mple.org/",
    "http:///hook",
    "//example.org/",
    "example.org",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "http://example.org:22/",
    "http://example.org:99999/",
    "http://[::1",
    "https://example.org/#part",
]


@pytest.mark.parametrize("url", TARGETS)
def test_nothing_is_sent_to_a_private_network(
    send: Send, receiver: Receiver, settings: LazySettings, url: str
) -> None:
    """The addresses may have come in before they were looked at: sending looks again."""
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    address = url.format(port=receiver.port)
    run_all(send("a", webhook_url=address).job)

    delivering.send_due(at=later())

    assert receiver.got == []
    assert Delivery.objects.get().delivered_at is None
    with pytest.raises(NotAllowed):
        addresses.refuse_literal(addresses.parse(address))


@pytest.mark.parametrize("url", FORMS)
def test_urls_of_another_form_are_none(url: str) -> None:
    with pytest.raises(NotAllowed):
        addresses.parse(url.format(port=8080))


@pytest.mark.parametrize(
    ("url", "netloc"),
    [
        ("https://example.org/hook", "example.org"),
        ("https://example.org:8443/hook", "example.org:8443"),
        ("http://example.org", "example.org"),
        ("https://[2606:2800:220:1::1]/a", "[2606:2800:220:1::1]"),
        ("https://93.184.216.34/a", "93.184.216.34"),
    ],
)
def test_public_addresses_are_taken(url: str, netloc: str) -> None:
    target = addresses.parse(url)

    addresses.refuse_literal(target)

    assert target.netloc == netloc


def resolving(name: str, *found: str) -> Any:
    """Return a resolver that says something else of this name each time."""
    answers, real = list(found), socket.getaddrinfo

    def getaddrinfo(host: str, *more: Any, **options: Any) -> Any:
        if host != name:
            return real(host, *more, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), 80))]

    return getaddrinfo


def test_a_name_that_leads_to_a_private_network_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses.socket, "getaddrinfo", resolving("example.org", "10.1.2.3"))

    with pytest.raises(NotAllowed):
        addresses.resolve(addresses.parse("https://example.org/"))


def test_the_connection_goes_to_the_address_that_was_looked_at(
    send: Send, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere a moment later is not asked again."""
    run_all(send("a", webhook_url=f"http://flips.example.org:{receiver.port}/hook").job)
    monkeypatch.setattr(
        addresses.socket, "getaddrinfo", resolving("flips.example.org", "127.0.0.1")
    )

    assert delivering.send_due(at=later()) == 1

    ((headers, _),) = receiver.got
    assert headers["Host"] == f"flips.example.org:{receiver.port}"


def test_the_owner_sees_what_was_sent(ended: BatchJob, receiver: Receiver, user: User) -> None:
    receiver.answers = [(503, "")]
    delivering.send_due(at=later())

    (told,) = client_of(user).get(f"/api/v2/batch/jobs/{ended.pk}/deliveries").json()["results"]

    assert (told["status"], told["attempts"], told["response_status"]) == ("pending", 1, 503)
    assert told["url"] == receiver.url


def test_the_secret_is_told_and_can_be_changed(user: User) -> None:
    client = client_of(user)
    first = client.get(SECRET).json()["secret"]

    second = client.post(f"{SECRET}/rotate").json()["secret"]

    assert first.startswith("whsec_")
    assert second != first
    assert client.get(SECRET).json()["secret"] == second


def test_no_api_key_reads_the_secret(user: User) -> None:
    from tests.factories import ApiKeyFactory  # noqa: PLC0415

    client = APIClient()
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory(user=user).text)

    assert client.get(SECRET).json()["code"] == "scope_required"


def test_for_a_day_the_secret_before_signs_besides(user: User) -> None:
    now = datetime.now(UTC)
    old = signatures.secret_of(signatures.secret_for(user.pk).salt)
    secret = webhooks.rotate(user_id=user.pk, at=now)
    body = json.dumps({"a": 1})

    during = signatures.headers(secret, message_id="m", payload=body, at=now)
    after = signatures.headers(secret, message_id="m", payload=body, at=now + timedelta(days=1))

    assert Webhook(old).verify(body, during) == {"a": 1}
    assert Webhook(signatures.secret_of(secret.salt)).verify(body, during) == {"a": 1}
    assert len(after["webhook-signature"].split()) == 1
