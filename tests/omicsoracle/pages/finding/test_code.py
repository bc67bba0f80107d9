"""The lines of a program that ask for what a page shows."""

import ast
import json
import shlex

import pytest
from django.http import QueryDict

from omicsoracle.pages import as_code
from omicsoracle.pages.wanted import body_of

SITE = "https://omicsoracle.example/"
QUESTION = 'TP53 "null" $(id) `x` \\ it\'s'
ADDRESS = QueryDict(mutable=True)
ADDRESS.update(
    {
        "q": QUESTION,
        "organism": "Homo sapiens",
        "min_samples": "20",
        "has_raw_data": "true",
        "mode": "lexical",
        "platform": "",
        "max_results": "50",
    }
)
BODY = {
    "query": QUESTION,
    "filters": {"organism": "Homo sapiens", "min_samples": 20, "has_raw_data": True},
    "mode": "lexical",
    "max_results": 50,
}


def test_an_address_asks_for_what_it_says_in_the_words_of_the_contract() -> None:
    assert body_of(ADDRESS) == BODY


def test_a_shell_sends_exactly_the_body() -> None:
    words = shlex.split(as_code.curl(SITE, BODY))

    assert words[:4] == ["curl", "--silent", "--show-error", f"{SITE}api/v2/agents/search"]
    assert json.loads(words[words.index("--data") + 1]) == BODY


def test_python_asks_the_client_for_the_same() -> None:
    program = ast.parse(as_code.python(SITE, BODY))

    (call,) = [
        node
        for node in ast.walk(program)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "search"
    ]
    named = {one.arg: ast.literal_eval(one.value) for one in call.keywords}
    assert ast.literal_eval(call.args[0]) == QUESTION
    assert named == {
        "mode": "lexical",
        "max_results": 50,
        "organism": "Homo sapiens",
        "min_samples": 20,
        "has_raw_data": True,
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (
            {"query": 'a "b" \\', "filters": {"has_raw_data": False}},
            r'list(query = "a \"b\" \\", filters = list(has_raw_data = FALSE))',
        ),
        ({"query": "α 😀\n"}, r'list(query = "α 😀\n")'),
    ],
)
def test_r_writes_values_its_own_way(value: dict[str, object], written: str) -> None:
    assert f"req_body_json({written})" in as_code.r(SITE, value)
