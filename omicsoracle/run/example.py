"""Asks the running server one question, as any client would, and prints what it says."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from omicsoracle.run.prepare import Demo
from omicsoracle.run.steps import Steps

QUESTION = "breast cancer RNA-seq in human, more than 20 samples"
SHOWN = 5
SECONDS = 30


@dataclass(frozen=True, slots=True)
class Site:
    """A server of this run."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        """Say whether it takes requests."""
        return self._is_ok("/health/ready")

    def is_alive(self) -> bool:
        """Say whether it answers at all."""
        return self._is_ok("/health/live")

    def search(self, question: str, *, key: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer to a question; an empty one if it is not JSON."""
        body = json.dumps({"query": question, "max_results": SHOWN})
        headers = {"X-API-Key": key, "Content-Type": "application/json"}
        status, answer = self._send("POST", "/api/v2/agents/search", body, headers)
        return status, json.loads(answer) if answer.startswith(b"{") else {}

    def _is_ok(self, path: str) -> bool:
        try:
            return self._send("GET", path)[0] == http.client.OK
        except (OSError, http.client.HTTPException):
            return False

    def _send(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        # Not urllib: it would ask a proxy that is set in the environment.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def show_answer(steps: Steps, site: Site, demo: Demo) -> None:
    """Ask the example question and print the ranked answer, or why there is none."""
    with steps.step("Example question"):
        try:
            status, answer = site.search(QUESTION, key=demo.api_key)
        except (OSError, http.client.HTTPException) as error:
            status, answer = 0, {"detail": str(error)}
    if status != http.client.OK or not answer:
        reason = answer.get("detail") or f"status {status}, see the web server's log"
        steps.write(f"\nThe example question was not answered: {reason}")
        return
    steps.write(
        f"\n“{QUESTION}”: {answer['total_found']} series found in "
        f"{answer['execution_time_ms']:.0f} ms"
    )
    steps.show(_table(answer["datasets"]))


def _table(datasets: list[dict[str, Any]]) -> Table:
    table = Table()
    table.add_column("rank", justify="right")
    table.add_column("accession", no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("samples", justify="right")
    table.add_column("year", justify="right")
    table.add_column("title", ratio=3)
    table.add_column("why", ratio=2)
    for rank, one in enumerate(datasets, start=1):
        table.add_row(
            str(rank),
            one["geo_id"],
            f"{one['relevance_score']:.2f}",
            str(one["sample_count"] or ""),
            (one["release_date"] or "")[:4],
            escape(one["title"] or ""),
            escape("; ".join(one["match_reasons"])),
        )
    return table
