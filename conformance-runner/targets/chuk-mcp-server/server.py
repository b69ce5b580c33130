"""A small MCP server on ChukMCPServer, served over HTTP by its own run().

The settings come from the environment: MCP_PORT.
"""

import asyncio
import os

from chuk_mcp_server import run, tool


@tool
def echo(message: str) -> str:
    """Answers with the message."""
    return message


@tool
async def sleep(milliseconds: int) -> str:
    """Answers after the given time."""
    await asyncio.sleep(milliseconds / 1000)
    return f"slept {milliseconds} ms"


if __name__ == "__main__":
    run(transport="http", host="127.0.0.1", port=int(os.environ["MCP_PORT"]))
