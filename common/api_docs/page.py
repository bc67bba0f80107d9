"""The page itself."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from common.api_docs.examples import EXAMPLES, Example
from common.api_docs.words import Schema, bounds_of, table, type_of
from common.schema import METHODS

FILE = "docs/API_V2.1_REFERENCE.md"
HEAD = """# API 2.1

Every call of the API, from the OpenAPI schema that the server gives at `/api/schema` (to try calls: `/docs`). This page is written by `manage.py api_docs`;
a test sends each example over the starter catalogue, and holds the status and the names in its answer against this page.

- **Who asks.** `X-API-Key: oo_…`, or `Authorization: Bearer <token>`, or the browser's session; exactly one. Calls marked *open* need none.
- **Refusals** are `application/problem+json` with a `code`: [errors.md](errors.md).
- **Limits** stand in each answer's headers: [quotas.md](quotas.md).
- **Lists** come in pages: follow `next` until it is null.
- **Names** that a body may not have are refused with 400, so that a misspelt one is not ignored.

In the examples `$SITE` is the server, such as `http://127.0.0.1:8000`, and `$KEY` an API key."""


def file() -> Path:
    return Path(settings.BASE_DIR) / FILE


def page() -> str:
    """Return the page.

    :raises LookupError: if an example is of a call that there is not
    """
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    shown = _by_call(schema["paths"])
    calls: dict[str, list[str]] = defaultdict(list)
    for path, operations in schema["paths"].items():
        for method in METHODS:
            if operation := operations.get(method):
                call = (method.upper(), path)
                calls[operation["tags"][0]].append(_call(*call, operation, shown[call]))
    parts = [HEAD]
    for tag, told in calls.items():
        parts += [f"## {tag.capitalize()}", *told]
    parts.append("## Objects")
    parts += [_object(name, one) for name, one in sorted(schema["components"]["schemas"].items())]
    return "\n\n".join(parts) + "\n"


def _by_call(paths: dict[str, Any]) -> dict[tuple[str, str], list[Example]]:
    by_call: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for one in EXAMPLES:
        if one.method.lower() not in paths.get(one.path, {}):
            raise LookupError(f"There is no {one.method} {one.path}, of which there is an example.")
        by_call[one.method, one.path].append(one)
    return by_call


def _call(method: str, path: str, operation: Schema, examples: list[Example]) -> str:
    is_open = {} in operation.get("security", [])
    parts = [f"### {method} {path}{' (open)' if is_open else ''}", operation.get("description", "")]
    if parameters := operation.get("parameters"):
        rows = [_parameter(one) for one in parameters]
        parts.append(table(["parameter", "in", "type", "", ""], rows))
    parts += [_body(operation), _answers(operation), *(_example(one) for one in examples)]
    return "\n\n".join(part for part in parts if part)


def _parameter(one: Schema) -> list[str]:
    needed = "needed" if one.get("required") else ""
    schema = one["schema"]
    said = "; ".join(filter(None, [bounds_of(schema), one.get("description", "")]))
    return [f"`{one['name']}`", one["in"], type_of(schema), needed, said]


def _body(operation: Schema) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    told = [f"{type_of(one['schema'])} (`{kind}`)" for kind, one in content.items()]
    return f"Takes {', '.join(told)}." if told else ""


def _answers(operation: Schema) -> str:
    told = []
    for status, one in operation["responses"].items():
        if status != "default":
            kinds = [type_of(of["schema"]) for of in one.get("content", {}).values()]
            told.append(f"**{status}** {' or '.join(dict.fromkeys(kinds)) or 'nothing'}")
    return f"Gives {'; '.join(told)}."


def _example(one: Example) -> str:
    path = one.path.format_map(_Named(one.values))
    place = f'"$SITE{path}{"?" if one.query else ""}{one.query}"'
    usual = "GET" if one.body is None else "POST"
    words = ["curl -s", "" if one.method == usual else f"-X {one.method}", place]
    if one.known:
        words.append('-H "X-API-Key: $KEY"')
    if one.body is not None:
        words.append(f"-H \"Content-Type: application/json\" \\\n  -d '{json.dumps(one.body)}'")
    kept = ""
    if one.keeps:
        kept = f" Its `{one.keeps[0]}` is `${one.keeps[1].upper()}` in what follows."
    says = f"{one.says}\n\n" if one.says else ""
    return f"{says}```sh\n{' '.join(filter(None, words))}\n```\n\nGives {one.gives}.{kept}"


class _Named(dict[str, str]):
    """What was not given has the name under which a shell knows it."""

    def __missing__(self, name: str) -> str:
        return f"${name.upper()}"


def _object(name: str, schema: Schema) -> str:
    parts = [f"### {name}", "" if "enum" in schema else schema.get("description", "")]
    if "properties" in schema:
        needed = schema.get("required", [])
        rows = [_field(of, one, of in needed) for of, one in schema["properties"].items()]
        parts.append(table(["field", "type", "", ""], rows))
    else:
        parts.append(f"{type_of(schema).capitalize()}: {bounds_of(schema)}.")
    return "\n\n".join(part for part in parts if part)


def _field(name: str, schema: Schema, needed: bool) -> list[str]:  # noqa: FBT001 (one of three)
    # What drf-spectacular says of choices is their list, which is told where they are.
    description = schema.get("description", "").partition("\n\n* `")[0]
    said = "; ".join(filter(None, [bounds_of(schema), description]))
    return [f"`{name}`", type_of(schema), "" if needed else "may be absent", said]
