"""Valkey, and Celery on it."""

from datetime import timedelta

from omicsoracle.settings.processes import *

REDIS_URL = env("REDIS_URL", default="") or (
    f"unix://{SOCKET_DIR}/valkey.sock?db={env('VALKEY_DATABASE', default='') or 0}"
)

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_RESULT_BACKEND = None
# Who waits for the broker: a worker long, a request hardly.
BROKER_TIMEOUT = env.float("BROKER_TIMEOUT", default=5.0)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": BROKER_TIMEOUT,
    "socket_connect_timeout": min(1.0, BROKER_TIMEOUT),
    "health_check_interval": 25,
}
if BROKER_TIMEOUT < 1:
    CELERY_BROKER_TRANSPORT_OPTIONS["max_retries"] = 0
    CELERY_BROKER_CONNECTION_MAX_RETRIES = 0
# What takes long has a queue, and workers, of its own: mails do not wait behind it.
CELERY_TASK_ROUTES = {
    "batch.tasks.run_items": {"queue": "batch"},
    "batch.tasks.reconcile": {"queue": "batch"},
}
CELERY_IMPORTS = ["monitoring.task_metrics"]  # connects the signals that count tasks
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "clean-up-cache": {
        "task": "caching.tasks.clean_up",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "warm-what-waits": {
        "task": "caching.tasks.warm_waiting",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "index-what-is-waiting": {
        "task": "discovery.tasks.index_waiting",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "forget-old-workflows": {
        "task": "discovery.tasks.forget_workflows",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "refresh-catalogue": {
        "task": "discovery.tasks.refresh_catalogue",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "send-mail": {
        "task": "accounts.tasks.send_mail",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "warn-of-keys-that-expire": {
        "task": "accounts.tasks.warn_of_expiring_keys",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "look-after-batch-jobs": {
        "task": "batch.tasks.reconcile",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "send-webhooks": {
        "task": "batch.tasks.send_webhooks",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "clean-up-batch": {
        "task": "batch.tasks.clean_up",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "consume-usage": {
        "task": "quotas.tasks.consume_usage",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 5},
    },
    "turn-months-of-usage": {
        "task": "quotas.tasks.turn_months",
        "schedule": timedelta(hours=12),
        "options": {"expires": 3600},
    },
    "turn-months-of-history": {
        "task": "history.tasks.turn_months",
        "schedule": timedelta(hours=12),
        "options": {"expires": 3600},
    },
    "forget-old-questions": {
        "task": "history.tasks.forget_old",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "clean-up-accounts": {
        "task": "accounts.tasks.clean_up",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
}
