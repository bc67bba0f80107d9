"""Many refreshes with one token, at once, over both servers."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from accounts.models import Session
from tests.performance.accounts.world import Client, Site, people, sign_in, table

AT_ONCE = 32
ROUNDS = 50
PAST_THE_GRACE = 11  # seconds


def measure(site: Site) -> str:
    (user,) = people(1)
    token = sign_in(user).refresh
    clients = [Client(site.ports[one % 2]) for one in range(AT_ONCE)]
    distinct, statuses = [], []
    digests = {Session.objects.get(user=user).token_digest}
    for _ in range(ROUNDS):
        spent = token
        answers = _at_once(clients, token)
        successors = {body["refresh"] for status, body in answers if status == 200}
        distinct.append(len(successors))
        statuses += [status for status, _ in answers]
        (token,) = successors
        digests.add(Session.objects.get(user=user).token_digest)
    time.sleep(PAST_THE_GRACE)
    replayed = clients[0].call("POST", "auth/refresh", {"refresh": spent}).status
    successor = clients[1].call("POST", "auth/refresh", {"refresh": token}).status
    rows = [
        [f"{AT_ONCE} at once, {ROUNDS} rounds: answers", len(statuses)],
        ["of them 200", statuses.count(200)],
        ["distinct successors in a round, most", max(distinct)],
        ["rotations in the database", len(digests) - 1],
        [f"the spent token after {PAST_THE_GRACE} s", replayed],
        ["its successor after that", successor],
        [
            "live sessions of the user after that",
            Session.objects.filter(user=user, ended_at=None).count(),
        ],
    ]
    return table("Refreshing with one token", ["what", "figure"], rows)


def _at_once(clients: list[Client], token: str) -> list[tuple[int, dict[str, str]]]:
    barrier = Barrier(len(clients))

    def one(client: Client) -> tuple[int, dict[str, str]]:
        barrier.wait(30)
        answer = client.call("POST", "auth/refresh", {"refresh": token})
        return answer.status, answer.body

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(one, clients))
