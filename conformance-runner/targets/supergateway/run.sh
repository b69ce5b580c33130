#!/usr/bin/env bash
# Starts the gateway with the options that MCP_PORT, MCP_IDLE_TIMEOUT_MS and MCP_STATELESS ask for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

options=(--stdio "node stdio-server.js" --outputTransport streamableHttp --port "$MCP_PORT")
if [[ "${MCP_STATELESS:-false}" != true ]]; then
    options+=(--stateful)
fi
if [[ -n "${MCP_IDLE_TIMEOUT_MS:-}" ]]; then
    options+=("--sessionTimeout=$MCP_IDLE_TIMEOUT_MS")
fi
# With a pipe at its standard input the gateway would stop when that is closed.
exec node node_modules/supergateway/dist/index.js "${options[@]}" < /dev/null
