"""What Celery does for monitoring: request ids travel with tasks, workers show that they live."""

import threading
from typing import Any

import redis
import structlog
from celery import signals

from common import request_id
from monitoring import follower, health

HEADER = "request_id"
EVERY = 10.0  # seconds
logger = structlog.get_logger(__name__)
_stopping = threading.Event()


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: object) -> None:
    """Put the id of the request that causes a task into the task's headers."""
    if current := request_id.current():
        headers[HEADER] = current


@signals.task_prerun.connect
def take_request_id(task: Any, **_: object) -> None:
    """Log what a task does under the id of the request that caused it."""
    request_id.take(request_id.choose(task.request.get(HEADER)))
    structlog.contextvars.bind_contextvars(task=task.name)


@signals.task_postrun.connect
def leave_request_id(**_: object) -> None:
    """Let nothing that is done between tasks go under the id of the last one."""
    request_id.leave()


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Stop Celery from setting up its own: Django's LOGGING holds for workers too."""


@signals.worker_process_init.connect
@signals.worker_ready.connect
@signals.beat_init.connect
def follow(**_: object) -> None:
    """Learn of changes in each of the worker's processes; threads do not survive its forks."""
    follower.start()


@signals.worker_ready.connect
def start_heart(sender: Any, **_: object) -> None:
    """Show that a worker lives that takes the usual work; others' work shows by itself."""
    if sender.app.conf.task_default_queue not in sender.app.amqp.queues.consume_from:
        return
    threading.Thread(target=_beat_until_stopped, name="heartbeat", daemon=True).start()


@signals.worker_shutting_down.connect
def stop_heart(**_: object) -> None:
    _stopping.set()


def _beat_until_stopped() -> None:
    while True:
        try:
            health.beat_heart()
        except redis.RedisError as error:
            logger.warning("no sign of life could be left", error=type(error).__name__)
        if _stopping.wait(EVERY):
            return
