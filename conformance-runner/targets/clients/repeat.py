#!/usr/bin/env python3
"""Lets a client meet one server that does one thing, without the kit, and prints what the client sent.

    repeat.py MODE COMMAND...

Run it in a client's folder with the command of its client.json. COMMAND gets the URL as its last argument and the steps
(README.md) in MCP_SESSION_STEPS, unless that is set already. The server listens on 127.0.0.1, speaks 2025-11-25 with JSON
answers, gives sessions, and knows a tool `echo`. MODE is one of

    plain           nothing special
    404             the session ends at the first tools/call, which gets 404, as all that follows with its id
    404-initialized the session has ended when notifications/initialized comes
    404-get         GET gets 404, and nothing else does
    redirect        the first tools/call is redirected (307) to another port
    new-id          each reply to a request carries another session id
    version:V       initialize is answered with revision V
    slow            initialize is answered after a second
    hang            the first tools/call is not answered for a minute
"""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STEPS = 'timeout 10000;connect;list;call echo {};call echo {};sleep 1000;list;close'
MODES = ["plain", "404", "404-initialized", "404-get", "redirect", "new-id", "slow", "hang"]


class State:
    def __init__(self, mode):
        self.mode = mode
        self.began = time.monotonic()
        self.lock = threading.Lock()
        self.live = set()
        self.opened = 0
        self.answered = 0
        self.done = False
        self.other = 0

    def once(self):
        with self.lock:
            first, self.done = not self.done, True
            return first


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass

    def do_DELETE(self):
        session = self.headers.get("Mcp-Session-Id")
        known = session in self.state.live
        self.state.live.discard(session)
        self.say("DELETE", 200 if known else 404)

    def do_GET(self):
        if not self.path.startswith("/mcp") or self.state.mode == "404-get" or not self.known():
            self.say("GET " + self.path, 404)
            return
        self.note("GET", 200)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.close_connection = True
        try:
            while self.known():
                self.wfile.write(b": quiet\n\n")
                self.wfile.flush()
                time.sleep(0.2)
        except OSError:
            pass

    def do_POST(self):
        state = self.state
        message = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "null")
        method = message.get("method", "a response") if isinstance(message, dict) else "a batch"
        if method == "server/discover":
            self.fail(method, 400, message, -32601, "Method not found")
        elif method == "initialize":
            self.initialize(message)
        elif state.mode == "404-initialized" and method == "notifications/initialized":
            state.live.clear()
            self.fail(method, 404, message, -32001, "Session not found")
        elif state.mode == "404" and method == "tools/call" and self.known() and state.once():
            state.live.clear()
            self.fail(method, 404, message, -32001, "Session not found")
        elif not self.known():
            self.fail(method, 404, message, -32001, "Session not found")
        elif "id" not in message or "method" not in message:
            self.say(method, 202)
        elif state.mode == "redirect" and method == "tools/call" and state.once():
            self.say(method, 307, [("Location", f"http://127.0.0.1:{state.other}/mcp")])
        else:
            if state.mode == "hang" and method == "tools/call" and state.once():
                self.note(method, "not yet")
                time.sleep(60)
            self.answer(message, method)

    def initialize(self, message):
        state = self.state
        if state.mode == "slow":
            time.sleep(1)
        with state.lock:
            state.opened += 1
            session = f"session-{state.opened}"
            state.live.add(session)
        asked = message["params"]["protocolVersion"]
        revision = state.mode.removeprefix("version:") if state.mode.startswith("version:") else "2025-11-25"
        self.note(f"initialize for {asked}", 200)
        self.result(message, {"protocolVersion": revision, "capabilities": {"tools": {}},
                              "serverInfo": {"name": "repeat", "version": "1"}}, [("Mcp-Session-Id", session)])

    def answer(self, message, method):
        headers = []
        if self.state.mode == "new-id":
            with self.state.lock:
                self.state.answered += 1
                session = f"other-{self.state.answered}"
                self.state.live.add(session)
            headers = [("Mcp-Session-Id", session)]
        self.note(method, 200)
        results = {
            "tools/list": {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]},
            "tools/call": {"content": [{"type": "text", "text": "hello"}]},
        }
        self.result(message, results.get(method, {}), headers)

    def known(self):
        return self.headers.get("Mcp-Session-Id") in self.state.live

    def note(self, what, status):
        seen = [f"{name}: {self.headers[name]}" for name in ("Mcp-Session-Id", "MCP-Protocol-Version", "Last-Event-ID")
                if name in self.headers]
        port = self.server.server_address[1]
        line = f"{time.monotonic() - self.state.began:8.3f} s  :{port}  {what} -> {status}  {'  '.join(seen)}\n"
        # In one piece, between the lines of other threads and of the client.
        sys.stdout.write(line)
        sys.stdout.flush()

    def say(self, what, status, headers=(), body=b""):
        self.note(what, status)
        self.reply(status, headers, body)

    def fail(self, what, status, message, code, text):
        error = {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": code, "message": text}}
        self.say(what, status, [("Content-Type", "application/json")], json.dumps(error).encode())

    def result(self, message, result, headers=()):
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
        self.reply(200, [("Content-Type", "application/json"), *headers], body)

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    mode, command = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 2 else ("", [])
    if mode not in MODES and not mode.startswith("version:"):
        sys.exit(__doc__)
    Handler.state = State(mode)
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    Handler.state.other = servers[1].server_address[1]
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{servers[0].server_address[1]}/mcp"
    environment = {"MCP_SESSION_STEPS": STEPS, "MCP_CONFORMANCE_PROTOCOL_VERSION": "2025-11-25", **os.environ}
    environment |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run([*map(str, command), url] if len(command) > 1 else f"{command[0]} {shlex.quote(url)}",
                          shell=len(command) == 1, env=environment)
    print(f"exit {done.returncode}; sessions left: {', '.join(sorted(Handler.state.live)) or 'none'}")


if __name__ == "__main__":
    main()
