"""LangChain's MCP adapters, driven by steps (../README.md): each request is made in a session of its own."""

import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from langchain_mcp_adapters.callbacks import Callbacks
from langchain_mcp_adapters.client import MultiServerMCPClient
from mcp.types import ElicitResult

sys.path.insert(0, str(Path(__file__).parent.parent))
import steps  # noqa: E402


class Client(steps.Client):
    def __init__(self, client):
        self._client = client
        self._tools = {}

    async def list(self):
        self._tools = {tool.name: tool for tool in await self._client.get_tools()}
        return [*self._tools]

    async def call(self, name, arguments):
        if name not in self._tools:
            await self.list()
        call = {"type": "tool_call", "id": "1", "name": name, "args": arguments}
        message = await self._tools[name].ainvoke(call)
        if message.status == "error":
            raise RuntimeError(f"the tool failed: {message.text}")
        return message.text

    async def resources(self):
        await self._client.get_resources("server")


async def elicit(mcp_context, params, context):
    return ElicitResult(action="accept", content=steps.answer(getattr(params, "requestedSchema", None)))


@asynccontextmanager
async def connect(url, options):
    connection = {"transport": "http", "url": url, "headers": options.headers or None}
    if options.timeout:
        connection["session_kwargs"] = {"read_timeout_seconds": timedelta(seconds=options.timeout)}
    yield Client(MultiServerMCPClient({"server": connection}, callbacks=Callbacks(on_elicitation=elicit)))


steps.drive(connect)
