"""Stand-ins for the workflow that answers a query: what they do, the query says."""

import time
from typing import Any

from common import request_id
from common.errors import ServiceUnavailable

asked: list[str] = []
request_ids: list[str | None] = []
STAGE = {"stage": "dataset_search", "agent_name": "search", "execution_time_ms": 1}


def execute(body: Any, *, on_stage: Any = None, **_: Any) -> dict[str, Any]:
    """Answer with the query itself.

    `hang`: does not end. `slow`: takes a moment. `away`: what it needs is away. `fault`: fails in a way that nobody foresaw. `nothing`: has nothing
    to work on.
    """
    query = body["query"]
    asked.append(query)
    request_ids.append(request_id.current())
    if on_stage:
        on_stage([{**STAGE, "success": True, "error": None}], 50)
    if query.startswith("hang"):
        time.sleep(60)
    if query.startswith("slow"):
        time.sleep(0.03)
    if query.startswith("away"):
        raise ServiceUnavailable("NCBI does not answer.")
    if query.startswith("fault"):
        raise RuntimeError("secret")
    is_good = not query.startswith("nothing")
    error = None if is_good else "Nothing could be searched."
    return {
        "status": "completed" if is_good else "failed",
        "stage_results": [{**STAGE, "success": is_good, "error": error}],
        "answer": {"total_datasets_found": len(query), "report_title": query},
    }
