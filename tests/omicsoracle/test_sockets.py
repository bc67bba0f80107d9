"""WebSockets: who may open one, what it tells, and when it ends. Through the application of `live`."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.test import Client
from django.utils import timezone

from accounts import sockets as known_sockets
from accounts.models import Session, User
from accounts.services import api_keys
from batch import live
from batch.background import told_of
from batch.models import BatchItem, BatchJob
from batch.runner import working
from batch.services import jobs
from batch.services.submission import Submission, submit
from common import wake as waking
from common.live import State, sockets, telling
from common.live.telling import tell
from omicsoracle.asgi import application
from tests.batch.conftest import NoTill
from tests.factories import (
    PASSWORD,
    ApiKeyFactory,
    UserFactory,
    WorkflowFactory,
    access_token,
)
from tests.monitoring.test_requests import value as counted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]
Talk = Callable[["Socket"], Coroutine[Any, Any, Any]]
Headers = Sequence[tuple[bytes, bytes]]
OURS, FOREIGN = "http://testserver", "https://elsewhere.example"


class Socket(ApplicationCommunicator):
    """One client."""

    def __init__(self, path: str, headers: Headers, subprotocols: Sequence[str]) -> None:
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": headers,
            "subprotocols": subprotocols,
        }
        super().__init__(application, scope)

    async def opened(self) -> Any:
        """Return the subprotocol if it was opened, or else False."""
        await self.send_input({"type": "websocket.connect"})
        said = await self.receive_output(timeout=10)
        return said["subprotocol"] if said["type"] == "websocket.accept" else False

    async def told(self) -> dict[str, Any]:
        said = await self.receive_output(timeout=10)
        message: dict[str, Any] = json.loads(said["text"])
        return message

    async def closed(self) -> int:
        """Return the code, once the application has ended by itself: before that the server sends no close."""
        said = await self.receive_output(timeout=10)
        assert said["type"] == "websocket.close", said
        await self.wait(timeout=10)
        return int(said["code"])

    async def leave(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=10)


def talk(path: str, act: Talk, *, subprotocols: list[str] | None = None, **headers: str) -> Any:
    """Have a client open a socket and act."""

    async def run() -> Any:
        given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
        client = Socket(path, given, subprotocols or [])
        try:
            return await act(client)
        finally:
            await client.leave()
            await hear_no_more()

    return asyncio.run(run())


async def beside(act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Do something in another thread, with a connection to the database of its own."""
    return await database_sync_to_async(act, thread_sensitive=False)(*arguments, **named)


async def hear_no_more() -> None:
    """Close what the layer would leave to the garbage collector."""
    layer: Any = get_channel_layer()
    for shard in layer._get_layer()._shards:
        if shard._pubsub:
            await shard._pubsub.aclose()
    await layer.flush()


def bearer(user: User) -> list[str]:
    return ["bearer", access_token(user)]


async def opened_and_closed(client: Socket) -> tuple[Any, int]:
    return await client.opened(), await client.closed()


async def first(client: Socket) -> dict[str, Any]:
    await client.opened()
    return await client.told()


def path_of(workflow: Any) -> str:
    return f"/ws/workflows/{workflow.pk}"


@pytest.fixture
def ada() -> User:
    return UserFactory.create()


@pytest.fixture
def workflow(ada: User, monkeypatch: pytest.MonkeyPatch) -> BatchItem:
    """A workflow in the background that nobody works on yet."""
    monkeypatch.setattr(waking._Broker, "again_at", float("inf"))
    sent = Submission("simple_search", ["asthma"], {}, metadata={}, is_workflow=True)
    return submit(
        user=ada, submission=sent, key=None, till=NoTill(), at=timezone.now()
    ).job.items.get()


def executor(asked: Any, *, on_stage: Any, **_: Any) -> dict[str, Any]:
    stages = [
        {"stage": name, "agent_name": name, "success": True, "execution_time_ms": 1, "error": None}
        for name in ("query_processing", "dataset_search")
    ]
    on_stage(stages[:1], 50)
    on_stage(stages, 100)
    return {"status": "completed", "stage_results": stages, "answer": {}}


# --- Who may open one ---------------------------------------------------------------------------


def test_a_token_opens_a_socket_as_the_second_subprotocol(ada: User, workflow: BatchItem) -> None:
    assert talk(path_of(workflow), Socket.opened, subprotocols=bearer(ada)) == "bearer"


def test_subprotocols_that_come_in_one_word_are_read(ada: User, workflow: BatchItem) -> None:
    one = [", ".join(bearer(ada))]
    assert talk(path_of(workflow), first, subprotocols=one)["type"] == "status"


