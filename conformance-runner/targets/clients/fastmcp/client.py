"""FastMCP's client, driven by steps (../README.md)."""

import sys
from contextlib import asynccontextmanager
from pathlib import Path

import fastmcp
from fastmcp.client.elicitation import ElicitResult
from fastmcp.client.transports import StreamableHttpTransport

sys.path.insert(0, str(Path(__file__).parent.parent))
import steps  # noqa: E402


class Client(steps.Client):
    def __init__(self, client):
        self._client = client

    async def list(self):
        return [tool.name for tool in await self._client.list_tools()]

    async def call(self, name, arguments):
        return steps.text((await self._client.call_tool(name, arguments)).content)

    async def ping(self):
        if not await self._client.ping():
            raise RuntimeError("no answer")

    async def resources(self):
        for resource in await self._client.list_resources():
            await self._client.read_resource(resource.uri)

    async def prompts(self):
        for prompt in await self._client.list_prompts():
            await self._client.get_prompt(prompt.name)


async def elicit(message, response_type, params, context):
    return ElicitResult(action="accept", content=steps.answer(getattr(params, "requested_schema", None)))


@asynccontextmanager
async def connect(url, options):
    mode = {None: "auto", True: "auto", False: "legacy"}[options.modern]
    transport = StreamableHttpTransport(url, auth=options.token) if options.token else url
    async with fastmcp.Client(transport, mode=mode, timeout=options.timeout, elicitation_handler=elicit) as client:
        yield Client(client)


steps.drive(connect)
