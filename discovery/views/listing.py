"""Which agents there are, and what each takes: told by their views and serializers."""

from functools import cache
from typing import Any

from django.urls import path, reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from discovery.serializers import AgentSerializer
from discovery.views.agents import (
    QueryAgentView,
    SearchAgentView,
    SummarizeAgentView,
    ValidateAgentView,
)
from discovery.views.reports import ReportAgentView

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
# In the order in which a workflow asks them.
AGENTS: dict[str, type[APIView]] = {
    "query": QueryAgentView,
    "search": SearchAgentView,
    "validate": ValidateAgentView,
    "summarize": SummarizeAgentView,
    "report": ReportAgentView,
}


class AgentListView(APIView):
    """The agents: what each does, where it is, and the JSON Schema of what it takes."""

    @extend_schema(responses=AgentSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(agents())


@cache
def agents() -> list[dict[str, Any]]:
    """Return what is told of each agent."""
    patterns = [path(name, view.as_view()) for name, view in AGENTS.items()]
    generator: Any = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
    document = generator.get_schema(request=None, public=True)
    schemas = document["components"]["schemas"]
    return [
        {
            "name": name,
            "description": (view.__doc__ or "").strip(),
            "method": "POST",
            "path": reverse(f"agent-{name}"),
            "input_schema": {
                "$schema": JSON_SCHEMA,
                **_body(document["paths"][f"/{name}"], schemas),
            },
        }
        for name, view in AGENTS.items()
    ]


def _body(operations: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    content = operations["post"]["requestBody"]["content"]["application/json"]
    whole: dict[str, Any] = _whole(content["schema"], schemas)
    return whole


def _whole(schema: Any, schemas: dict[str, Any]) -> Any:
    """Return a schema with what it refers to in its place. Bodies take no fields but those named."""
    if isinstance(schema, list):
        return [_whole(one, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    made = {name: _whole(value, schemas) for name, value in schema.items()}
    if len(made.get("allOf", ())) == 1:  # how a description is put beside what is referred to
        made = made.pop("allOf")[0] | made
    return made | {"additionalProperties": False} if "properties" in made else made
