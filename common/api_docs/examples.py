"""Requests that the reference shows. A test sends each, in this order, over the starter catalogue."""

from dataclasses import dataclass, field
from typing import Any

QUESTION = "breast cancer RNA-seq in human, more than 20 samples"
SERIES = "GSE189389"  # in the starter catalogue
EMAIL, PASSWORD = "mona@lab.example.org", "four green kettles sing"


@dataclass(frozen=True, slots=True)
class Example:
    """A request, and the status of its answer, whose form the schema tells."""

    method: str
    path: str  # as the schema has it
    gives: int
    body: dict[str, Any] | None = None
    query: str = ""
    values: dict[str, str] = field(default_factory=dict)  # for what stands in {} in the path
    known: bool = True  # sent with an API key
    keeps: tuple[str, str] | None = None  # a name of the answer, and what later paths call it
    says: str = ""


OF_SERIES = {"geo_id": SERIES}
AGENTS, DATASETS = "/api/v2/agents", "/api/v2/datasets"
JOBS, JOB = "/api/v2/batch/jobs", "/api/v2/batch/jobs/{job_id}"

EXAMPLES = (
    Example("GET", AGENTS, 200),
    Example("POST", f"{AGENTS}/query", 200, {"query": QUESTION}),
    Example("POST", f"{AGENTS}/search", 200, {"query": QUESTION, "max_results": 5}),
    Example(
        "POST",
        f"{AGENTS}/search",
        200,
        {"query": "Alzheimer hippocampus", "filters": {"organism": "Homo sapiens"}},
        says="With a filter.",
    ),
    Example(
        "POST",
        f"{AGENTS}/search",
        400,
        {"query": QUESTION, "max_result": 5},
        says="A misspelt field is refused, and named.",
    ),
    Example(
        "POST",
        f"{AGENTS}/search",
        401,
        {"query": QUESTION},
        known=False,
        says="Without a credential.",
    ),
    Example("POST", f"{AGENTS}/validate", 200, {"dataset_ids": [SERIES]}),
    Example(
        "POST",
        f"{AGENTS}/report",
        200,
        {"query": QUESTION, "max_results": 5, "report_type": "brief"},
    ),
    Example("POST", f"{AGENTS}/summarize", 200, {"dataset_id": SERIES}),
    Example("GET", DATASETS, 200, query="organism=Homo%20sapiens&page_size=2"),
    Example("GET", f"{DATASETS}/{{geo_id}}", 200, values=OF_SERIES),
    Example(
        "GET",
        f"{DATASETS}/{{geo_id}}",
        404,
        values={"geo_id": "GSE999999999"},
        says="A series that is not in the catalogue.",
    ),
    Example("GET", f"{DATASETS}/{{geo_id}}/overview", 200, values=OF_SERIES),
    Example("GET", f"{DATASETS}/{{geo_id}}/downloads", 200, values=OF_SERIES),
    Example("GET", f"{DATASETS}/{{geo_id}}/samples", 200, values=OF_SERIES),
    Example("GET", f"{DATASETS}/{{geo_id}}/similar", 200, values=OF_SERIES),
    Example(
        "POST",
        "/api/v2/workflows/execute",
        200,
        {"workflow_type": "full_analysis", "query": QUESTION, "max_results": 3},
        keeps=("workflow_id", "workflow_id"),
    ),
    Example("GET", "/api/v2/workflows/{workflow_id}", 200),
    Example(
        "POST",
        JOBS,
        202,
        {"workflow_type": "simple_search", "queries": [QUESTION, "liver of fasted rats"]},
        keeps=("id", "job_id"),
    ),
    Example("GET", JOBS, 200, query="status=pending"),
    Example("GET", JOB, 200),
    Example("GET", f"{JOB}/status", 200),
    Example("GET", f"{JOB}/deliveries", 200),
    Example("GET", f"{JOB}/results", 200),
    Example("DELETE", JOB, 200),
    Example("GET", "/api/v2/history/batch-jobs", 200),
    Example("GET", "/api/v2/history/queries", 200, query="page_size=5"),
    Example("GET", "/api/v2/analytics/usage", 200),
    Example("GET", "/api/v2/users/usage", 200),
    Example("GET", "/api/v2/users/quota", 200),
    Example("GET", "/api/v2/cache/stats", 200),
    Example("GET", "/api/v2/auth/me", 200),
    Example(
        "POST",
        "/api/v2/auth/register",
        201,
        {"email": EMAIL, "password": PASSWORD, "full_name": "Mona Example"},
        known=False,
    ),
    Example(
        "POST",
        "/api/v2/auth/login",
        200,
        {"email": EMAIL, "password": PASSWORD},
        known=False,
    ),
    Example("GET", "/api/v2/auth/oauth/providers", 200, known=False),
    Example("POST", "/api/v2/auth/password/reset", 202, {"email": EMAIL}, known=False),
    Example(
        "POST",
        "/api/v2/users/api-keys",
        403,
        {"name": "notebook"},
        says="An API key makes no other one: sign in for that.",
    ),
)
