"""Many refreshes with one token at once, over both servers; and a spent token, later."""

import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from threading import Barrier

from django.db import connection

from accounts.models import Action, AuditEntry, Mail, MailKind
from tests.performance.accounts.calls import Answer, Call, Client, bearer
from tests.performance.accounts.people import person, sign_in
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site

AT_ONCE = 32
ROUNDS = 50
PAST_THE_GRACE = 11.0  # seconds

# The database itself says how often a digest was replaced.
WITNESS = """
    create table rotations (session_id uuid not null);
    create function note_rotation() returns trigger language plpgsql security definer as $$
    begin
        insert into rotations values (new.id);
        return new;
    end $$;
    create trigger note_rotation after update on user_sessions for each row
    when (old.token_digest is distinct from new.token_digest) execute function note_rotation();
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One token, and what its bearers were answered."""

    token: str
    answers: Sequence[Answer]

    def successors(self) -> set[str]:
        return {one.json()["refresh"] for one in self.answers if one.status == 200}

    def last_access(self) -> str:
        return str(next(one for one in self.answers if one.status == 200).json()["access"])


def measure(site: Site) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(WITNESS)
    with Connections(site, AT_ONCE) as clients:
        rounds = [_round(clients, sign_in(person()).refresh) for _ in range(ROUNDS)]
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from rotations group by session_id")
        rotations = [count for (count,) in cursor.fetchall()]
    return [_once(rounds, rotations), _later(site, rounds)]


class Connections:
    """So many connections, to either server in turn, opened before they are needed."""

    def __init__(self, site: Site, count: int) -> None:
        self._clients = [Client(port) for port in islice(cycle(site.ports), count)]

    def __enter__(self) -> list[Client]:
        for client in self._clients:
            client.send(Call("GET", "/auth/oauth/providers"))
        return self._clients

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()


def _round(clients: Sequence[Client], token: str) -> Round:
    barrier = Barrier(len(clients))
    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(partial(_at_once, _refresh(token), barrier), clients))
    return Round(token, answers)


def _at_once(call: Call, barrier: Barrier, client: Client) -> Answer:
    barrier.wait()
    return client.send(call)


def _refresh(token: str) -> Call:
    return Call("POST", "/auth/refresh", body={"refresh": token})


def _once(rounds: Sequence[Round], rotations: Sequence[int]) -> Row:
    statuses = Counter(answer.status for one in rounds for answer in one.answers)
    single = sum(len(one.successors()) == 1 for one in rounds)
    others = sum(count for status, count in statuses.items() if status != 200)
    return Row(
        f"{AT_ONCE} refreshes at once with one token, {ROUNDS} times",
        f"{single} times one successor; rotations in the database: {_tally(rotations)};"
        f" answers: {_tally_of(statuses)}",
        "each time one rotation, one successor",
        single == ROUNDS and rotations == [1] * ROUNDS and not others,
    )


def _later(site: Site, rounds: Sequence[Round]) -> Row:
    """Use spent tokens after the grace on one server, and what came of them on the other."""
    time.sleep(PAST_THE_GRACE)
    with (
        contextlib.closing(Client(site.ports[0])) as here,
        contextlib.closing(Client(site.ports[1])) as there,
    ):
        seen = Counter(
            (
                here.send(_refresh(one.token)).status,
                there.send(_refresh(min(one.successors()))).status,
                there.send(Call("GET", "/auth/me", bearer(one.last_access()))).status,
            )
            for one in rounds
        )
    audited = AuditEntry.objects.filter(action=Action.REFRESH_REUSED).count()
    mails = Mail.objects.filter(kind=MailKind.SESSION_STOLEN).count()
    return Row(
        f"the spent token {PAST_THE_GRACE:.0f} s later, then its successor and its access token"
        " on the other server",
        f"{'; '.join(f'{count} × {statuses}' for statuses, count in seen.items())};"
        f" {audited} lines in the audit log, {mails} mails to owners",
        "401 for all three",
        seen == {(401, 401, 401): len(rounds)} and audited == mails == len(rounds),
    )


def _tally(counts: Sequence[int]) -> str:
    return ", ".join(f"{times} × {count}" for count, times in sorted(Counter(counts).items()))


def _tally_of(statuses: Counter[int]) -> str:
    return ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
