"""A small FastAPI application whose endpoints FastApiMCP offers as tools over Streamable HTTP.

The settings come from the environment: MCP_PORT.
"""

import asyncio
import os

import uvicorn
from fastapi import FastAPI
from fastapi_mcp import FastApiMCP

app = FastAPI()


@app.get("/echo", operation_id="echo")
async def echo(message: str) -> str:
    """Answers with the message."""
    return message


@app.get("/sleep", operation_id="sleep")
async def sleep(milliseconds: int) -> str:
    """Answers after the given time."""
    await asyncio.sleep(milliseconds / 1000)
    return f"slept {milliseconds} ms"


mcp = FastApiMCP(app)
mcp.mount_http()

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["MCP_PORT"]))