def test_the_headers_of_the_api_open_a_socket(ada: User, workflow: BatchItem) -> None:
    key = ApiKeyFactory.create(user=ada)
    for headers in (
        {"authorization": f"Bearer {access_token(ada)}"},
        {"authorization": f"Api-Key {key.text}"},
        {"x_api_key": key.text},
    ):
        assert talk(path_of(workflow), first, **headers)["type"] == "status"


def signed_in_browser(user: User) -> str:
    browser = Client()
    assert browser.login(email=user.email, password=PASSWORD)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())


def test_a_browser_opens_a_socket_from_our_pages(ada: User, workflow: BatchItem) -> None:
    cookie = signed_in_browser(ada)
    assert talk(path_of(workflow), first, cookie=cookie, origin=OURS)["type"] == "status"


def test_a_browser_on_another_sites_page_is_turned_away_at_once(
    ada: User, workflow: BatchItem
) -> None:
    cookie = signed_in_browser(ada)
    for origin in (FOREIGN, "null", ""):
        assert talk(path_of(workflow), Socket.opened, cookie=cookie, origin=origin) is False


def test_a_cookie_from_no_page_at_all_opens_nothing(ada: User, workflow: BatchItem) -> None:
    cookie = signed_in_browser(ada)
    assert talk(path_of(workflow), opened_and_closed, cookie=cookie) == (None, 4401)


def test_who_shows_no_good_credential_is_told_so(ada: User, workflow: BatchItem) -> None:
    key = ApiKeyFactory.create(user=ada)
    both = {"subprotocols": bearer(ada), "x_api_key": key.text}
    for shown in (
        {},
        {"subprotocols": ["bearer", "no.good.token"]},
        {"subprotocols": ["bearer"]},
        {"authorization": "Basic YTpi"},
        {"authorization": f"Basic {key.text}"},
        {"x_api_key": f"{key.text}x"},
        {"cookie": "sessionid=unknown", "origin": OURS},
        both,
    ):
        _, code = talk(path_of(workflow), opened_and_closed, **shown)
        assert code == 4401, shown


def test_others_workflows_are_closed_like_those_that_do_not_exist(workflow: BatchItem) -> None:
    shown = bearer(UserFactory.create())
    others = talk(path_of(workflow), opened_and_closed, subprotocols=shown)
    unknown = talk(f"/ws/workflows/{uuid4()}", opened_and_closed, subprotocols=shown)
    assert others == unknown == ("bearer", 4404)


def test_what_leads_nowhere_is_closed_like_what_does_not_exist(ada: User) -> None:
    assert talk("/ws/nothing", opened_and_closed, subprotocols=bearer(ada))[1] == 4404


def test_one_user_opens_no_more_sockets_than_may(
    ada: User, workflow: BatchItem, settings: Any
) -> None:
    settings.LIVE_SOCKETS_A_USER = 1

    async def another(client: Socket) -> int:
        await client.opened()
        other = Socket(path_of(workflow), [], bearer_of_ada)
        await other.opened()
        return await other.closed()

    bearer_of_ada = bearer(ada)
    assert talk(path_of(workflow), another, subprotocols=bearer_of_ada) == 4429


# --- What it tells ------------------------------------------------------------------------------


def test_a_workflow_is_told_from_its_state_to_its_end(
    ada: User, workflow: BatchItem, settings: Any
) -> None:
    settings.WORKFLOW_EXECUTOR = "tests.omicsoracle.test_sockets.executor"

    async def follow(client: Socket) -> list[dict[str, Any]]:
        await client.opened()
        told = [await client.told()]
        await beside(working.work)
        told += [await client.told() for _ in range(3)]
        assert await client.closed() == 1000
        return told

    told = talk(path_of(workflow), follow, subprotocols=bearer(ada))

    assert [one["type"] for one in told] == ["status", "stage", "stage", "complete"]
    assert (told[0]["status"], told[0]["progress"]) == ("pending", 0)
    assert [one["stage"] for one in told[1:3]] == ["query_processing", "dataset_search"]
    assert [one["progress"] for one in told] == [0, 50, 99, 100]
    assert all(one["at"].endswith("Z") for one in told)


@pytest.fixture
def job(ada: User, monkeypatch: pytest.MonkeyPatch, settings: Any) -> BatchJob:
    """Two queries, of which the second fails; nobody works on them yet."""
    settings.WORKFLOW_EXECUTOR = "tests.batch.executors.execute"
    monkeypatch.setattr(waking._Broker, "again_at", float("inf"))
    sent = Submission("simple_search", ["good", "fault"], {}, metadata={})
    return submit(user=ada, submission=sent, key=None, till=NoTill(), at=timezone.now()).job


