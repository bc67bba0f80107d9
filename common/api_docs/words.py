"""How JSON Schema is said in a cell of a table."""

import json
from typing import Any

Schema = dict[str, Any]
COMPONENTS = "#/components/schemas/"
BOUNDS = (
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {}"),
    ("maxItems", "at most {}"),
    ("pattern", "as `{}`"),
    ("default", "else `{}`"),
)


def type_of(schema: Schema) -> str:
    """Return the type in a word or two; objects of ours are links to where they are told."""
    if "$ref" in schema:
        return _link(schema["$ref"].removeprefix(COMPONENTS))
    for joined in ("allOf", "oneOf", "anyOf"):
        if joined in schema:
            return " or ".join(type_of(one) for one in schema[joined])
    names = schema.get("type", "anything")
    names = [names] if isinstance(names, str) else names
    return " or ".join(_simple(name, schema) for name in names)


def bounds_of(schema: Schema) -> str:
    """Return what a value must keep to, and what holds without one."""
    said = [
        form.format(json.dumps(schema[name]) if name == "default" else schema[name])
        for name, form in BOUNDS
        if name in schema
    ]
    if "enum" in schema:
        said.insert(0, "one of " + ", ".join(f"`{one}`" for one in schema["enum"]))
    return "; ".join(said)


def table(heading: list[str], rows: list[list[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(_cell(one) for one in line)} |" for line in lines)


def _simple(name: str, schema: Schema) -> str:
    if name == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    if name == "object" and schema.get("additionalProperties"):
        return f"object of {type_of(schema['additionalProperties'])}"
    told: str = schema.get("format", name) if name == "string" else name
    return told


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
