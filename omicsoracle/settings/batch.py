"""Many questions at once: docs/batch.md."""

from omicsoracle.settings.processes import *

# Processes that work on the queries of batch jobs, of each worker of the queue `batch`.
BATCH_PROCESSES = env.int("BATCH_PROCESSES", default=2)
# Days for which jobs that have ended are kept, with their results.
BATCH_JOBS_KEPT_DAYS = env.int("BATCH_JOBS_KEPT_DAYS", default=90)
# How many of the workers' turns a job gets beside the jobs of others, by its owner's tier.
BATCH_WEIGHTS = {"free": 1, "pro": 2, "enterprise": 4}
# Where Flower listens, which `manage.py flower` starts; staff see it at /admin/flower/.
FLOWER_URL = env("FLOWER_URL", default="http://127.0.0.1:5555")
# Whether webhooks may lead to this machine and to private networks: for tests, and for development.
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.bool("WEBHOOKS_TO_PRIVATE_ADDRESSES", default=False)
