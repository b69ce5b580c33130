"""A small MCP server on the Python SDK, the way its documentation shows one.

The settings come from the environment: MCP_PORT, MCP_IDLE_TIMEOUT_SECONDS and MCP_STATELESS.
"""

import argparse
import os

import anyio
from mcp.server import MCPServer
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

parser = argparse.ArgumentParser()
parser.add_argument("--json-response", action="store_true", help="answer in JSON instead of SSE")
parser.add_argument("--auth", action="store_true", help="ask for the bearer token of Alice or Bob")
arguments = parser.parse_args()

port = int(os.environ["MCP_PORT"])
idle_timeout = os.environ.get("MCP_IDLE_TIMEOUT_SECONDS")
stateless = os.environ.get("MCP_STATELESS") == "true"

ENDPOINT = f"http://127.0.0.1:{port}/mcp"
TOKENS = {
    token: AccessToken(token=token, client_id="conformance", subject=subject, scopes=["use"], resource=ENDPOINT)
    for token, subject in {"alice-secret": "alice", "bob-secret": "bob"}.items()
}


class StaticTokenVerifier(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        return TOKENS.get(token)


if arguments.auth:
    mcp = MCPServer(
        "python-sdk-target",
        token_verifier=StaticTokenVerifier(),
        auth=AuthSettings(
            issuer_url=AnyHttpUrl("https://auth.example.com"),
            resource_server_url=AnyHttpUrl(ENDPOINT),
            required_scopes=["use"],
        ),
    )
else:
    mcp = MCPServer("python-sdk-target")


@mcp.tool()
def echo(message: str) -> str:
    """Answers with the message."""
    return message


@mcp.tool()
async def sleep(milliseconds: int) -> str:
    """Answers after the given time."""
    await anyio.sleep(milliseconds / 1000)
    return f"slept {milliseconds} ms"


if __name__ == "__main__":
    mcp.run(
        transport="streamable-http",
        host="127.0.0.1",
        port=port,
        json_response=arguments.json_response,
        stateless_http=stateless,
        session_idle_timeout=None if idle_timeout is None else float(idle_timeout),
    )
