#!/usr/bin/env python3
"""Whether the drivers walk through MCP_SESSION_STEPS as ../README.md says, in each language that has a file for it.

    test.py [LANGUAGE ...]      javascript, python, go, java; default: those whose tools are installed, in CI all

Each runs with a client that talks to nobody and prints what it is asked to do. `../drive` is held against the table of
scenarios in the README. Exit status: 0 if all is as it says, 1 if not.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIENTS = HERE.parent
URL = "http://127.0.0.1:1/mcp"


def environment(**more):
    return {k: v for k, v in os.environ.items() if not k.startswith("MCP_")} | more


def run(*command, **options):
    return subprocess.run([*map(str, command)], check=True, **options)


def javascript(_):
    return ["node", HERE / "fake.js"]


def python(_):
    return [sys.executable, HERE / "fake.py"]


def go(folder):
    (folder / "go.mod").write_text(
        "module dev.mcpsession/fake\n\ngo 1.25.0\n\nrequire dev.mcpsession/clients/steps v0.0.0\n\n"
        f"replace dev.mcpsession/clients/steps => {CLIENTS / 'steps-go'}\n")
    shutil.copy(HERE / "fake-go/main.go", folder)
    run("go", "build", "-o", "fake", ".", cwd=folder)
    return [folder / "fake"]


def java(folder):
    sources = [HERE / "fake-java/Fake.java", *(CLIENTS / "steps-java").rglob("*.java")]
    run("javac", "-d", folder, *sources)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", folder, "dev.mcpsession.clients.Fake"]


LANGUAGES = {"javascript": (javascript, "node"), "python": (python, "python3"), "go": (go, "go"), "java": (java, "javac")}

# What it is about; the steps; the lines that come of them, where "failed STEP" stands for any reason; the exit status. The
# URL that a driver is started with has a path that the fake client knows, if one is given.
CASES = [
    ("steps in their order, with blanks around them and empty ones between",
     ' connect ;; list;call one {"a":5,"b":3} ;close;', "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "ok list: one two", 'did call one {"a":5,"b":3} 0',
      'ok call one {"a":5,"b":3}: one said', "did close", "ok close"], 0),
    ("a failed step does not keep the next from being taken",
     "connect;call broken {};call one {};close", "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "failed call broken {}", "did call one {} 0",
      "ok call one {}: one said", "did close", "ok close"], 1),
    ("nothing is asked of a client that is not open",
     "list;call one {};ping;close", "/mcp",
     ["failed list", "failed call one {}", "failed ping", "failed close"], 1),
    ("arguments are an object, empty if none are given",
     'connect;call one;call one {"a":"x\\u003by"};close', "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "did call one {} 0", "ok call one: one said",
      'did call one {"a":"x;y"} 0', 'ok call one {"a":"x\\u003by"}: one said', "did close", "ok close"], 0),
    ("every tool of the last list",
     "connect;list;call * {};close", "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "ok list: one two", "did call one {} 0", "did call two {} 0",
      "ok call * {}: one said two said", "did close", "ok close"], 0),
    ("what has no arguments",
     "connect;ping;resources;prompts;close", "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "did ping", "ok ping", "did resources", "ok resources",
      "did prompts", "ok prompts", "did close", "ok close"], 0),
    ("several at once",
     "connect;parallel 3 call meet {};close", "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "ok parallel 3 call meet {}", "did close", "ok close"], 0),
    ("several at once, which all have to succeed",
     "connect;parallel 2 call broken {};close", "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "failed parallel 2 call broken {}", "did close", "ok close"], 1),
    ("another server, revision and token, and the library's own timeout",
     "timeout 1500;connect;call one {};close;server http://127.0.0.1:2/mcp 2025-06-18 secret;connect;call one {};close;"
     "server http://127.0.0.1:3/mcp 2025-11-25;connect;close", "/mcp",
     ["ok timeout 1500", f"did connect {URL} legacy no-token", "ok connect", "did call one {} 1500",
      "ok call one {}: one said", "did close", "ok close", "ok server http://127.0.0.1:2/mcp 2025-06-18 secret",
      "did connect http://127.0.0.1:2/mcp legacy secret", "ok connect", "did call one {} 0", "ok call one {}: one said",
      "did close", "ok close", "ok server http://127.0.0.1:3/mcp 2025-11-25",
      "did connect http://127.0.0.1:3/mcp legacy no-token", "ok connect", "did close", "ok close"], 0),
    ("no other server while a client is open",
     "connect;server http://127.0.0.1:2/mcp 2025-11-25;close;connect;close", "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "failed server http://127.0.0.1:2/mcp 2025-11-25", "did close",
      "ok close", f"did connect {URL} legacy no-token", "ok connect", "did close", "ok close"], 1),
    ("the library's own timeout again",
     "timeout 1500;timeout 0;connect;sleep 1;call one {};close", "/mcp",
     ["ok timeout 1500", "ok timeout 0", f"did connect {URL} legacy no-token", "ok connect", "ok sleep 1",
      "did call one {} 0", "ok call one {}: one said", "did close", "ok close"], 0),
    ("what is open at the end is closed",
     "connect;list", "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "ok list: one two", "did close", "ok close"], 0),
    ("one client at a time",
     "connect;connect;close;close", "/mcp",
     [f"did connect {URL} legacy no-token", "ok connect", "failed connect", "did close", "ok close", "failed close"], 1),
    ("a client that cannot connect is not open",
     "connect;list;close", "/refuses",
     ["did connect http://127.0.0.1:1/refuses legacy no-token", "failed connect", "failed list", "failed close"], 1),
    ("a client that closes badly is not open any more",
     "connect;close;connect;close", "/clings",
     2 * ["did connect http://127.0.0.1:1/clings legacy no-token", "ok connect", "did close", "failed close"], 1),
    ("what the library cannot do, and no step at all",
     "connect;ping;dance;close", "/without",
     ["did connect http://127.0.0.1:1/without legacy no-token", "ok connect", "failed ping", "failed dance", "did close",
      "ok close"], 1),
]


def lines(output):
    """Without the reasons of failures, which each library words in its way."""
    return [re.sub(r"^(failed .*?): .*", r"\1", line) if line.startswith("failed ") else line
            for line in output.splitlines()]


def expected(wanted):
    return [re.sub(r"^(failed .*?): .*", r"\1", line) if line.startswith("failed ") else line for line in wanted]


def walks(language, command, base):
    good = True
    modern = [] if language == "java" else [(
        "the revision without sessions",
        "server http://127.0.0.1:2/mcp 2026-07-28;connect;close", "/mcp",
        ["ok server http://127.0.0.1:2/mcp 2026-07-28", "did connect http://127.0.0.1:2/mcp modern no-token", "ok connect",
         "did close", "ok close"], 0)]
    for title, steps, path, wanted, status in CASES + modern:
        done = subprocess.run(
            [*map(str, command), URL.replace("/mcp", path)], env=environment(MCP_SESSION_STEPS=steps),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, cwd=base)
        got = lines(done.stdout)
        if got != expected(wanted) or done.returncode != status:
            good = False
            print(f"{language}: {title}\n  steps     {steps}\n  expected  {wanted}, status {status}\n"
                  f"  but       {got}, status {done.returncode}")
    # The first server is named by variables.
    done = subprocess.run(
        [*map(str, command), URL], env=environment(MCP_SESSION_STEPS="connect;close", MCP_SESSION_TOKEN="secret",
                                                   MCP_CONFORMANCE_PROTOCOL_VERSION="2025-06-18"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, cwd=base)
    if f"did connect {URL} legacy secret" not in done.stdout:
        good = False
        print(f"{language}: the variables of the first server\n  but       {done.stdout}")
    print(f"{language}: {len(CASES) + len(modern) + 1} walks {'as documented' if good else 'with mistakes'}", flush=True)
    return good


def scenarios():
    """The table of the README, and what `drive` makes of each scenario."""
    good = True

    def drive(**variables):
        return subprocess.run([CLIENTS / "drive", "sh", "-c", 'printf %s "$MCP_SESSION_STEPS"'], text=True,
                              env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    table = re.findall(r"^\| (`[a-z0-9_`, -]+`) \| (`connect;.*) \|$", (CLIENTS / "README.md").read_text(), re.MULTILINE)
    named = [(name, how) for names, how in table for name in re.findall(r"`([^`]+)`", names)]
    for name, how in named:
        made = drive(MCP_CONFORMANCE_SCENARIO=name).stdout
        # The last row tells of four calls in words.
        told = re.fullmatch(r"`([^`]+)`", how)
        if made != told[1] if told else len(re.findall(r"call test_mrtr_\w+ \{\}", made)) != 4:
            good = False
            print(f"drive: {name} is to be {how}, but is {made}")
    if len(named) < 8:
        good = False
        print(f"drive: the README has a table of {len(named)} scenarios only")
    if drive(MCP_CONFORMANCE_SCENARIO="tools_call", MCP_SESSION_STEPS="list").stdout != "list":
        good = False
        print("drive: steps that are given are to go first")
    for variables in ({"MCP_CONFORMANCE_SCENARIO": "made-up"}, {}):
        done = drive(**variables)
        if done.returncode != 1 or done.stdout or not done.stderr.startswith("drive: "):
            good = False
            print(f"drive: {variables} is to be refused with status 1, but: {done}")
    print(f"drive: {len(named)} scenarios {'as documented' if good else 'with mistakes'}", flush=True)
    return good


def main():
    chosen = sys.argv[1:] or list(LANGUAGES)
    if unknown := set(chosen) - set(LANGUAGES):
        print(f"no language {', '.join(unknown)}; there are {', '.join(LANGUAGES)}", file=sys.stderr)
        return 2
    good = scenarios()
    for language in chosen:
        build, tool = LANGUAGES[language]
        if not shutil.which(tool):
            print(f"{language}: {tool} is missing")
            good = good and not sys.argv[1:]
            continue
        with tempfile.TemporaryDirectory() as folder:
            good = walks(language, build(Path(folder)), folder) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