def test_a_job_is_told_query_by_query_to_its_end(ada: User, job: BatchJob) -> None:
    async def follow(client: Socket) -> list[dict[str, Any]]:
        await client.opened()
        told = [await client.told()]
        await beside(working.work)
        told += [await client.told() for _ in range(6)]
        assert await client.closed() == 1000
        return told

    told = talk(f"/ws/batch/{job.pk}", follow, subprotocols=bearer(ada))

    assert [one["type"] for one in told] == [
        *("status", "status", "item", "progress", "item", "progress", "complete")
    ]
    assert [one["status"] for one in told[:2]] == ["pending", "running"]
    assert [(one["index"], one["status"]) for one in (told[2], told[4])] == [
        (0, "completed"),
        (1, "failed"),
    ]
    assert told[4]["error"]
    assert "secret" not in told[4]["error"]
    assert [one["progress"] for one in (told[3], told[5], told[6])] == [50, 100, 100]


def test_a_job_that_is_cancelled_says_so_and_ends(ada: User, job: BatchJob) -> None:
    async def follow(client: Socket) -> tuple[dict[str, Any], int]:
        await first(client)
        own = BatchJob.objects.of(ada.pk)
        await beside(jobs.cancel, among=own, job_id=job.pk, at=timezone.now())
        return await client.told(), await client.closed()

    end, code = talk(f"/ws/batch/{job.pk}", follow, subprotocols=bearer(ada))

    assert (end["type"], end["status"], end["cancelled_tasks"]) == ("complete", "cancelled", 2)
    assert code == 1000


def test_others_jobs_are_closed_like_those_that_do_not_exist(job: BatchJob) -> None:
    shown = bearer(UserFactory.create())
    others = talk(f"/ws/batch/{job.pk}", opened_and_closed, subprotocols=shown)
    unknown = talk(f"/ws/batch/{uuid4()}", opened_and_closed, subprotocols=shown)
    assert others == unknown == ("bearer", 4404)


def failed_without_anybody_being_told(workflow: BatchItem) -> None:
    at, error = timezone.now(), "No."
    state = {"status": "failed", "finished_at": at, "error": error, "attempts": 1}
    BatchItem.objects.filter(pk=workflow.pk).update(status="running")
    BatchItem.objects.filter(pk=workflow.pk).update(**state)
    BatchJob.objects.update(status="running")
    BatchJob.objects.update(status="failed", completed_at=at, failed_tasks=1)


def test_a_workflow_that_is_over_is_told_and_closed(ada: User, workflow: BatchItem) -> None:
    failed_without_anybody_being_told(workflow)

    async def follow(client: Socket) -> tuple[Any, Any, int]:
        return await first(client), await client.told(), await client.closed()

    status, end, code = talk(path_of(workflow), follow, subprotocols=bearer(ada))

    assert (status["type"], end["type"], end["error"], code) == ("status", "error", "No.", 1000)


def test_a_workflow_that_somebody_waited_for_is_told_and_closed(ada: User) -> None:
    kept = WorkflowFactory.create(user=ada)

    async def follow(client: Socket) -> tuple[Any, Any, int]:
        return await first(client), await client.told(), await client.closed()

    status, end, code = talk(path_of(kept), follow, subprotocols=bearer(ada))

    assert (status["progress"], end["type"], end["status"], code) == (
        *(100, "complete", "completed", 1000),
    )


def test_a_workflow_that_is_cancelled_says_so_and_ends(ada: User, workflow: BatchItem) -> None:
    async def follow(client: Socket) -> tuple[dict[str, Any], int]:
        await first(client)
        own = BatchJob.objects.of(ada.pk)
        await beside(jobs.cancel, among=own, job_id=workflow.pk, at=timezone.now())
        return await client.told(), await client.closed()

    end, code = talk(path_of(workflow), follow, subprotocols=bearer(ada))

    assert (end["type"], end["status"], code) == ("complete", "cancelled", 1000)


def begun(workflow: BatchItem, *, attempts: int) -> None:
    stages = {"percent": 50, "results": [{"stage": "query_processing"}]}
    BatchItem.objects.filter(pk=workflow.pk).update(
        status="running", attempts=attempts, stages=stages
    )


def test_what_is_older_than_what_was_told_is_not_told(ada: User, workflow: BatchItem) -> None:
    begun(workflow, attempts=2)
    workflow.refresh_from_db()
    told = told_of(workflow.job, workflow)
    stale = State(live.state_of_workflow(told, attempts=2).version, [{"type": "stale"}])
    newer = State(10_000, [{"type": "newer"}])

    async def follow(client: Socket) -> str:
        await first(client)
        for change in (stale, newer):
            await beside(tell, live.WORKFLOW, workflow.pk, change)
        return str((await client.told())["type"])

    assert talk(path_of(workflow), follow, subprotocols=bearer(ada)) == "newer"


