"""Searches that are answered ahead of Django: as Django would, or not at all."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError
from django.utils import timezone

from accounts.models import ApiKey, Session, Tier, User
from accounts.services import api_keys, identity, personal_data, sessions, staff
from caching import process
from caching.models import Use
from caching.services import clear_own, raise_version
from discovery.models import VERSION
from discovery.services import catalogue
from history.models import QueryHistory
from omicsoracle.hot_path import HotPath
from omicsoracle.identities import Identity
from omicsoracle.memo import Memo
from omicsoracle.server import Server
from quotas import degraded, limiter
from quotas import valkey as quota_valkey
from quotas.events import UsageEvent
from quotas.limiter import Caller
from quotas.limits import HOUR, Rule
from quotas.models import Override
from quotas.pipeline import Pipeline
from quotas.runner import consuming
from quotas.services import effective
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import ApiKeyFactory, UserFactory, access_token
from tests.monitoring.test_requests import value as counted
from tests.omicsoracle.rsgi import Loop, asking

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh")]
SEARCH = "/api/v2/agents/search"
QUESTION = json.dumps({"query": "breast cancer"}).encode()
OF_THE_REQUEST = {"X-Request-ID", "X-RateLimit-Remaining", "RateLimit", "Content-Length"}


@pytest.fixture
def fresh(valkey: redis.Redis) -> Iterator[None]:
    """A catalogue, and nobody counted or remembered."""
    catalogue.load(lines=lines_of(SERIES), at=NOON)
    effective.memory.clear()
    degraded.shares = degraded.Shares()
    yield
    valkey.flushdb()


@dataclass(frozen=True, slots=True)
class Said:
    """What came back, and whether Django said it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    is_djangos: bool

    def header(self, name: str) -> str:
        return dict(self.headers)[name]


def json_headers(body: bytes) -> dict[str, str]:
    return {
        "accept": "application/json",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }


class Site:
    """The server in front of the real application, which counts what reaches it."""

    def __init__(self) -> None:
        self.reached = 0
        self.django = get_wsgi_application()
        self.server = Server(self._counted)
        self.loop = Loop()

    @property
    def hot(self) -> HotPath:
        return self.server.hot

    def forget(self) -> None:
        """Let Django answer once more."""
        self.hot.close()
        self.server.hot = HotPath()

    def ask(
        self,
        credential: dict[str, str],
        body: bytes = QUESTION,
        *,
        method: str = "POST",
        path: str = SEARCH,
        query_string: str = "",
        **headers: str,
    ) -> Said:
        before = self.reached
        given = json_headers(body) | credential | headers
        scope, protocol = asking(
            method, path, headers=given.items(), parts=[body], query_string=query_string
        )
        self.loop.run(self.server.__rsgi__(scope, protocol))
        return Said(protocol.status, protocol.headers, protocol.body, self.reached > before)

    def ask_at_once(self, *credentials: dict[str, str], body: bytes = QUESTION) -> list[int]:
        """Ask the same once with each of the credentials, all at once; return the statuses."""
        asked = [
            asking("POST", SEARCH, headers=(json_headers(body) | one).items(), parts=[body])
            for one in credentials
        ]

        async def all_at_once() -> None:
            await asyncio.gather(*(self.server.__rsgi__(*one) for one in asked))

        self.loop.run(all_at_once())
        return [protocol.status for _, protocol in asked]

    def warm(self, credential: dict[str, str], body: bytes = QUESTION) -> None:
        """Have Django answer, and see that its answer was learned from."""
        assert self.ask(credential, body).is_djangos
        assert not self.ask(credential, body).is_djangos

    def close(self) -> None:
        self.server.close()
        self.loop.close()

    def _counted(self, environ: dict[str, Any], start: Any) -> Any:
        self.reached += 1
        return self.django(environ, start)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@pytest.fixture
def ada() -> User:
    return UserFactory.create()


@pytest.fixture
def key(ada: User) -> ApiKey:
    return ApiKeyFactory.create(user=ada)


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root@example.org")


def by(key: ApiKey) -> dict[str, str]:
    return {"x-api-key": key.text}


def events(valkey: redis.Redis) -> list[UsageEvent]:
    found: Any = valkey.xrange(limiter.STREAM)
    return [UsageEvent.loads(one[b"e"]) for _, one in found]


def without_request(said: Said) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    headers = [(name, "" if name in OF_THE_REQUEST else value) for name, value in said.headers]
    return said.status, headers, {**json.loads(said.body), "execution_time_ms": 0}


