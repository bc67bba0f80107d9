"""What every operation of the OpenAPI schema has in common."""

from typing import Any

from common.error_kinds import KINDS
from common.problems import PROBLEM_JSON

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do, for people."},
        "code": {"type": "string", "enum": sorted(KINDS)},
        "request_id": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "For validation_error: field → messages.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "retry_after": {"type": "integer", "description": "For 429: seconds."},
        "policy": {"type": "string", "description": "For 429: the limit that was reached."},
    },
}
REFUSED = {
    "description": "Refused: `code` tells why.",
    "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def add_problems(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Say of every operation what it answers when it refuses (a drf-spectacular hook)."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for method in METHODS:
            if method in operations:
                operations[method]["responses"]["default"] = REFUSED
    return result
