"""The bridge mcp-proxy between a host on stdio and the server, driven by steps (../README.md)."""

import os
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import ElicitResult

sys.path.insert(0, str(Path(__file__).parent.parent))
import steps  # noqa: E402


class Client(steps.Client):
    def __init__(self, session):
        self._session = session

    async def list(self):
        return [tool.name for tool in (await self._session.list_tools()).tools]

    async def call(self, name, arguments):
        result = await self._session.call_tool(name, arguments)
        return steps.text(result.content, result.isError)

    async def ping(self):
        await self._session.send_ping()

    async def resources(self):
        for resource in (await self._session.list_resources()).resources:
            await self._session.read_resource(resource.uri)

    async def prompts(self):
        for prompt in (await self._session.list_prompts()).prompts:
            await self._session.get_prompt(prompt.name)


async def elicit(context, params):
    return ElicitResult(action="accept", content=steps.answer(getattr(params, "requestedSchema", None)))


@asynccontextmanager
async def connect(url, options):
    arguments = ["--transport", "streamablehttp", url]
    for name, value in options.headers.items():
        arguments += ["--headers", name, value]
    program = str(Path(sys.executable).with_name("mcp-proxy"))
    parameters = StdioServerParameters(command=program, args=arguments, env=dict(os.environ))
    timeout = timedelta(seconds=options.timeout) if options.timeout else None
    async with (
        stdio_client(parameters) as (read, write),
        ClientSession(read, write, read_timeout_seconds=timeout, elicitation_callback=elicit) as session,
    ):
        await session.initialize()
        yield Client(session)


steps.drive(connect)
