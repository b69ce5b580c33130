#!/usr/bin/env bash
# Starts N nodes (3 by default) of the Node.js program in the working directory, server.js, which share their sessions in a
# Redis of their own; prints the URL of each, and stops all of them when it is ended. MCP_PORT is the port of the first node.
# Needs redis-server. The Redis listens on the port before those of the nodes, and keeps nothing on disk.
set -euo pipefail

nodes="${1:-3}"
first="$MCP_PORT"
started=()
trap 'kill "${started[@]}" 2>/dev/null; wait' EXIT
trap 'exit 143' INT TERM

redis-server --bind 127.0.0.1 --port "$((first - 1))" --save '' --appendonly no > /dev/null &
started+=("$!")
until [[ "$(redis-cli -p "$((first - 1))" ping 2>/dev/null)" == PONG ]]; do
    kill -0 "${started[0]}"
    sleep 0.1
done
for ((node = 0; node < nodes; node++)); do
    MCP_PORT="$((first + node))" MCP_STORE="redis://127.0.0.1:$((first - 1))" node server.js &
    started+=("$!")
    echo "http://127.0.0.1:$((first + node))/mcp"
done
wait
