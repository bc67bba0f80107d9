"""How long a credential is accepted after the answer that says it is not any more.

The act is done on one server; two clients use the credential on the other as fast as they can.
"""

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from accounts import password_tokens
from tests.factories import PASSWORD, ApiKeyFactory
from tests.performance.accounts.calls import Answer, Call, Client, bearer
from tests.performance.accounts.people import admin, person, sign_in
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site

REPETITIONS = 10
POLLERS = 2
WARM = 5  # polls of each client that are accepted before the act
ENOUGH = 10  # refusals in a row after which a credential counts as refused for good
PATIENCE = 3.0  # seconds that we wait for them
PROMISED_MS = 1000
ANOTHER_PASSWORD = "nine green herons"


@dataclass(frozen=True, slots=True)
class Case:
    """What is polled, what ends it, and how it is refused then."""

    poll: Call
    act: Call
    refusal: int = 401


@dataclass(frozen=True, slots=True)
class Trial:
    """What one case showed: the delay, how many polls were sent after it, strange answers."""

    lag_ms: float
    polls_after: int
    gaps_ms: list[float]
    strange: int


class Poller(threading.Thread):
    """A client that uses a credential again and again."""

    def __init__(self, port: int, case: Case) -> None:
        super().__init__()
        self.answers: list[Answer] = []
        self._client = Client(port)
        self._case = case
        self._over = threading.Event()

    def run(self) -> None:
        with contextlib.closing(self._client):
            while not self._over.is_set():
                self.answers.append(self._client.send(self._case.poll))

    def end(self) -> None:
        self._over.set()
        self.join()

    def is_warm(self) -> bool:
        return len(self.answers) >= WARM

    def is_refused_since(self, moment: float) -> bool:
        last = self.answers[-ENOUGH:]
        return last[0].sent_at > moment and all(one.status == self._case.refusal for one in last)


def measure(site: Site) -> list[Row]:
    trials: dict[tuple[str, str], list[Trial]] = {}
    for state, valkey in (
        ("up", contextlib.nullcontext),
        ("frozen", site.valkey_frozen),
        ("gone", site.valkey_gone),
    ):
        with valkey():
            for _ in range(REPETITIONS):
                for kind, arrange in KINDS.items():
                    trials.setdefault((kind, state), []).append(_try(site, arrange()))
    return [_row(kind, state, those) for (kind, state), those in trials.items()] + [
        _gaps([gap for those in trials.values() for trial in those for gap in trial.gaps_ms])
    ]


def logout() -> Case:
    mine = bearer(sign_in(person()).access)
    return Case(Call("GET", "/auth/me", mine), Call("POST", "/auth/logout", mine, {}))


def session_ended() -> Case:
    user = person()
    signed_in, other = sign_in(user), bearer(sign_in(user).access)
    session = user.sessions.earliest("created_at")
    return Case(
        Call("GET", "/auth/me", bearer(signed_in.access)),
        Call("DELETE", f"/auth/sessions/{session.pk}", other),
    )


def password_changed() -> Case:
    user = person()
    mine, other = bearer(sign_in(user).access), bearer(sign_in(user).access)
    body = {"current_password": PASSWORD, "new_password": ANOTHER_PASSWORD}
    return Case(Call("GET", "/auth/me", mine), Call("PUT", "/auth/password/change", other, body))


def password_reset() -> Case:
    user = person()
    mine = bearer(sign_in(user).access)
    user.refresh_from_db()  # signing in has changed what the token depends on
    uid, token = password_tokens.parts_for(user)
    body = {"uid": uid, "token": token, "new_password": ANOTHER_PASSWORD}
    return Case(
        Call("GET", "/auth/me", mine), Call("POST", "/auth/password/reset/confirm", {}, body)
    )


def deactivated() -> Case:
    user, boss = person(), bearer(sign_in(admin()).access)
    return Case(
        Call("GET", "/auth/me", bearer(sign_in(user).access)),
        Call("PATCH", f"/admin/users/{user.pk}", boss, {"is_active": False}),
    )


def role_taken() -> Case:
    user, boss = admin(), bearer(sign_in(admin()).access)
    return Case(
        Call("GET", "/admin/users?page_size=1", bearer(sign_in(user).access)),
        Call("PATCH", f"/admin/users/{user.pk}", boss, {"roles": ["user"]}),
        refusal=403,
    )


def account_deleted() -> Case:
    mine = bearer(sign_in(person()).access)
    return Case(
        Call("GET", "/auth/me", mine), Call("DELETE", "/auth/me", mine, {"password": PASSWORD})
    )


def key_revoked() -> Case:
    user = person()
    key = ApiKeyFactory(user=user)
    return Case(
        Call("GET", "/auth/me", {"X-API-Key": key.text}),
        Call("DELETE", f"/users/api-keys/{key.pk}", bearer(sign_in(user).access)),
    )


KINDS: dict[str, Callable[[], Case]] = {
    "logout": logout,
    "session ended by another": session_ended,
    "password changed": password_changed,
    "password reset": password_reset,
    "account deactivated": deactivated,
    "admin role taken": role_taken,
    "account deleted": account_deleted,
    "API key revoked": key_revoked,
}


def _try(site: Site, case: Case) -> Trial:
    here, there = site.ports
    pollers = [Poller(there, case) for _ in range(POLLERS)]
    for poller in pollers:
        poller.start()
    try:
        _wait_for(pollers, Poller.is_warm)
        with contextlib.closing(Client(here)) as client:
            acted = client.send(case.act)
        if acted.status not in {200, 204}:
            raise RuntimeError(f"{case.act.path} answered {acted.status}: {acted.body[:300]!r}")
        _wait_for(pollers, lambda one: one.is_refused_since(acted.arrived_at))
    finally:
        for poller in pollers:
            poller.end()
    return _trial(case, acted, [one for poller in pollers for one in poller.answers])


def _wait_for(pollers: Sequence[Poller], is_done: Callable[[Poller], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline and not all(is_done(one) for one in pollers):
        time.sleep(0.002)


def _trial(case: Case, acted: Answer, polls: Sequence[Answer]) -> Trial:
    """Count as accepted whatever was sent after the act's answer had arrived, and answered 200."""
    after = [one for one in polls if one.sent_at > acted.arrived_at]
    accepted = [one.arrived_at for one in after if one.status == 200]
    before = [one for one in polls if one.arrived_at < acted.sent_at]
    sent = sorted(one.sent_at for one in polls)
    return Trial(
        lag_ms=(max(accepted) - acted.arrived_at) * 1000 if accepted else 0.0,
        polls_after=len(after),
        gaps_ms=[(b - a) * 1000 for a, b in pairwise(sent)],
        strange=sum(one.status not in {200, case.refusal} for one in polls)
        + sum(one.status != 200 for one in before),
    )


def _row(kind: str, state: str, trials: Sequence[Trial]) -> Row:
    lags = [trial.lag_ms for trial in trials]
    strange = sum(trial.strange for trial in trials)
    polls = sum(trial.polls_after for trial in trials)
    return Row(
        f"{kind}, Valkey {state}",
        f"accepted for at most {max(lags):.1f} ms, median {statistics.median(lags):.1f} ms"
        f" ({len(trials)} times, {polls} uses afterwards, {strange} strange answers)",
        f"≤ {PROMISED_MS:,} ms",
        max(lags) <= PROMISED_MS and not strange,
    )


def _gaps(gaps: Sequence[float]) -> Row:
    median, rare = statistics.median(gaps), statistics.quantiles(gaps, n=100)[98]
    return Row(
        "time between two uses of a credential", f"median {median:.1f} ms, p99 {rare:.1f} ms"
    )