@pytest.mark.parametrize("scheme", ["X-API-Key", "Api-Key", "Bearer"])
@pytest.mark.parametrize("tier", list(Tier))
def test_an_answer_is_djangos_but_for_what_differs_with_each_request(
    site: Site, scheme: str, tier: Tier
) -> None:
    key = ApiKeyFactory.create(user=UserFactory.create(tier=tier))
    credential = {
        "X-API-Key": {"x-api-key": key.text},
        "Api-Key": {"authorization": f"Api-Key {key.text}"},
        "Bearer": {"authorization": f"Bearer {access_token(key.user)}"},
    }[scheme]
    site.ask(credential)
    site.forget()
    slow = site.ask(credential)

    hot = site.ask(credential)

    names = {name for name, _ in slow.headers if name.startswith("X-Usage-")}
    blank = [(name, "" if name in names else value) for name, value in hot.headers]
    expected = [(name, "" if name in names else value) for name, value in slow.headers]
    assert (slow.is_djangos, hot.is_djangos) == (True, False)
    assert without_request(replace(hot, headers=blank)) == without_request(
        replace(slow, headers=expected)
    )
    assert hot.header("Content-Length") == str(len(hot.body))


def test_a_stranger_reads_the_same_body_byte_for_byte(site: Site, key: ApiKey) -> None:
    site.ask(by(key))
    site.forget()
    slow = site.ask(by(key)).body
    hot = site.ask(by(key)).body
    cut = b',"execution_time_ms":'
    assert hot.partition(cut)[0] == slow.partition(cut)[0]


def test_limits_and_request_ids_are_told_as_ever(site: Site, key: ApiKey) -> None:
    site.warm(by(key))
    said = site.ask(by(key), **{"x-request-id": "mine-1"})
    assert said.header("X-Request-ID") == "mine-1"
    assert said.header("X-RateLimit-Remaining") == "97"
    assert said.header("RateLimit").startswith('"hour";r=97;t=')


