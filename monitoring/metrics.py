"""What processes count themselves. `monitoring.slots` has where, `monitoring.exposition` adds it up.

What stands in a database or in Valkey anyway is not counted again: collectors read it when they are
asked, those of `monitoring.collectors` and each app's own `metrics` (settings name them all).
`docs/metrics.md` lists everything; a test holds it to this. Labels are of few values: a route's
pattern, never a path; a tier, never a user.
"""

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 30)
TASK_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120)
JOB_SECONDS = (1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400)

# --- Requests ----------------------------------------------------------------------------------
http_requests = Counter(
    "omicsoracle_http_requests",
    "Requests that were answered, by whatever answered them.",
    ["route", "method", "status"],
)
http_request_seconds = Histogram(
    "omicsoracle_http_request_seconds",
    "How long an answer took to make.",
    ["route", "method"],
    buckets=REQUEST_SECONDS,
)
http_in_progress = Gauge(
    "omicsoracle_http_requests_in_progress",
    "Requests that Django is answering.",
    multiprocess_mode="livesum",
)
http_waiting = Gauge(
    "omicsoracle_http_requests_waiting",
    "Requests that wait for a thread, looked at once a second.",
    multiprocess_mode="livesum",
)
http_turned_away = Counter(
    "omicsoracle_http_requests_turned_away",
    "Requests that were refused before Django saw them, since too much was asked.",
    ["reason"],
)
hot_answers = Counter(
    "omicsoracle_hot_path_answers", "Searches that were answered ahead of Django, out of memory."
)

# --- What goes wrong -----------------------------------------------------------------------------
problems = Counter(
    "omicsoracle_problems", "Answers that were problems, by their code.", ["code", "status"]
)
exceptions = Counter(
    "omicsoracle_exceptions", "Faults of ours that ended a request or a task.", ["type", "where"]
)
limits_reached = Counter(
    "omicsoracle_limits_reached",
    "Requests that a limit refused.",
    ["tier", "limit"],
)
counted_alone = Counter(
    "omicsoracle_quota_decisions_alone",
    "Requests that a process counted by itself, since Valkey was away.",
)
usage_lost = Counter(
    "omicsoracle_usage_events_lost",
    "Usage events that were thrown away: neither Valkey nor PostgreSQL took them in time.",
)

# --- What the platform does ----------------------------------------------------------------------
agent_seconds = Histogram(
    "omicsoracle_agent_seconds",
    "How long an agent worked: asked for itself, or as a stage of a workflow.",
    ["agent", "asked"],
    buckets=REQUEST_SECONDS,
)
agent_faults = Counter(
    "omicsoracle_agent_faults", "Stages of workflows that failed, by the agent.", ["agent"]
)
mcp_calls = Counter(
    "omicsoracle_mcp_calls",
    "Tools that agents called, by what came of it: answered, or a problem's code.",
    ["tool", "outcome"],
)
sockets_open = Gauge(
    "omicsoracle_websockets_open",
    "WebSockets that are open.",
    multiprocess_mode="livesum",
)
sockets_refused = Counter(
    "omicsoracle_websockets_refused", "WebSockets that were closed as they opened.", ["code"]
)
task_seconds = Histogram(
    "omicsoracle_task_seconds",
    "How long a Celery task ran.",
    ["task"],
    buckets=TASK_SECONDS,
)
tasks = Counter("omicsoracle_tasks", "Celery tasks that ended, by how.", ["task", "state"])
task_succeeded_at = Gauge(
    "omicsoracle_task_last_success_timestamp_seconds",
    "When a Celery task last ended well.",
    ["task"],
    multiprocess_mode="mostrecent",
)
batch_queries = Counter(
    "omicsoracle_batch_queries", "Queries of batch jobs that ended, by how.", ["outcome"]
)
batch_job_seconds = Histogram(
    "omicsoracle_batch_job_seconds",
    "How long batch jobs took, from when they were sent to their end.",
    ["workflow_type", "status"],
    buckets=JOB_SECONDS,
)
mails = Counter("omicsoracle_mails", "Mails that left the outbox, or could not.", ["outcome"])
