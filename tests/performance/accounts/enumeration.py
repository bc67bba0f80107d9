"""Whether an answer, or its time, tells which addresses have an account."""

import contextlib
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from tests.factories import PASSWORD
from tests.performance.accounts.calls import Answer, Call, Client, from_new_address
from tests.performance.accounts.people import people
from tests.performance.accounts.ranks import mann_whitney
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site

SERVERS = 2
WARM_UP = 10
PAIRS = 200
LEAST_P, MOST_GAP = 0.01, 5.0  # a difference that is neither sure nor large tells nothing
WRONG_PASSWORD = "eight orange geese"
REQUEST_ID = "enumeration"  # a caller's own is taken over: it is the same in all answers


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of address. All names are of one length, so that the answers may be."""

    description: str
    name: str
    password: str = WRONG_PASSWORD

    def email(self, number: int) -> str:
        return f"{self.name}{number:04}@example.org"

    def emails(self) -> list[str]:
        return [self.email(number) for number in range(WARM_UP + PAIRS)]


@dataclass(frozen=True, slots=True)
class Question:
    """A call that strangers may make, and the sorts of address; each is held against the first."""

    name: str
    path: str
    sorts: Sequence[Sort]
    body: Callable[[Sort, int], dict[str, object]]


def with_password(sort: Sort, number: int) -> dict[str, object]:
    return {"email": sort.email(number), "password": sort.password}


def without_password(sort: Sort, number: int) -> dict[str, object]:
    return {"email": sort.email(number)}


KNOWN = Sort("wrong password", "known")
UNKNOWN = Sort("unknown address", "ghost")
DISABLED = Sort("disabled account, right password", "ended", PASSWORD)
PROVIDER = Sort("account without a password", "oauth")
OWNER, NOBODY = Sort("known address", "owner"), Sort("unknown address", "alien")
UNPROVEN, PROVEN = Sort("unproven address", "fresh"), Sort("proven address", "solid")
FREE, TAKEN = Sort("free address", "first", PASSWORD), Sort("taken address", "again", PASSWORD)
QUESTIONS = [
    Question("login", "/auth/login", [KNOWN, UNKNOWN, DISABLED, PROVIDER], with_password),
    Question("password reset", "/auth/password/reset", [OWNER, NOBODY], without_password),
    Question(
        "another verification mail",
        "/auth/email/verify/resend",
        [UNPROVEN, PROVEN, NOBODY],
        without_password,
    ),
    Question("registration", "/auth/register", [FREE, TAKEN], with_password),
]


def measure(site: Site) -> list[Row]:
    for sort in (KNOWN, OWNER, UNPROVEN, TAKEN):
        people(sort.emails())
    people(PROVEN.emails(), email_verified=True)
    people(DISABLED.emails(), is_active=False)
    people(PROVIDER.emails(), password=make_password(None))
    rows = []
    for question in QUESTIONS:
        answers = _ask(site, question)
        reference, *others = question.sorts
        rows += [_row(question, reference, other, answers) for other in others]
    return rows


def _ask(site: Site, question: Question) -> dict[Sort, list[Answer]]:
    """Ask for each sort in turn, in changing order, the servers taking turns as well."""
    chance = random.Random(question.name)  # noqa: S311 (no secret)
    answers: dict[Sort, list[Answer]] = {sort: [] for sort in question.sorts}
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(contextlib.closing(Client(port))) for port in site.ports]
        for number in range(WARM_UP + PAIRS):
            for sort in chance.sample(question.sorts, len(question.sorts)):
                headers = {**from_new_address(), "X-Request-ID": REQUEST_ID}
                call = Call("POST", question.path, headers, question.body(sort, number))
                answers[sort].append(_without_own(clients[number % SERVERS].send(call)))
    return {sort: those[WARM_UP:] for sort, those in answers.items()}


def _without_own(answer: Answer) -> Answer:
    """Take out of an answer what was asked for, the address, and the id of a new account."""
    body = answer.body
    given = answer.json() if body else {}
    for name in ("id", "email"):
        body = body.replace(str(given.get(name, name)).encode(), name.encode())
    kept = [(name, value) for name, value in answer.headers if name.lower() != "date"]
    return Answer(answer.status, kept, body, answer.sent_at, answer.arrived_at)


def _row(question: Question, one: Sort, other: Sort, answers: dict[Sort, list[Answer]]) -> Row:
    statuses = {str(answer.status) for sort in (one, other) for answer in answers[sort]}
    bodies = _most_forms(answers[one], answers[other], lambda answer: answer.body)
    headers = _most_forms(answers[one], answers[other], lambda answer: sorted(answer.headers))
    times, others = (_milliseconds(answers[sort]) for sort in (one, other))
    median, against = statistics.median(times), statistics.median(others)
    gap, p = abs(median - against) / median * 100, mann_whitney(times, others)
    same = len(statuses) == bodies == headers == 1
    return Row(
        f"{question.name}: {one.description} / {other.description}",
        f"status {', '.join(sorted(statuses))}, forms of body {bodies}, of headers {headers};"
        f" median {median:.2f} / {against:.2f} ms, gap {gap:.1f} %, p {p:.2f}",
        f"same bytes; p > {LEAST_P} or gap < {MOST_GAP:.0f} %",
        same and (p > LEAST_P or gap < MOST_GAP),
    )


def _most_forms(
    some: Sequence[Answer], others: Sequence[Answer], part: Callable[[Answer], object]
) -> int:
    """Return how many forms a part of the answers of one server has; the servers took turns.

    Each process writes the sources of its Content-Security-Policy in an order of its own.
    """
    turns = (range(turn, PAIRS, SERVERS) for turn in range(SERVERS))
    return max(
        len({repr(part(those[number])) for number in numbers for those in (some, others)})
        for numbers in turns
    )


def _milliseconds(answers: Sequence[Answer]) -> list[float]:
    return [(one.arrived_at - one.sent_at) * 1000 for one in answers]
