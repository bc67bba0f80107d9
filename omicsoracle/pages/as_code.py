"""A search as lines of a program: for a shell, Python and R."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SEARCH = "api/v2/agents/search"
KEY = "OMICSORACLE_API_KEY"  # the variable of the environment that holds a key
USUAL_PYTHON = ("query", "filters", "fallback")  # which the client does not take as they are


@dataclass(frozen=True, slots=True)
class Code:
    language: str
    text: str


def of_search(site: str, body: Mapping[str, Any]) -> list[Code]:
    """Return what asks for the same as a body.

    :param site: its address, with a slash at the end
    """
    return [
        Code("curl", curl(site, body)),
        Code("Python", python(site, body)),
        Code("R", r(site, body)),
    ]


def curl(site: str, body: Mapping[str, Any]) -> str:
    data = shlex.quote(json.dumps(body, ensure_ascii=False))
    return (
        f"curl --silent --show-error {shlex.quote(site + SEARCH)} \\\n"
        f'  --header "X-API-Key: ${KEY}" \\\n'
        "  --header 'Content-Type: application/json' \\\n"
        f"  --data {data}"
    )


def python(site: str, body: Mapping[str, Any]) -> str:
    options = {name: value for name, value in body.items() if name not in USUAL_PYTHON}
    named = "".join(
        f", {name}={value!r}" for name, value in (options | body.get("filters", {})).items()
    )
    return (
        "import os\n\n"
        "from omicsoracle_client import Client\n\n"
        f'with Client({site!r}, api_key=os.environ["{KEY}"]) as client:\n'
        f"    answer = client.search({body['query']!r}{named})\n\n"
        "for one in answer.datasets:\n"
        "    print(one.geo_id, one.relevance_score, one.title)"
    )


def r(site: str, body: Mapping[str, Any]) -> str:
    return (
        "library(httr2)\n\n"
        f"answer <- request({_in_r(site + SEARCH)}) |>\n"
        f'  req_headers_redacted("X-API-Key" = Sys.getenv("{KEY}")) |>\n'
        f"  req_body_json({_in_r(body)}) |>\n"
        "  req_perform() |>\n"
        "  resp_body_json()\n\n"
        'for (one in answer$datasets) cat(one$geo_id, one$relevance_score, one$title, "\\n")'
    )


def _in_r(value: object) -> str:
    """Return a value in R's language: its texts are written as JSON's, its truths in capitals."""
    if isinstance(value, Mapping):
        return f"list({', '.join(f'{name} = {_in_r(one)}' for name, one in value.items())})"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return json.dumps(value, ensure_ascii=False)


def commands(site: str, question: str) -> str:
    """Return what asks a question with the command line of our client."""
    return (
        "pip install ./client\n"
        f"export OMICSORACLE_URL={shlex.quote(site)}\n"
        f"omicsoracle search {shlex.quote(question)}"
    )


def agents(address: str) -> str:
    """Return what a program that works with MCP is told of us."""
    server = {"type": "http", "url": address, "headers": {"X-API-Key": "oo_…"}}
    return json.dumps({"mcpServers": {"omicsoracle": server}}, indent=2, ensure_ascii=False)
