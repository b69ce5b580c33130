"""The stdio server behind the proxy, on the Python SDK that the proxy brings."""

import asyncio

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("mcp-proxy-target")


@mcp.tool()
def echo(message: str) -> str:
    """Answers with the message."""
    return message


@mcp.tool()
async def sleep(milliseconds: int) -> str:
    """Answers after the given time."""
    await asyncio.sleep(milliseconds / 1000)
    return f"slept {milliseconds} ms"


mcp.run(transport="stdio")