@pytest.mark.parametrize(
    "doubt",
    [
        {"method": "PUT"},
        {"path": f"{SEARCH}//"},
        {"query_string": "format=api"},
        {"content-length": ""},
        {"content-length": "0"},
        {"content-length": "-5"},
        {"content-length": "65537"},
        {"content-length": "9" * 5000},
        {"content-type": "text/plain"},
        {"transfer-encoding": "chunked"},
        {"content-encoding": "gzip"},
        {"cookie": "sessionid=1"},
        {"origin": "https://elsewhere.example"},
        {"authorization": "Bearer other"},
        {"x-api-key": "oo_wrong"},
        {"host": "elsewhere.example"},
        {"accept": "text/html"},
        {"x-forwarded-proto": "https"},
    ],
    ids="-".join,
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_in_doubt_goes_to_django(site: Site, key: ApiKey, doubt: dict[str, str]) -> None:
    site.warm(by(key))
    assert site.ask(by(key), **doubt).is_djangos


def test_of_many_who_ask_the_same_at_once_django_hears_one(site: Site, key: ApiKey) -> None:
    assert site.ask_at_once(*[by(key)] * 20) == [200] * 20
    assert site.reached == 1


def test_each_of_those_is_counted(site: Site, key: ApiKey, valkey: redis.Redis) -> None:
    site.ask_at_once(*[by(key)] * 5)

    assert limiter.take(Caller.user(key.user_id), [Rule(HOUR, None)], cost=0).of(HOUR).used == 5
    assert len({event.id for event in events(valkey)}) == 5


def test_of_all_users_who_ask_the_same_of_a_new_catalogue_one_goes_to_django(site: Site) -> None:
    everybody = [by(ApiKeyFactory.create()) for _ in range(5)]
    for one in everybody:
        site.warm(one)
    raise_version(VERSION)
    site.reached = 0

    assert site.ask_at_once(*everybody) == [200] * 5
    assert site.reached == 1


def test_if_the_one_fails_for_whom_all_wait_the_next_one_goes(
    site: Site, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = HotPath.learn
    learned: list[int] = []

    def learn_from_the_third(hot: HotPath, asked: Any, environ: Any, answer: Any) -> None:
        learned.append(answer.status)
        if len(learned) == 3:
            learn(hot, asked, environ, answer)

    monkeypatch.setattr(HotPath, "learn", learn_from_the_third)

    site.ask_at_once(*[by(key)] * 8)

    assert site.reached == 3


def test_who_lacks_nothing_waits_for_nobody(
    site: Site, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: Any, **__: Any) -> None:
        return None

    site.warm(by(key))
    monkeypatch.setattr("quotas.services.counting.count_known", silent)
    site.reached = 0

    assert site.ask_at_once(*[by(key)] * 4) == [200] * 4
    assert site.reached == 4


def test_what_cannot_be_learned_django_answers_each_time(site: Site, key: ApiKey) -> None:
    assert site.ask_at_once(*[by(key)] * 3, body=b'{"query": 7}') == [400] * 3
    assert site.reached == 3


def test_no_credential_goes_to_django(site: Site, key: ApiKey) -> None:
    site.warm(by(key))
    assert site.ask({}).status == 401


def test_a_body_reaches_django_whole(site: Site, key: ApiKey) -> None:
    said = site.ask(by(key), b'{"query": 7')
    assert (said.is_djangos, said.status) == (True, 400)


def revoke(key: ApiKey, _: User) -> None:
    api_keys.revoke(user=key.user, key_id=key.pk, at=timezone.now())


def revoke_by_staff(key: ApiKey, root: User) -> None:
    api_keys.revoke_by_staff(key_ids=[key.pk], actor=root, at=timezone.now())


def rotate_at_once(key: ApiKey, _: User) -> None:
    api_keys.rotate(user=key.user, key_id=key.pk, grace=timedelta(0), at=timezone.now())


def deactivate(key: ApiKey, root: User) -> None:
    staff.change_user(
        user_id=key.user_id, changes={"is_active": False}, actor=root, at=timezone.now()
    )


def erase(key: ApiKey, root: User) -> None:
    personal_data.erase(user=key.user, actor=root, at=timezone.now())


@pytest.mark.parametrize("end", [revoke, revoke_by_staff, rotate_at_once, deactivate, erase])
def test_a_key_that_is_ended_is_refused_at_the_next_request(
    site: Site, key: ApiKey, root: User, end: Any
) -> None:
    site.warm(by(key))
    end(key, root)
    assert site.ask(by(key)).status == 401


@pytest.mark.parametrize("how", ["one", "others", "all", "signed out", "staff"])
def test_a_session_that_is_ended_is_refused_at_the_next_request(
    site: Site, ada: User, root: User, how: str
) -> None:
    credential = {"authorization": f"Bearer {access_token(ada)}"}
    site.warm(credential)
    at, session = timezone.now(), Session.objects.get(user=ada)
    {
        "one": lambda: sessions.end_one(user=ada, session_id=session.pk, at=at),
        "others": lambda: sessions.end_others(user=ada, than=None, at=at),
        "all": lambda: sessions.end_all(user=ada, actor=ada, at=at),
        "signed out": lambda: sessions.sign_out(user=ada, session=session, token=None, at=at),
        "staff": lambda: staff.end_session(session_id=session.pk, actor=root, at=at),
    }[how]()
    assert site.ask(credential).status == 401


def test_a_tier_holds_from_the_next_request_on(site: Site, key: ApiKey, root: User) -> None:
    site.warm(by(key))
    staff.change_user(
        user_id=key.user_id, changes={"tier": Tier.PRO}, actor=root, at=timezone.now()
    )
    assert site.ask(by(key)).header("X-RateLimit-Limit") == "1000"


def test_who_was_read_before_a_change_is_not_believed_after_it(site: Site, key: ApiKey) -> None:
    """The change comes after Django asked PostgreSQL, and before the answer is learned from."""
    django = site.django

    def answer_then_revoke(environ: dict[str, Any], start: Any) -> Any:
        answer = django(environ, start)
        revoke(key, key.user)
        return answer

    site.django = answer_then_revoke  # type: ignore[assignment]
    assert site.ask(by(key)).status == 200
    assert len(site.hot.identities) == 0


def test_a_change_that_valkey_was_not_told_of_is_learned_from_postgresql(
    site: Site, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.warm(by(key))
    with monkeypatch.context() as patch:
        patch.setattr(limiter, "renew_version", away)
        revoke(key, key.user)
    assert site.ask(by(key)).status == 401


def away(*_: Any, **__: Any) -> Any:
    raise quota_valkey.Away


def test_without_valkey_django_answers(
    site: Site, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.warm(by(key))
    monkeypatch.setattr(limiter, "take", away)
    monkeypatch.setattr(Pipeline, "ask", away)
    said = site.ask(by(key))
    assert (said.is_djangos, said.header("X-RateLimit-Policy")) == (True, "degraded")


def test_an_answer_of_valkey_that_comes_too_late_has_counted(
    site: Site, key: ApiKey, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.warm(by(key))
    ask = Pipeline.ask

    async def late(pipeline: Pipeline, packed: bytes) -> Any:
        await ask(pipeline, packed)
        raise quota_valkey.Away

    monkeypatch.setattr(Pipeline, "ask", late)

    said = site.ask(by(key))

    assert (said.is_djangos, said.status) == (True, 200)
    assert limiter.take(Caller.user(key.user_id), [Rule(HOUR, None)], cost=0).of(HOUR).used == 3
    assert len({event.id for event in events(valkey)}) == 3


def test_the_limit_is_exact_and_refused_as_ever(site: Site, key: ApiKey) -> None:
    Override.objects.create(user=key.user, values={"hour": 5}, reason="a test")
    answers = [site.ask(by(key)) for _ in range(7)]
    assert [one.status for one in answers] == [200] * 5 + [429] * 2
    assert [one.is_djangos for one in answers[1:]] == [False] * 4 + [True] * 2
    assert json.loads(answers[-1].body)["policy"] == "hour"


def test_an_override_ends_when_it_says(site: Site, key: ApiKey) -> None:
    ends = timezone.now() + timedelta(seconds=5)
    Override.objects.create(user=key.user, values={"hour": 50}, reason="a test", expires_at=ends)
    site.warm(by(key))
    assert the_identity(site).until == ends.timestamp()


def test_a_key_is_believed_no_longer_than_it_lives(site: Site, ada: User) -> None:
    ends = timezone.now() + timedelta(seconds=5)
    key = ApiKeyFactory.create(user=ada, expires_at=ends)
    site.warm(by(key))
    assert the_identity(site).until == ends.timestamp()


@pytest.mark.parametrize("scheme", ["key", "token"])
def test_who_is_asked_for_again_and_again_is_looked_at_again_while_they_are_answered(
    site: Site, key: ApiKey, scheme: str
) -> None:
    credential = {
        "key": by(key),
        "token": {"authorization": f"Bearer {access_token(key.user)}"},
    }[scheme]
    site.warm(credential)
    before = let_it_be_time(site)

    said = site.ask(credential)

    assert not said.is_djangos
    assert eventually(lambda: the_identity(site).look_at > time.time())
    assert the_identity(site).until > before.until
    assert not site.ask(credential).is_djangos


def the_identity(site: Site) -> Identity:
    (identity,) = site.hot.identities._kept._kept.values()
    return identity


def let_it_be_time(site: Site) -> Identity:
    """Have the one identity believed for five seconds more, and looked at again at the next request."""
    kept = site.hot.identities._kept
    ((name, known),) = kept._kept.items()
    aged = replace(known, look_at=time.time() - 1, until=time.time() + 5)
    kept.put(name, aged)
    return aged


def eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def end_untold(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())


def change_tier_untold(key: ApiKey) -> None:
    User.objects.filter(pk=key.user_id).update(tier=Tier.PRO)


def change_limits_untold(key: ApiKey) -> None:
    Override(user_id=key.user_id, values={"hour": 7}, reason="a test").save_base(raw=True)


@pytest.mark.parametrize("change", [end_untold, change_tier_untold, change_limits_untold])
def test_what_nobody_told_of_is_found_when_it_is_looked_at_again(
    site: Site, key: ApiKey, change: Callable[[ApiKey], None]
) -> None:
    site.warm(by(key))
    let_it_be_time(site)
    change(key)

    site.ask(by(key))

    assert eventually(lambda: len(site.hot.identities) == 0)


def test_many_who_were_learned_at_once_are_not_looked_at_at_once(site: Site, key: ApiKey) -> None:
    site.warm(by(key))
    known, now = the_identity(site), timezone.now()

    waits = [known.believed(now).look_at - now.timestamp() for _ in range(100)]

    assert (min(waits) >= 30, max(waits) <= 48, max(waits) - min(waits) > 10) == (True,) * 3


def test_the_use_of_a_key_is_noted_though_django_never_hears_of_it(site: Site, key: ApiKey) -> None:
    site.warm(by(key))
    long_ago = timezone.now() - timedelta(minutes=2)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=long_ago)
    let_it_be_time(site)

    site.ask(by(key))

    assert eventually(lambda: ApiKey.objects.get(pk=key.pk).last_used_at != long_ago)


def test_while_postgresql_is_away_who_is_known_is_answered(
    site: Site, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        looks.append(1)
        raise OperationalError

    looks: list[int] = []
    site.warm(by(key))
    let_it_be_time(site)
    monkeypatch.setattr(identity, "key_again", away)

    site.ask(by(key))

    assert eventually(lambda: bool(looks) and not site.hot.identities._looked_at)
    assert not site.ask(by(key)).is_djangos


def test_usage_is_logged_with_the_count(site: Site, key: ApiKey, valkey: redis.Redis) -> None:
    site.warm(by(key))
    slow, hot = events(valkey)
    same = ("user_id", "api_key_id", "endpoint", "method", "status_code", "cost")
    assert [getattr(hot, name) for name in same] == [getattr(slow, name) for name in same]
    assert len({slow.id, hot.id}) == 2


def test_the_access_log_has_the_same_fields(
    site: Site, key: ApiKey, capfd: pytest.CaptureFixture[str]
) -> None:
    site.ask(by(key))
    site.ask(by(key), **{"x-request-id": "req-8"})
    slow, hot = (json.loads(line) for line in capfd.readouterr().out.splitlines())
    assert hot["correlation_id"] == "req-8"
    varying = {"duration_ms", "timestamp", "correlation_id"}
    assert {k: v for k, v in hot.items() if k not in varying} == {
        k: v for k, v in slow.items() if k not in varying
    }
    assert list(hot) == list(slow)


def test_hits_count_for_the_cache(site: Site, key: ApiKey) -> None:
    site.warm(by(key))
    process.here().report()
    before = process.here().tally.take()
    site.ask(by(key))
    after = process.here().tally.take()
    assert (before, after["l1", "geo:query", "hits"]) == ({}, 1)
    assert Use.objects.filter(user_id=key.user_id).exists()


def test_who_clears_their_own_answers_is_given_none_of_them(site: Site, key: ApiKey) -> None:
    other = ApiKeyFactory.create()
    site.warm(by(key))
    site.warm(by(other))
    clear_own(viewer=str(key.user_id))
    assert (site.ask(by(other)).is_djangos, site.ask(by(key)).is_djangos) == (False, True)


def test_another_catalogue_is_another_answer(site: Site, key: ApiKey) -> None:
    site.warm(by(key))
    raise_version(VERSION)
    said = site.ask(by(key))
    assert (said.is_djangos, json.loads(said.body)["cached"]) == (True, False)


def test_a_stale_answer_is_left_to_django_to_refresh(
    site: Site, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.warm(by(key))
    kept = process.here().memory._kept
    (name,) = kept
    kept[name] = replace(kept[name], soft=time.time() - 1)
    assert site.ask(by(key)).is_djangos


def test_a_memo_is_bounded() -> None:
    memo: Memo[int] = Memo(10, lambda size: size)
    for number in range(100):
        memo.put(bytes([number]), 4)
    assert len(memo) == 2
    assert memo.get(bytes([99])) == 4


def test_no_credential_is_kept_in_clear(site: Site, key: ApiKey) -> None:
    site.warm(by(key))
    kept = repr([*site.hot.identities._kept._kept.items(), *site.hot.forms._kept.items()])
    assert key.text not in kept
    assert key.text.rpartition("_")[2] not in kept


def test_what_is_answered_here_is_kept_as_what_django_answers(site: Site, key: ApiKey) -> None:
    site.warm(by(key))

    consuming.consume(at=timezone.now())

    djangos, ours = QueryHistory.objects.of(key.user_id).order_by("id")
    kept = ("query_text", "agent_type", "asked", "result", "result_count")
    assert [getattr(djangos, name) for name in kept] == [getattr(ours, name) for name in kept]
    assert (djangos.cached, ours.cached) == (False, True)
    assert ours.result_count


def test_nothing_is_kept_of_it_where_that_is_switched_off(
    site: Site, key: ApiKey, settings: LazySettings
) -> None:
    settings.HISTORY_RECORDED = False
    site.warm(by(key))

    consuming.consume(at=timezone.now())

    assert not QueryHistory.objects.exists()


def test_what_is_answered_ahead_is_counted_as_what_django_answers(site: Site, key: ApiKey) -> None:
    route = {"route": SEARCH, "method": "POST"}
    answered = counted("http_requests_total", **route, status="200")
    timed = counted("http_request_seconds_count", **route)
    ahead = counted("hot_path_answers_total")
    agent = counted("agent_seconds_count", agent="search", asked="ahead of django")
    site.warm(by(key))  # one by Django, one ahead of it

    site.hot.tally.fold()

    assert counted("http_requests_total", **route, status="200") == answered + 2
    assert counted("http_request_seconds_count", **route) == timed + 2
    assert counted("hot_path_answers_total") == ahead + 1
    assert counted("agent_seconds_count", agent="search", asked="ahead of django") == agent + 1


def test_the_last_that_were_answered_are_counted_when_the_server_ends(
    site: Site, key: ApiKey
) -> None:
    site.warm(by(key))
    before = counted("hot_path_answers_total")

    site.hot.close()

    assert counted("hot_path_answers_total") == before + 1
