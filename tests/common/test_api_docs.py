"""The reference tells what the API does."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from common.api_docs import page
from common.api_docs.examples import EXAMPLES, Example
from common.api_docs.words import COMPONENTS
from tests.factories import ApiKeyFactory, UserFactory


def test_the_reference_is_up_to_date() -> None:
    """Else: `manage.py api_docs`."""
    assert page.file().read_text(encoding="utf-8") == page.page()


def test_a_command_writes_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "file", lambda: tmp_path / "reference.md")
    monkeypatch.setattr(page, "page", lambda: "# API\n")

    call_command("api_docs")

    assert (tmp_path / "reference.md").read_text(encoding="utf-8") == "# API\n"


def test_an_example_of_a_call_that_there_is_not_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page, "EXAMPLES", [Example("PUT", "/api/v2/agents/search", 200)])

    with pytest.raises(LookupError, match="no PUT /api/v2/agents/search"):
        page.page()


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_each_example_gives_the_status_and_the_names_that_the_reference_tells() -> None:
    call_command("load_starter")
    key = ApiKeyFactory(user=UserFactory(tier="pro")).text
    schema = SchemaGenerator().get_schema(request=None, public=True)
    ids: dict[str, str] = {}

    otherwise = []
    for one in EXAMPLES:
        answer = send(one, key, ids)
        told: Any = answer.json() if answer.content else None
        if answer.status_code != one.gives or not fits(told, described(one, schema), schema):
            otherwise.append((one, answer.status_code, told))
        elif one.keeps:
            field, name = one.keeps
            ids[name] = told[field]

    assert otherwise == []


def send(one: Example, key: str, ids: dict[str, str]) -> Any:
    path = one.path.format(**one.values, **ids)
    return Client(raise_request_exception=False).generic(
        one.method,
        f"{path}?{one.query}",
        "" if one.body is None else json.dumps(one.body),
        "application/json",
        headers={"X-API-Key": key} if one.known else {},
    )


def described(one: Example, schema: Any) -> Any:
    """Return the schema of the answer, or None where there is to be none."""
    answers = schema["paths"][one.path][one.method.lower()]["responses"]
    status = "default" if one.gives >= 400 else str(one.gives)
    assert status in answers, f"{one.method} {one.path} is not said to give {one.gives}"
    answer = answers[status]
    return next((kind["schema"] for kind in answer.get("content", {}).values()), None)


def fits(told: Any, form: Any, schema: Any) -> bool:
    if form is None:
        return told is None
    if "$ref" in form:
        form = schema["components"]["schemas"][form["$ref"].removeprefix(COMPONENTS)]
    if form.get("type") == "array":
        return isinstance(told, list) and all(fits(one, form["items"], schema) for one in told)
    return set(form["required"]) <= set(told) <= set(form["properties"])
