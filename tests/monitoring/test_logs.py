import contextvars
import io
import json
import logging
import logging.config
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.conf import LazySettings
from django.test import Client, RequestFactory
from django.urls import resolve
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from common import request_id
from monitoring import about, celery, logs
from tests.factories import ApiKeyFactory

PLAN = [
    *("timestamp", "level", "correlation_id", "user_id", "endpoint", "method", "status_code"),
    *("duration_ms", "message", "context"),
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.characters(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=12,
)


def handler(form: str = "json") -> tuple[logging.Handler, io.StringIO]:
    """Return the handler that the settings make, and where it writes."""
    configuration = logs.settings(level="DEBUG", form=form)
    formatter = configuration["formatters"]["structured"] | {}
    written = io.StringIO()
    made = logging.StreamHandler(written)
    factory = formatter.pop("()")
    made.setFormatter(factory(**formatter))
    return made, written


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Return what is logged, as the lines that production writes."""
    made, text = handler()
    root = logging.getLogger()
    root.addHandler(made)
    yield text
    root.removeHandler(made)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_an_event_has_the_fields_of_the_plan(written: io.StringIO) -> None:
    with request_id.bound("req-1"):
        structlog.get_logger("omics").warning("cache is cold", level_of="l2")

    (line,) = lines(written)
    assert list(line) == PLAN
    assert (line["level"], line["message"], line["correlation_id"]) == (
        "WARNING",
        "cache is cold",
        "req-1",
    )
    assert line["timestamp"].endswith("Z")
    assert line["context"] == {"level_of": "l2", "logger": "omics"}


def test_loggers_of_libraries_write_the_same_form(written: io.StringIO) -> None:
    logging.getLogger("django.db").warning("slow %s", "query", extra={"seconds": 3})

    (line,) = lines(written)
    assert (line["message"], line["context"]["seconds"]) == ("slow query", 3)


@pytest.mark.django_db
def test_djangos_own_lines_do_not_show_query_strings(written: io.StringIO) -> None:
    Client(headers={"Host": "evil.example"}).get("/?token=hunter2")

    assert lines(written)
    assert "hunter2" not in written.getvalue()


def test_an_exception_is_one_line(written: io.StringIO) -> None:
    try:
        int("two\nlines")
    except ValueError:
        logging.getLogger("omics").exception("it broke")

    (line,) = lines(written)
    assert "ValueError: invalid literal" in line["context"]["exception"]


@pytest.mark.no_cover
@given(st.text(st.characters()), st.dictionaries(st.text(st.characters()), ANYTHING))
def test_a_line_is_one_json_object_whatever_it_holds(
    message: str, context: dict[str, object]
) -> None:
    line = written_as(message, x=context)

    assert "\n" not in line
    assert list(json.loads(line)) == PLAN


class Untellable:
    def __str__(self) -> str:
        raise RuntimeError


def endless() -> dict[str, object]:
    made: dict[str, object] = {}
    made["again"] = made
    return made


@pytest.mark.parametrize(
    "value",
    [
        *(Untellable(), endless(), "\ud800", "a\u2028b\r\nc", 10**50, float("nan")),
        *("x" * 10**7, [["y" * 9_000] * 100] * 100, {"z" * 9_000 + str(n): n for n in range(900)}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_hostile_value_leaves_a_line_of_bounded_length(value: object) -> None:
    line = written_as("x", value=value)

    assert list(json.loads(line)) == PLAN
    assert "\n" not in line
    assert len(line) <= logs.LONGEST_LINE


def written_as(message: str, **context: object) -> str:
    event = {"event": message, "level": "info", **context}
    return logs.to_json(None, "", logs.in_form(None, "", event))


def test_people_can_have_readable_lines() -> None:
    made, text = handler("console")
    record = logging.LogRecord("omics", logging.INFO, "", 1, "ready", None, None)

    made.handle(record)

    assert "ready" in text.getvalue()
    assert not text.getvalue().startswith("{")


def answered(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the one line of the access log, which is standard output."""
    (line,) = capfd.readouterr().out.splitlines()
    read: dict[str, Any] = json.loads(line)
    return read


@pytest.mark.django_db
def test_a_request_is_one_line_that_tells_how_it_went(capfd: pytest.CaptureFixture[str]) -> None:
    key = ApiKeyFactory()

    Client().get(
        "/api/v2/datasets/GSE1?secret=hunter2",
        headers={"X-API-Key": key.text, "X-Request-ID": "req-7"},
    )

    line = answered(capfd)
    assert list(line) == PLAN
    assert line["message"] == "request answered"
    assert line["endpoint"] == "/api/v2/datasets/<str:geo_id>"
    assert (line["method"], line["status_code"], line["level"]) == ("GET", 404, "INFO")
    assert (line["correlation_id"], line["user_id"]) == ("req-7", str(key.user.pk))
    assert line["duration_ms"] > 0
    assert line["timestamp"].endswith("Z")
    assert "hunter2" not in str(line)
    assert key.text not in str(line)


@pytest.mark.django_db
def test_a_request_of_nobody_names_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    Client().generic("BREW", "/")

    assert (answered(capfd) | {"endpoint": ""}).items() >= {
        "user_id": None,
        "method": "other",
        "status_code": 405,
    }.items()


@pytest.mark.parametrize(("level", "lines"), [("DEBUG", 1), ("INFO", 0)])
def test_the_level_of_access_holds_for_its_lines(
    level: str, lines: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(level, logger="access")

    Client().get("/health/live")

    assert len(capfd.readouterr().out.splitlines()) == lines


def test_people_read_the_access_log_among_the_rest(
    settings: LazySettings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.LOG_FORMAT = "console"
    caplog.set_level("DEBUG", logger="access")

    Client().get("/health/live")

    assert "request answered" in caplog.text
    assert capfd.readouterr().out == ""


def test_a_line_in_the_course_of_a_request_tells_which(written: io.StringIO) -> None:
    request = RequestFactory().put("/api/v2/datasets/GSE1")
    request.user = User(email="ada@example.org")
    request.resolver_match = resolve("/api/v2/datasets/GSE1")

    with about.bound(request):
        structlog.get_logger("omics").info("in between")

    (line,) = lines(written)
    told = (line["method"], line["endpoint"], line["user_id"])
    assert told == ("PUT", "/api/v2/datasets/<str:geo_id>", str(request.user.pk))


def taken(headers: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return what lines of a task say, and the id that it has."""
    celery.take_request_id(task=SimpleNamespace(name="index", request=headers))
    return structlog.contextvars.get_contextvars(), request_id.current()


def test_a_task_carries_the_id_of_the_request_that_caused_it() -> None:
    headers: dict[str, Any] = {}

    with request_id.bound("req-9"):
        celery.send_request_id(headers=headers)

    said = contextvars.copy_context().run(taken, headers)
    assert said == ({"correlation_id": "req-9", "task": "index"}, "req-9")


def test_a_task_that_no_request_caused_gets_an_id_of_its_own() -> None:
    headers: dict[str, Any] = {}
    celery.send_request_id(headers=headers)

    said, current = contextvars.copy_context().run(taken, headers)

    assert headers == {}
    assert len(said["correlation_id"]) == 36
    assert said["correlation_id"] == current


def test_what_is_done_between_tasks_has_no_id() -> None:
    with request_id.bound("req-9"):
        headers: dict[str, Any] = {}
        celery.send_request_id(headers=headers)

    def run() -> str | None:
        taken(headers)
        celery.leave_request_id()
        return request_id.current()

    assert contextvars.copy_context().run(run) is None
