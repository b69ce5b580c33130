"""A small MCP server on litestar-mcp, served by uvicorn.

The settings come from the environment: MCP_PORT.
"""

import asyncio
import os

import uvicorn
from litestar_mcp import MCP

mcp = MCP("litestar-mcp-target")


@mcp.tool()
def echo(message: str) -> str:
    """Answers with the message."""
    return message


@mcp.tool()
async def sleep(milliseconds: int) -> str:
    """Answers after the given time."""
    await asyncio.sleep(milliseconds / 1000)
    return f"slept {milliseconds} ms"


if __name__ == "__main__":
    uvicorn.run(mcp.app, host="127.0.0.1", port=int(os.environ["MCP_PORT"]))
