"""What a client goes through. Prints a line for each step; the first that goes otherwise ends it with status 1."""

import asyncio
import json
import sys
import traceback
import urllib.request
from contextlib import asynccontextmanager

import httpx2
from mcp import Client, ClientSession, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import ClientMessageMetadata
from mcp.types import (
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    ToolListChangedNotification,
)

SECONDS = 60
# What the SDK makes of status 404, and what the server says in an answer.
GONE = (-32600, "Session terminated")
SESSION_NOT_FOUND = -32001


class Admin:
    def __init__(self, url):
        self.url = url

    async def sessions(self):
        return (await self._ask("GET", "/sessions"))["sessions"]

    async def counters(self):
        return await self._ask("GET", "")

    async def expire(self, session):
        await self._ask("POST", f"/sessions/{session}/expire")

    async def terminate(self, session):
        await self._ask("DELETE", f"/sessions/{session}")

    async def _ask(self, method, path):
        def ask():
            with urllib.request.urlopen(urllib.request.Request(self.url + path, method=method)) as reply:
                return json.loads(reply.read() or "null")

        return await asyncio.to_thread(ask)


class Steps:
    name = "start"

    def begin(self, name):
        self.name = name

    def done(self, remark=None):
        print(f"ok  {self.name}" + (f": {remark}" if remark else ""), flush=True)


class Recorder:
    """An HTTP client for the SDK's own, which remembers what was sent."""

    def __init__(self):
        self.sent = []

    def client(self, headers=None):
        async def record(request):
            self.sent.append(request)

        return httpx2.AsyncClient(event_hooks={"request": [record]}, headers=headers, timeout=httpx2.Timeout(SECONDS))

    def resumptions(self):
        return [request for request in self.sent if request.method == "GET" and "last-event-id" in request.headers]


async def call(client, tool, arguments=None):
    return text(await client.call_tool(tool, arguments or {}))


def text(result):
    return result.content[0].text


async def until(condition):
    while not await condition():
        await asyncio.sleep(0.02)


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"expected {wanted!r} but got {got!r}")


async def failure(work):
    try:
        await work
    except MCPError as error:
        return error.error
    raise AssertionError("expected the call to fail")


async def scenario(url, admin, steps):
    recorder = Recorder()

    @asynccontextmanager
    async def connect(mode="legacy", handler=None, delete=True):
        async with recorder.client() as http:
            transport = streamable_http_client(url, http_client=http, terminate_on_close=delete)
            async with Client(transport, mode=mode, message_handler=handler) as client:
                yield client

    steps.begin("without a session")
    async with connect(mode="auto") as client:
        equal(client.protocol_version, "2026-07-28")
        equal(await call(client, "echo", {"message": "hello"}), "hello")
    equal((await admin.counters())["sessions"]["opened"], 0)
    steps.done("in 2026-07-28, if it may choose the revision")

    told = asyncio.Event()

    async def hear(message):
        if isinstance(message, ToolListChangedNotification):
            told.set()

    steps.begin("open")
    async with connect(handler=hear) as client:
        [first] = await admin.sessions()
        equal(first["revision"], "2025-11-25")
        equal(client.protocol_version, "2025-11-25")
        steps.done("a session of 2025-11-25")

        steps.begin("call")
        equal(await call(client, "echo", {"message": "hello"}), "hello")
        steps.done()

        steps.begin("be told")

        async def listens():
            return (await admin.counters())["openStreams"] == 1

        # Only the GET stream carries it, and the client opens that in the background.
        await until(listens)
        await call(client, "announce")
        await told.wait()
        steps.done("that tools have changed, on the GET stream")

        steps.begin("resume")
        before = len(recorder.resumptions())
        equal(await call(client, "poll", {"milliseconds": 200}), "polled for 200 ms")
        if len(recorder.resumptions()) == before:
            raise AssertionError("no GET with Last-Event-ID was sent")
        steps.done("by itself, when the server closes the connection before it has answered")

        steps.begin("resume elsewhere")
        finished = (await admin.counters())["calls"]["finished"]
        await resume_elsewhere(url, admin, connect, recorder, first["id"])
        equal((await admin.counters())["calls"]["finished"], finished + 1)
        steps.done("a second client gets the answer to the call of a first one that has gone")

        steps.begin("be expired")
        await admin.expire(first["id"])
        equal(await admin.sessions(), [])
        error = await failure(call(client, "echo", {"message": "anybody?"}))
        equal((error.code, error.message), GONE)
        steps.done(f"the next call fails: MCPError {error.code}, {error.message}")

    steps.begin("recover")
    async with connect() as client:
        equal(await call(client, "echo", {"message": "again"}), "again")
        [second] = await admin.sessions()
        if second["id"] == first["id"]:
            raise AssertionError("the session has the id of the one that expired")
        steps.done("the application opens another client")

        steps.begin("be terminated in a call")

        async def runs():
            return (await admin.counters())["calls"]["running"] == 1

        hanging = asyncio.create_task(failure(call(client, "sleep", {"milliseconds": 60_000})))
        await until(runs)
        await admin.terminate(second["id"])
        error = await hanging
        equal(error.code, SESSION_NOT_FOUND)
        steps.done(f"the call fails at once: {error.message}")

    steps.begin("delete")
    async with connect():
        [third] = await admin.sessions()
    equal(recorder.sent[-1].method, "DELETE")
    equal(recorder.sent[-1].headers["mcp-session-id"], third["id"])
    equal(await admin.sessions(), [])
    steps.done("when the client is closed")


async def resume_elsewhere(url, admin, connect, recorder, known):
    """Lets a client go away while a call of its runs, and a second one fetch the answer."""
    request = CallToolRequest(params=CallToolRequestParams(name="sleep", arguments={"milliseconds": 200}))
    tokens = asyncio.Queue()
    async with connect(delete=False) as client:
        agreed = client.session.initialize_result
        metadata = ClientMessageMetadata(on_resumption_token_update=tokens.put)
        calling = asyncio.create_task(client.session.send_request(request, CallToolResult, metadata=metadata))
        # That of the event which precedes the result.
        token = await tokens.get()
    await asyncio.gather(calling, return_exceptions=True)
    [session] = [each["id"] for each in await admin.sessions() if each["id"] != known]
    async with (
        recorder.client({"mcp-session-id": session}) as http,
        streamable_http_client(url, http_client=http) as streams,
        ClientSession(*streams) as resumed,
    ):
        resumed.adopt(agreed)
        metadata = ClientMessageMetadata(resumption_token=token)
        equal(text(await resumed.send_request(request, CallToolResult, metadata=metadata)), "slept 200 ms")
    # The client took the session over from another, and leaves it open.
    equal([each["id"] for each in await admin.sessions() if each["id"] != known], [session])
    await admin.terminate(session)


def main():
    url, admin = sys.argv[1:]
    steps = Steps()
    try:
        # Nothing here takes long: whatever hangs is at fault.
        asyncio.run(asyncio.wait_for(scenario(url, Admin(admin), steps), SECONDS))
    except BaseException:
        print(f"FAILED  {steps.name}", flush=True)
        traceback.print_exc()
        sys.exit(1)


main()
