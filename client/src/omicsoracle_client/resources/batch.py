"""Many questions at once, answered in the background."""

import json
import random
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from omicsoracle_client.answers import BatchResult, Job, read
from omicsoracle_client.resources.shapes import given
from omicsoracle_client.transport import IDEMPOTENCY_KEY, Transport

PATH = "batch/jobs"
# Seconds between two looks: short at first, for jobs that are short. Each look counts.
FIRST_LOOK, LONGEST_LOOK, GROWTH = 0.5, 10.0, 2.0


class Batch:
    """The caller's jobs."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def submit(
        self,
        queries: Sequence[str],
        *,
        workflow_type: str = "simple_search",
        parameters: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Have questions answered. Each counts as a request; all are taken, or none.

        :param parameters: what all questions have in common: `max_results`, `filters` …
        :param idempotency_key: with the same key, the same job is sent once in a day; without one,
            each call is a job of its own, once, even if its answer is lost on the way
        """
        body = given(
            workflow_type=workflow_type,
            queries=list(queries),
            parameters=parameters,
            metadata=metadata,
            webhook_url=webhook_url,
        )
        key = idempotency_key or str(uuid.uuid4())
        return self._transport.read(Job, "POST", PATH, json=body, headers={IDEMPOTENCY_KEY: key})

    def get(self, job_id: str) -> Job:
        return self._transport.read(Job, "GET", f"{PATH}/{job_id}")

    def list(self, *, status: str | None = None) -> Iterator[Job]:
        """Yield the jobs, the newest first."""
        return self._transport.pages(Job, PATH, **given(status=status))

    def follow(self, job_id: str) -> Iterator[Job]:
        """Yield the job as it goes on, until it has ended. Each look counts as a request."""
        wait = FIRST_LOOK
        while True:
            job = self.get(job_id)
            yield job
            if job.has_ended:
                return
            self._transport.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 (nobody is to guess)
            wait = min(LONGEST_LOOK, wait * GROWTH)

    def results(self, job_id: str) -> Iterator[BatchResult]:
        """Yield what came of each question so far, in the order sent, as it arrives."""
        rest = b""
        for part in self.results_as(job_id, "ndjson"):
            # JSON leaves some of what Unicode calls a line's end as it is: only \n ends one here.
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                yield read(BatchResult, json.loads(line))

    def results_as(self, job_id: str, form: str) -> Iterator[bytes]:
        """Yield the parts of a file that has all results, `csv` or `ndjson`."""
        return self._transport.stream(f"{PATH}/{job_id}/results", format=form)

    def cancel(self, job_id: str) -> Job:
        """End a job: what is done stays, and what never ran is given back."""
        return self._transport.read(Job, "DELETE", f"{PATH}/{job_id}")

    def retry(self, job_id: str) -> Job:
        """Have the failed questions answered again."""
        return self._transport.read(Job, "POST", f"{PATH}/{job_id}/retry")
