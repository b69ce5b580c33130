"""A client on the Python SDK, driven by steps (../README.md)."""

import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import mcp
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult

sys.path.insert(0, str(Path(__file__).parent.parent))
import steps  # noqa: E402


class Client(steps.Client):
    def __init__(self, client):
        self._client = client

    async def list(self):
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, name, arguments):
        result = await self._client.call_tool(name, arguments)
        return steps.text(result.content, result.is_error)

    async def ping(self):
        await self._client.send_ping()

    async def resources(self):
        for resource in (await self._client.list_resources()).resources:
            await self._client.read_resource(resource.uri)

    async def prompts(self):
        for prompt in (await self._client.list_prompts()).prompts:
            await self._client.get_prompt(prompt.name)


async def elicit(context, params):
    return ElicitResult(action="accept", content=steps.answer(getattr(params, "requested_schema", None)))


@asynccontextmanager
async def connect(url, options):
    mode = {None: "auto", True: "auto", False: "legacy"}[options.modern]
    settings = {"mode": mode, "read_timeout_seconds": options.timeout, "elicitation_callback": elicit}
    if not options.token:
        async with mcp.Client(url, **settings) as client:
            yield Client(client)
        return
    # Headers are the HTTP client's affair, with the SDK's own timeouts.
    async with (
        httpx2.AsyncClient(
            headers=options.headers, follow_redirects=True, timeout=httpx2.Timeout(30, read=300)
        ) as http,
        mcp.Client(streamable_http_client(url, http_client=http), **settings) as client,
    ):
        yield Client(client)


steps.drive(connect)
