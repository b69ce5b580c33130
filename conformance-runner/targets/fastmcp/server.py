"""A small MCP server on FastMCP, served by uvicorn from its ASGI app.

The settings come from the environment: MCP_PORT, MCP_IDLE_TIMEOUT_SECONDS and MCP_STATELESS.
"""

import argparse
import asyncio
import os

import fastmcp
import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier

parser = argparse.ArgumentParser()
parser.add_argument("--json-response", action="store_true", help="answer in JSON instead of SSE")
parser.add_argument("--auth", action="store_true", help="ask for the bearer token of Alice or Bob")
arguments = parser.parse_args()

port = int(os.environ["MCP_PORT"])
idle_timeout = os.environ.get("MCP_IDLE_TIMEOUT_SECONDS")
stateless = os.environ.get("MCP_STATELESS") == "true"

verifier = StaticTokenVerifier(
    tokens={
        "alice-secret": {"client_id": "conformance", "sub": "alice", "scopes": []},
        "bob-secret": {"client_id": "conformance", "sub": "bob", "scopes": []},
    }
)

mcp = FastMCP("fastmcp-target", auth=verifier if arguments.auth else None)


@mcp.tool
def echo(message: str) -> str:
    """Answers with the message."""
    return message


@mcp.tool
async def sleep(milliseconds: int) -> str:
    """Answers after the given time."""
    await asyncio.sleep(milliseconds / 1000)
    return f"slept {milliseconds} ms"


if idle_timeout is None:
    # In the call below None would stand for this setting, which is 30 minutes when nobody sets it.
    fastmcp.settings.http_session_idle_timeout = None

app = mcp.http_app(
    json_response=arguments.json_response,
    stateless_http=stateless,
    session_idle_timeout=None if idle_timeout is None else float(idle_timeout),
)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=port)
