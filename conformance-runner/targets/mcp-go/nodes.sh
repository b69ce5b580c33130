#!/usr/bin/env bash
# Starts N nodes (3 by default) as a deployment of several replicas would, prints the URL of each, and stops all of them when it
# is ended. The nodes share nothing: by default the package accepts every session id of its form on every replica.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

nodes="${1:-3}"
first="${MCP_PORT:-8975}"
started=()
trap 'kill "${started[@]}" 2>/dev/null; wait' EXIT
trap 'exit 143' INT TERM

for ((node = 0; node < nodes; node++)); do
    MCP_PORT="$((first + node))" bin/server &
    started+=("$!")
    echo "http://127.0.0.1:$((first + node))/mcp"
done
wait
