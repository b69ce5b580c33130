"""A client that talks to nobody and says what it is asked to do: see test.py."""

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import steps  # noqa: E402

at_once = 0


class Fake(steps.Client):
    def __init__(self, url, options):
        self._url = url
        self._timeout = round((options.timeout or 0) * 1000)

    async def list(self):
        return ["one", "two"]

    async def call(self, name, arguments):
        global at_once
        if name == "broken":
            raise RuntimeError("it broke")
        if name == "meet":
            at_once += 1
            for _ in range(500):
                if at_once < 3:
                    await asyncio.sleep(0.01)
            if at_once < 3:
                raise RuntimeError("alone")
        else:
            print(f"did call {name} {json.dumps(arguments, separators=(',', ':'))} {self._timeout}", flush=True)
        return f"{name}\n  said"

    async def ping(self):
        if "without" in self._url:
            raise NotImplementedError
        print("did ping", flush=True)

    async def resources(self):
        print("did resources", flush=True)

    async def prompts(self):
        print("did prompts", flush=True)


@asynccontextmanager
async def connect(url, options):
    era = "modern" if options.modern else "legacy"
    print(f"did connect {url} {era} {options.token or 'no-token'}", flush=True)
    if "refuses" in url:
        raise RuntimeError("refused")
    yield Fake(url, options)
    print("did close", flush=True)
    if "clings" in url:
        raise RuntimeError("it clings")


steps.drive(connect)
