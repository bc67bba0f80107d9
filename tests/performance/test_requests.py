import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.performance import kept, search
from tests.performance.requests import report
from tests.performance.requests.connections import is_whole
from tests.performance.requests.generators import read_wrk
from tests.performance.requests.load import Task, at_rate, in_turn
from tests.performance.requests.report import Run
from tests.performance.requests.subjects import in_zipf_order, never_asked, raw
from tests.performance.requests.summary import Latency, Load, percentile, summarise

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def test_a_percentile_is_a_value_that_so_many_do_not_exceed() -> None:
    values = list(range(1, 101))

    assert [percentile(values, share) for share in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7], 50) == 7


def test_served_refused_and_failed_are_told_apart() -> None:
    answers = [(200, 1.0), (304, 3.0), (429, 9.0), (503, 11.0), (500, 50.0), (0, 60.0), (404, 2.0)]

    load = summarise(answers, ages=[], seconds=1)

    assert (load.served, load.refused, load.errors) == (2, 2, 3)
    assert load.of_served.p99 == 3.0
    assert load.of_refused == Latency(9.0, 11.0, 11.0)


def test_who_is_never_answered_makes_a_server_look_slow() -> None:
    load = summarise([(200, 1.0)] * 90, ages=[5000.0] * 10, seconds=1)

    assert (load.served, load.unanswered) == (90, 10)
    assert load.of_served == Latency(1.0, 5000.0, 5000.0)


def test_an_answer_is_whole_by_its_length_or_its_last_chunk() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"

    assert is_whole(ANSWER)
    assert not is_whole(ANSWER[:-1])
    assert is_whole(chunked)
    assert not is_whole(chunked[:-3])


class OneAfterTheOther:
    """A server that answers one request at a time, and stands still before its first answer."""

    def __init__(self, pause: float) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=300)
        self.port = self._listener.getsockname()[1]
        self._free, self._pause = threading.Lock(), pause
        self._clients: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):  # whoever asked may have gone
            while client.recv(65_536):
                with self._free:
                    pause, self._pause = self._pause, 0.0
                    time.sleep(pause)
                client.sendall(ANSWER)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def standing_still() -> Iterator[OneAfterTheOther]:
    server = OneAfterTheOther(pause=0.5)
    yield server
    server.close()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_what_a_standstill_holds_up_counts_from_when_it_was_due(
    standing_still: OneAfterTheOther,
) -> None:
    task = Task(standing_still.port, [raw("GET", "/", {})], seconds=0.5, rate=2000)

    load = at_rate(task)

    assert load.served == 1000
    # All were due while nobody answered, most of them before there was a connection for them.
    assert (load.of_served.p50 or 0) > 150


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_clients_in_turn_are_all_answered(standing_still: OneAfterTheOther) -> None:
    load = in_turn(Task(standing_still.port, [raw("GET", "/", {})], seconds=0.8))

    assert load.served >= 64
    assert (load.refused, load.errors) == (0, 0)


def test_a_task_survives_its_way_to_another_process() -> None:
    task = Task(80, [b"\x00\xff"], 1.0, 10.0)

    assert Task.from_json(task.as_json()) == task


def test_what_wrk_counts_as_failed_was_not_served() -> None:
    said = {"answers": 100, "failed": 4, "broken": 1, "microseconds": 2e6}

    load = read_wrk(said | {"p50": 1500, "p95": 2500, "p99": 3500})

    assert (load.served, load.errors, load.seconds) == (96, 5, 2.0)
    assert load.of_served == Latency(1.5, 2.5, 3.5)


def test_the_table_has_medians_and_ratios() -> None:
    bare = [Run(Load(2.0, served), cpu_seconds=1.0) for served in (100, 2000, 400)]
    ours = [Run(Load(2.0, 300), cpu_seconds=0.3)]

    lines = report.throughput({report.BARE: bare, "ours": ours}).splitlines()

    assert lines[2] == "| bare Django view | 200 | – | – | – | 2,500 | 0 | 1.00 |"
    assert lines[3] == "| ours | 150 | – | – | – | 1,000 | 0 | 0.75 |"


def test_the_table_of_rates_tells_served_from_refused() -> None:
    load = Load(1.0, 600, 400, 0, 3, Latency(1, 2, 3), Latency(4, 5, 6))

    row = report.arrivals({(1000, "ours"): [Run(load, 0.1)]}).splitlines()[2]

    assert row == (
        "| 1,000/s | ours | 600 | 1.0 | 2.0 | 3.0 | 400 | 4.0 | 5.0 | 6.0 | 0 | 3 | 100 |"
    )


def test_the_first_question_is_asked_most_often() -> None:
    asked = in_zipf_order(["first", "second", "third"], count=600)

    assert asked.count("first") > asked.count("second") > asked.count("third") > 0


def test_no_new_question_was_asked_in_another_run() -> None:
    runs = [never_asked(["a", "b"], run=run, count=10) for run in (1, 2)]

    assert len({*runs[0], *runs[1]}) == 20


def test_a_request_says_how_long_its_body_is() -> None:
    head, _, body = raw("POST", "/", {"X-API-Key": "k"}, {"query": "é"}).partition(b"\r\n\r\n")

    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"query": "é"}


def runs_of(*per_second: float) -> list[Run]:
    return [Run(Load(seconds=1, served=int(one)), cpu_seconds=1) for one in per_second]


def test_a_ratio_is_taken_within_a_repetition() -> None:
    found = report.ratios({report.BARE: runs_of(100, 200, 50), "ours": runs_of(50, 100, 20)})

    assert found == {"ours": kept.Ratio(low=0.4, middle=0.5, high=0.5)}


def test_what_moved_by_more_than_its_noise_is_named(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    ratio = kept.Ratio.of
    before = {"slower": ratio([0.6, 0.7]), "same": ratio([1.0, 1.2]), "gone": ratio([1.0])}
    now = {"slower": ratio([0.4, 0.5]), "same": ratio([1.1, 1.3]), "new": ratio([9.0])}
    assert kept.told(kept.read("requests", file=file), kept.Figures("b", now)) == kept.NOTHING

    kept.write("search", kept.Figures("other", {}), file=file)
    kept.write("requests", kept.Figures("Commit a", before), file=file)

    told = kept.told(kept.read("requests", file=file), kept.Figures("b", now))
    assert told == (
        "Since Commit a: 1 of 2 ratios moved by more than their noise.\n"
        "- slower: 0.65 (0.60–0.70) → 0.45 (0.40–0.50), -31 %"
    )
    assert kept.read("search", file=file) == kept.Figures("other", {})


def test_a_search_is_held_against_the_bare_view_of_its_repetition() -> None:
    bare = search.Times("bare", [1.0, 1.0, 2.0, 2.0, 4.0, 4.0])
    ours = search.Times("ours", [2.0, 2.0, 6.0, 6.0, 10.0, 10.0])

    assert search.ratios([bare, ours]) == [("ours", kept.Ratio(low=2.0, middle=2.5, high=3.0))]
