"""What is measured: a server, and the requests that it is sent."""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

SEARCH = "/api/v2/agents/search"
RESULTS = 5  # as many make an answer of about 6 kB
SENT = 5000  # different requests of a run; then they come again
QUESTIONS = 500

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """A server's port, and the processes whose work is its."""

    port: int
    pids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Subject:
    """One row of the table; `requests` makes what is sent in the run of that number."""

    name: str
    server: Server
    requests: Callable[[int], Sequence[bytes]]


def raw(
    method: str, path: str, headers: Headers, body: Mapping[str, object] | None = None
) -> bytes:
    """Return a request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def asking(question: str) -> dict[str, object]:
    return {"query": question, "max_results": RESULTS}


def same(request: Callable[[Headers], bytes], people: Sequence[Headers]) -> list[bytes]:
    """Let each of the people send the same."""
    return [request(headers) for headers in people]


def searches(questions: Iterable[str], people: Sequence[Headers]) -> list[bytes]:
    """Let the people ask the questions in turn."""
    return [
        raw("POST", SEARCH, headers, asking(question))
        for question, headers in zip(questions, cycle(people), strict=False)
    ]


def in_zipf_order(questions: Sequence[str], *, count: int) -> list[str]:
    """Ask the first question most often, the n-th an n-th as often; the same each time."""
    chance = random.Random("zipf")  # noqa: S311 (no secret)
    weights = [1 / rank for rank in range(1, len(questions) + 1)]
    return chance.choices(questions, weights, k=count)


def never_asked(questions: Sequence[str], *, run: int, count: int) -> list[str]:
    """Return questions that differ from each other and from those of all other runs."""
    words = islice(cycle(questions), count)
    return [f"{question} r{run}x{number}" for number, question in enumerate(words)]


def questions_from(titles: Sequence[str]) -> list[str]:
    """Make 500 questions of the first words of titles."""
    heads = [" ".join(title.split()[:7])[:200] for title in titles]
    forms = ("{}", "{} in mouse", "{} RNA-seq")
    made = dict.fromkeys(form.format(head) for form in forms for head in heads)
    return list(made)[:QUESTIONS]
