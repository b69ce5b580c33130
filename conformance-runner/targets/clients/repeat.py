#!/usr/bin/env python3
"""Lets a client meet one server that does one thing, without the kit, and prints what the client sent.

    repeat.py MODE COMMAND...

Run it in a client's folder with the command of its client.json. COMMAND gets the URL as its last argument and the steps
(README.md) in MCP_SESSION_STEPS, unless that is set already. The server listens on 127.0.0.1, speaks 2025-11-25 with JSON
answers, gives sessions, and knows a tool `echo`; with a MODE that begins with `modern`, it speaks 2026-07-28, without sessions.
Authorization is shown as yes. MODE is one of

    plain           nothing special
    404             the session ends at the first tools/call, which gets 404, as all that follows with its id
    404-initialized the session has ended when notifications/initialized comes
    404-get         GET gets 404, and nothing else does
    redirect        the first tools/call is redirected (307) to another port
    new-id          each reply to a request carries another session id
    version:V       initialize is answered with revision V
    slow            initialize is answered after a second
    hang            the first tools/call is not answered for a minute
    202             the first tools/call gets 202
    lost            the stream that answers the first tools/call ends with nothing in it
    cut             it ends after an event with an id
    get-ends        each GET gets a stream that ends at once, with `retry: 0`
    delete-hangs    DELETE is not answered for a minute
    ping            a ping comes in the stream that answers tools/call, and the result a second later
    foreign         a response with the id `nobody-asked` comes in it, before the right one
    parallel-404    the session ends 300 ms after the first of several tools/call; all of them get 404
    token           the client is given a bearer token
    events:FORM     answers are event streams: plain, comments, unknown (a field that has no meaning), crlf, lines (several
                    data lines), bytes (one at a time), or cr (CR ends lines)
    modern          nothing special
    modern:banana   the result of tools/call is of the type banana
    modern:refused  server/discover is refused, with -32022
    modern:ids      replies have a session id, and the stream that answers tools/call ends after an event with an id
    modern:ping     as ping
    modern:names    the tool is called `wörld`
    modern:tools    a second tool has an x-mcp-header that is empty, which a client has to leave out of its list
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
FORMS = ["plain", "comments", "unknown", "crlf", "lines", "bytes", "cr"]
MODES = ["plain", "404", "404-initialized", "404-get", "redirect", "new-id", "slow", "hang", "202", "lost", "cut", "get-ends",
         "delete-hangs", "ping", "foreign", "parallel-404", "token", *(f"events:{form}" for form in FORMS),
         "modern", *(f"modern:{what}" for what in ("banana", "refused", "ids", "ping", "names", "tools"))]
MODERN = "2026-07-28"


HELLO = {"content": [{"type": "text", "text": "hello"}]}
OTHER = {"content": [{"type": "text", "text": "an answer that nobody asked for"}]}


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
        self.modern = mode.startswith("modern")
        self.tool = "wörld" if mode == "modern:names" else "echo"
        self.dying = None

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
        if self.state.mode == "delete-hangs":
            self.note("DELETE", "not yet")
            time.sleep(60)
        self.state.live.discard(session)
        self.say("DELETE", 200 if known else 404)

    def do_GET(self):
        if not self.path.startswith("/mcp") or self.state.mode == "404-get" or not self.known():
            self.say("GET " + self.path, 404)
            return
        self.note("GET", 200)
        self.stream()
        if self.state.mode == "get-ends":
            self.event("retry: 0\n\n")
            return
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
        method = message.get("method", f"a response {json.dumps(message)}") if isinstance(message, dict) else "a batch"
        if state.modern:
            self.modern(message, method)
        elif method == "server/discover":
            self.fail(method, 400, message, -32601, "Method not found")
        elif method == "initialize":
            self.initialize(message)
        elif state.mode == "404-initialized" and method == "notifications/initialized":
            state.live.clear()
            self.fail(method, 404, message, -32001, "Session not found")
        elif state.mode == "parallel-404" and method == "tools/call" and self.known() and state.dying is None:
            state.dying = self.headers["Mcp-Session-Id"]
            time.sleep(0.3)
            state.live.discard(state.dying)
            self.fail(method, 404, message, -32001, "Session not found")
        elif state.mode == "parallel-404" and method == "tools/call" and self.headers.get("Mcp-Session-Id") == state.dying:
            while self.known():
                time.sleep(0.02)
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
        if method == "tools/call" and self.unusual(message):
            return
        self.note(method, 200)
        tools = [{"name": self.state.tool, "inputSchema": {"type": "object"}}]
        if self.state.mode == "modern:tools":
            region = {"type": "string", "x-mcp-header": ""}
            tools.append({"name": "broken", "inputSchema": {"type": "object", "properties": {"region": region}}})
        results = {
            "tools/list": {"tools": tools},
            "tools/call": HELLO,
        }
        self.result(message, results.get(method, {}), headers)

    def unusual(self, message):
        """Answers a tools/call as the mode says; returns whether it did."""
        mode = self.state.mode.removeprefix("modern:")
        if mode == "202" and self.state.once():
            self.say("tools/call", 202)
        elif mode in ("lost", "cut", "ids") and self.state.once():
            self.note("tools/call", 200)
            self.stream()
            self.event(": no more\n\n" if mode == "lost" else "id: event-1\nretry: 100\ndata:\n\n")
        elif mode in ("ping", "foreign"):
            self.note("tools/call", 200)
            self.stream()
            other = {"id": "ping-1", "method": "ping"} if mode == "ping" else {"id": "nobody-asked", "result": OTHER}
            if self.state.modern and "result" in other:
                other["result"] |= {"resultType": "complete"}
            self.event(f"data: {json.dumps({'jsonrpc': '2.0'} | other)}\n\n")
            time.sleep(1)
            self.event(f"data: {json.dumps(self.response(message, HELLO))}\n\n")
        else:
            return False
        return True

    def modern(self, message, method):
        mode = self.state.mode
        if "id" not in message or "method" not in message:
            self.say(method, 202)
        elif method == "initialize" or mode == "modern:refused":
            self.fail(method, 400, message, -32022, "Unsupported protocol version",
                      {"supported": ["2099-01-01"], "requested": MODERN})
        elif method == "server/discover":
            self.note(method, 200)
            self.result(message, {"supportedVersions": [MODERN], "capabilities": {"tools": {}}, "ttlMs": 0,
                                  "cacheScope": "private", "serverInfo": {"name": "repeat", "version": "1"}})
        else:
            self.answer(message, method)

    def response(self, message, result):
        if self.state.modern:
            kind = "banana" if self.state.mode == "modern:banana" and message["method"] == "tools/call" else "complete"
            extra = {"ttlMs": 0, "cacheScope": "private"} if message["method"] == "tools/list" else {}
            result = {"resultType": kind} | extra | result
        return {"jsonrpc": "2.0", "id": message["id"], "result": result}

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if self.state.mode == "modern:ids":
            self.send_header("Mcp-Session-Id", "session-1")
        self.end_headers()
        self.close_connection = True

    def event(self, text):
        self.wfile.write(text.encode())
        self.wfile.flush()

    def known(self):
        return self.headers.get("Mcp-Session-Id") in self.state.live

    def note(self, what, status):
        shown = ["Mcp-Session-Id", "MCP-Protocol-Version", "Last-Event-ID"] + ["Mcp-Name"] * self.state.modern
        seen = [f"{name}: {self.headers[name]}" for name in shown if name in self.headers]
        seen += ["Authorization: yes"] * ("Authorization" in self.headers)
        port = self.server.server_address[1]
        line = f"{time.monotonic() - self.state.began:8.3f} s  :{port}  {what} -> {status}  {'  '.join(seen)}\n"
        # In one piece, between the lines of other threads and of the client.
        sys.stdout.write(line)
        sys.stdout.flush()

    def say(self, what, status, headers=(), body=b""):
        self.note(what, status)
        self.reply(status, headers, body)

    def fail(self, what, status, message, code, text, data=None):
        error = {"jsonrpc": "2.0", "id": message.get("id"),
                 "error": {"code": code, "message": text} | ({"data": data} if data else {})}
        self.say(what, status, [("Content-Type", "application/json")], json.dumps(error).encode())

    def result(self, message, result, headers=()):
        response = self.response(message, result)
        if self.state.mode == "modern:ids":
            headers = [*headers, ("Mcp-Session-Id", "session-1")]
        if not self.state.mode.startswith("events:"):
            self.reply(200, [("Content-Type", "application/json"), *headers], json.dumps(response).encode())
            return
        form = self.state.mode.removeprefix("events:")
        text = {
            "comments": f": a comment\n\n:\nevent: message\n: another\ndata: {json.dumps(response)}\n\n: a third\n\n",
            "unknown": f"event: message\ndata: {json.dumps(response)}\nx-unknown: a field of no meaning\n\n",
            "crlf": f"event: message\r\ndata: {json.dumps(response)}\r\n\r\n",
            "cr": f"event: message\rdata: {json.dumps(response)}\r\r",
            "lines": "data:" + json.dumps(response, indent=1).replace("\n", "\ndata: ") + "\n\n",
        }.get(form, f"event: message\ndata: {json.dumps(response)}\n\n")
        self.send_response(200)
        for name, value in [("Content-Type", "text/event-stream"), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        for part in text if form == "bytes" else [text]:
            self.event(part)

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
    environment = {"MCP_SESSION_STEPS": STEPS, **os.environ,
                   "MCP_CONFORMANCE_PROTOCOL_VERSION": MODERN if Handler.state.modern else "2025-11-25"}
    if mode == "modern:names":
        environment["MCP_SESSION_STEPS"] = "connect;list;call * {};close"
    if mode == "parallel-404" and "MCP_SESSION_STEPS" not in os.environ:
        environment["MCP_SESSION_STEPS"] = "connect;list;parallel 5 call echo {};sleep 1000;call echo {};close"
    if mode == "token":
        environment["MCP_SESSION_TOKEN"] = "secret"
    environment |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run([*map(str, command), url] if len(command) > 1 else f"{command[0]} {shlex.quote(url)}",
                          shell=len(command) == 1, env=environment)
    print(f"exit {done.returncode}; sessions left: {', '.join(sorted(Handler.state.live)) or 'none'}")


if __name__ == "__main__":
    main()
