"""Goes through the steps of MCP_SESSION_STEPS (README.md) with a client that the driver makes."""

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

MODERN = {"2026-07-28"}


@dataclass(frozen=True)
class Options:
    timeout: float | None = None
    """Of a request, in seconds; none: the library's own."""
    modern: bool | None = None
    """Whether the revision without sessions is to be spoken, or one with sessions; none: the library's choice."""
    token: str | None = None
    """A bearer token."""

    @property
    def headers(self):
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


class Client:
    """What a driver offers. It leaves out what its library cannot do."""

    async def list(self):
        """The names of the tools."""
        raise NotImplementedError

    async def call(self, name, arguments):
        """What the tool answers; raises an error if the tool failed."""
        raise NotImplementedError

    async def ping(self):
        raise NotImplementedError

    async def resources(self):
        """Lists them and reads each."""
        raise NotImplementedError

    async def prompts(self):
        """Lists them and gets each."""
        raise NotImplementedError


def answer(schema):
    """What the user says to a question: the defaults, and yes to what has none and is yes or no."""
    content = {}
    for name, property in (schema or {}).get("properties", {}).items():
        if "default" in property:
            content[name] = property["default"]
        elif property.get("type") == "boolean":
            content[name] = True
    return content


def text(content, is_error=False):
    """The text of a tool's result."""
    said = " ".join(getattr(part, "text", None) or f"({part.type})" for part in content)
    if is_error:
        raise RuntimeError(f"the tool failed: {said}")
    return said


class Steps:
    def __init__(self, connect, url):
        version = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION")
        self._connect = connect
        self._url = url
        self._options = Options(
            modern=version in MODERN if version else None, token=os.environ.get("MCP_SESSION_TOKEN") or None
        )
        self._open = AsyncExitStack()
        self._tools = []
        self.client = None

    async def take(self, step):
        try:
            said = await self._run(step)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            # Groups of errors and cancelled scopes of the library are a failure of the step as well.
            print(f"failed {step}: {one_line(describe(error))}", file=sys.stderr, flush=True)
            return False
        print(f"ok {step}" + (f": {one_line(said)}" if said else ""), flush=True)
        return True

    async def _run(self, step):
        verb, rest = split(step)
        match verb:
            case "timeout":
                self._options = replace(self._options, timeout=float(rest) / 1000 or None)
            case "server":
                if self.client:
                    raise RuntimeError("connected already")
                self._url, revision, *token = rest.split()
                self._options = Options(modern=revision in MODERN, token=token[0] if token else None)
            case "sleep":
                await asyncio.sleep(float(rest) / 1000)
            case "connect":
                if self.client:
                    raise RuntimeError("connected already")
                self.client = await self._open.enter_async_context(self._connect(self._url, self._options))
            case "close":
                if not self.client:
                    raise RuntimeError("not connected")
                self.client = None
                await self._open.aclose()
            case "parallel":
                count, once = split(rest)
                said = await asyncio.gather(*(self._once(once) for _ in range(int(count))), return_exceptions=True)
                errors = [describe(error) for error in said if isinstance(error, BaseException)]
                if errors:
                    raise RuntimeError(f"{len(errors)} of {count}: {', '.join(sorted(set(errors)))}")
            case _:
                return await self._once(step)

    async def _once(self, step):
        verb, rest = split(step)
        if not self.client:
            raise RuntimeError("not connected")
        match verb:
            case "list":
                self._tools = await self.client.list()
                return " ".join(self._tools)
            case "call":
                name, arguments = split(rest)
                names = self._tools if name == "*" else [name]
                return " ".join([await self.client.call(each, json.loads(arguments or "{}")) for each in names])
            case "ping" | "resources" | "prompts":
                try:
                    await getattr(self.client, verb)()
                except NotImplementedError:
                    raise RuntimeError("the library does not offer it") from None
            case _:
                raise RuntimeError("no such step")


def split(text):
    first, _, rest = text.strip().partition(" ")
    return first, rest.strip()


def describe(error):
    """The error, or those of a group."""
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(describe(each) for each in error.exceptions)
    cause = f", caused by {describe(error.__cause__)}" if error.__cause__ else ""
    return f"{type(error).__name__} {error}{cause}"


def one_line(said):
    return " ".join(said.split())[:500]


async def _drive(connect):
    steps = Steps(connect, sys.argv[-1])
    done = [await steps.take(step.strip()) for step in os.environ["MCP_SESSION_STEPS"].split(";") if step.strip()]
    if steps.client:
        done.append(await steps.take("close"))
    return all(done)


def drive(connect):
    """connect(url, options) is an asynchronous context manager: it gives a Client, and closes it."""
    sys.exit(0 if asyncio.run(_drive(connect)) else 1)
