import io
import json
import logging
import logging.config
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from common import request_id
from monitoring import celery, logs
from tests.factories import ApiKeyFactory

PLAN = ["timestamp", "level", "correlation_id", "message", "context"]


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
    assert [name for name in PLAN if name in line] == PLAN
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


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text() | st.binary() | st.floats()))
def test_a_line_is_one_json_object_whatever_it_holds(
    message: str, context: dict[str, object]
) -> None:
    event = {"event": message, "level": "info"} | {f"x{name}": one for name, one in context.items()}

    line = logs.to_json(None, "", logs.in_form(None, "", event))

    assert len(line.splitlines()) <= 1 or "\n" not in line
    assert json.loads(line)["context"].keys() == {f"x{name}" for name in context}


def test_people_can_have_readable_lines() -> None:
    made, text = handler("console")
    record = logging.LogRecord("omics", logging.INFO, "", 1, "ready", None, None)

    made.handle(record)

    assert "ready" in text.getvalue()
    assert not text.getvalue().startswith("{")


@pytest.mark.django_db
def test_a_request_is_one_line_that_tells_how_it_went(written: io.StringIO) -> None:
    key = ApiKeyFactory()

    Client().get(
        "/api/v2/datasets/GSE1?secret=hunter2",
        headers={"X-API-Key": key.text, "X-Request-ID": "req-7"},
    )

    (line,) = [one for one in lines(written) if one["message"] == "request answered"]
    assert line["endpoint"] == "/api/v2/datasets/<str:geo_id>"
    assert (line["method"], line["status_code"], line["level"]) == ("GET", 404, "INFO")
    assert (line["correlation_id"], line["user_id"]) == ("req-7", str(key.user.pk))
    assert line["duration_ms"] > 0
    assert "hunter2" not in written.getvalue()
    assert key.text not in written.getvalue()


@pytest.mark.django_db
def test_a_request_of_nobody_names_nobody(written: io.StringIO) -> None:
    Client().get("/")

    (line,) = [one for one in lines(written) if one["message"] == "request answered"]
    assert line["user_id"] is None


def test_a_task_carries_the_id_of_the_request_that_caused_it() -> None:
    headers: dict[str, Any] = {}

    with request_id.bound("req-9"):
        celery.send_request_id(headers=headers)

    celery.take_request_id(task=SimpleNamespace(name="index", request=headers))
    bound = structlog.contextvars.get_contextvars()
    structlog.contextvars.clear_contextvars()
    assert bound == {"correlation_id": "req-9", "task": "index"}


def test_a_task_that_no_request_caused_gets_an_id_of_its_own() -> None:
    headers: dict[str, Any] = {}
    celery.send_request_id(headers=headers)

    celery.take_request_id(task=SimpleNamespace(name="index", request=headers))

    bound = structlog.contextvars.get_contextvars()
    structlog.contextvars.clear_contextvars()
    assert headers == {}
    assert len(bound["correlation_id"]) == 36