def test_what_nobody_told_is_found_by_looking_again(
    ada: User, workflow: BatchItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LOOK_EVERY", 0.05)

    async def follow(client: Socket) -> int:
        await first(client)
        await beside(begun, workflow, attempts=1)
        return int((await client.told())["progress"])

    assert talk(path_of(workflow), follow, subprotocols=bearer(ada)) == 50


def test_a_workflow_that_is_deleted_ends_its_sockets(
    ada: User, workflow: BatchItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LOOK_EVERY", 0.05)

    async def follow(client: Socket) -> int:
        await first(client)
        await beside(BatchItem.objects.all().delete)
        return await client.closed()

    assert talk(path_of(workflow), follow, subprotocols=bearer(ada)) == 4404


def test_what_clients_send_changes_nothing(ada: User, workflow: BatchItem) -> None:
    async def shout(client: Socket) -> bool:
        await first(client)
        await client.send_input({"type": "websocket.receive", "text": "anything"})
        await client.send_input({"type": "websocket.receive", "bytes": b"\x00\xff"})
        return bool(await client.receive_nothing(timeout=0.2))

    assert talk(path_of(workflow), shout, subprotocols=bearer(ada))


def test_who_changes_something_does_not_wait_for_a_valkey_that_is_away(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(telling._Valkey, "again_at", 0.0)
    sent = 0

    class Away:
        async def group_send(self, *_: Any) -> None:
            nonlocal sent
            sent += 1
            raise ConnectionRefusedError

    monkeypatch.setattr(telling, "get_channel_layer", Away)

    assert [tell("workflow", uuid4(), State(1, [])) for _ in range(3)] == [False] * 3
    assert sent == 1


# --- When it ends -------------------------------------------------------------------------------


@pytest.fixture
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_sockets, "LOOK_EVERY", 0.05)


def end_sessions(user: User) -> None:
    Session.objects.filter(user=user).end(at=timezone.now())


def disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def change_password(user: User) -> None:
    User.objects.filter(pk=user.pk).update(token_version=user.token_version + 1)


@pytest.mark.usefixtures("quick_looks")
@pytest.mark.parametrize("act", [end_sessions, disable, change_password])
def test_a_socket_ends_with_the_session_that_opened_it(
    ada: User, workflow: BatchItem, act: Callable[[User], None]
) -> None:
    async def follow(client: Socket) -> int:
        await first(client)
        await beside(act, ada)
        return await client.closed()

    assert talk(path_of(workflow), follow, subprotocols=bearer(ada)) == 4401


@pytest.mark.usefixtures("quick_looks")
def test_a_socket_ends_with_the_key_that_opened_it(ada: User, workflow: BatchItem) -> None:
    key = ApiKeyFactory.create(user=ada)

    async def follow(client: Socket) -> int:
        await first(client)
        await beside(api_keys.revoke, user=ada, key_id=key.pk, at=timezone.now())
        return await client.closed()

    assert talk(path_of(workflow), follow, x_api_key=key.text) == 4401


@pytest.mark.usefixtures("quick_looks")
def test_a_socket_stays_open_while_its_session_lasts(ada: User, workflow: BatchItem) -> None:
    async def follow(client: Socket) -> bool:
        await first(client)
        return bool(await client.receive_nothing(timeout=0.4))

    other = UserFactory.create()
    access_token(other)
    end_sessions(other)
    assert talk(path_of(workflow), follow, subprotocols=bearer(ada))


# --- Where it is --------------------------------------------------------------------------------


def test_the_web_server_sends_sockets_on(client: Client, settings: Any) -> None:
    settings.LIVE_URL = "ws://127.0.0.1:9000"

    answer = client.get("/ws/workflows/1", headers={"Upgrade": "websocket"})

    assert (answer.status_code, answer["Location"]) == (307, "ws://127.0.0.1:9000/ws/workflows/1")
    assert client.get("/ws/workflows/1").status_code == 426


def test_sockets_are_counted_while_they_are_open_and_as_they_are_refused(
    ada: User, workflow: BatchItem
) -> None:
    before = counted("websockets_open")
    refused = counted("websockets_refused_total", code="4401")

    async def count(client: Socket) -> float:
        await first(client)
        return counted("websockets_open")

    assert talk(path_of(workflow), count, subprotocols=bearer(ada)) == before + 1
    assert counted("websockets_open") == before
    talk(path_of(workflow), opened_and_closed)
    assert counted("websockets_refused_total", code="4401") == refused + 1
