"""Limits and usage: docs/quotas.md."""

from omicsoracle.settings.processes import *

# Requests a minute that one address may send without a credential, or with a wrong one.
ANONYMOUS_REQUESTS_A_MINUTE = env.int("ANONYMOUS_REQUESTS_A_MINUTE", default=120)
# Searches, summaries, exports of one user that may run at once, and how many seconds one more waits.
QUOTA_EXPENSIVE_AT_ONCE = env.int("QUOTA_EXPENSIVE_AT_ONCE", default=4)
QUOTA_EXPENSIVE_WAIT = env.float("QUOTA_EXPENSIVE_WAIT", default=0.5)
# Processes that count apart while Valkey is away: each lets in its share of a limit.
QUOTA_PROCESSES = env.int("QUOTA_PROCESSES", default=WEB_WORKERS)
USAGE_KEPT_MONTHS = env.int("USAGE_KEPT_MONTHS", default=13)
# Who counts the batch jobs that a user has running: a function of a user.
RUNNING_JOBS = "batch.services.jobs.running_of"
# How many requests users made today: a function of their ids, for `GET admin/users`.
USAGE_TODAY = "quotas.services.usage.today_of"
# Who is told, in the same transaction, that staff changed a user's tier.
TIER_LISTENERS = ["quotas.services.tiers.note_change"]
# Who stores what rides in usage events, in the transaction that stores these.
USAGE_RIDERS = "history.runner.keeping.keep"
