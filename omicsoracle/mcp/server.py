"""The protocol's side: which tools there are, and what comes of calling one."""

from typing import Any

from mcp import MCPError
from mcp.server import Server, ServerRequestContext
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
)

from common.errors import OracleError
from common.version import VERSION
from monitoring import metrics
from omicsoracle.mcp import tools
from omicsoracle.mcp.contract import Caller, Contract

CALLER = "omicsoracle.caller"  # in the scope of an HTTP request
ANSWERED, UNKNOWN = "answered", "unknown"
Context = ServerRequestContext[Any]


def server_of(contract: Contract) -> Server[Any]:
    """Return a server whose tools ask the API by way of this contract."""

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[one.tool for one in tools.all_tools().values()])

    async def call_tool(context: Context, asked: CallToolRequestParams) -> CallToolResult:
        described = tools.all_tools().get(asked.name)
        if described is None:
            metrics.mcp_calls.labels(UNKNOWN, UNKNOWN).inc()
            raise MCPError(INVALID_PARAMS, "There is no such tool: list them.")
        assert context.request is not None  # noqa: S101 (there is no other transport)
        result = await _called(contract, context.request.scope[CALLER], described, asked)
        outcome = (result.structured_content or {})["code"] if result.is_error else ANSWERED
        metrics.mcp_calls.labels(asked.name, outcome).inc()
        return result

    return Server(
        "OmicsOracle",
        version=VERSION,
        instructions=tools.INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _called(
    contract: Contract, caller: Caller, described: tools.Described, asked: CallToolRequestParams
) -> CallToolResult:
    try:
        call = described.call(asked.arguments or {})
        answer = await contract.ask(caller, call.method, call.path, call.body)
    except OracleError as refusal:
        return tools.refusal_of(refusal)
    return tools.result_of(answer, tool=asked.name)
