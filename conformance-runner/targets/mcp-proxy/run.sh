#!/usr/bin/env bash
# Starts the proxy with the options that MCP_PORT and MCP_STATELESS ask for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

options=(--host 127.0.0.1 --port "$MCP_PORT")
if [[ "${MCP_STATELESS:-false}" == true ]]; then
    options+=(--stateless)
fi
exec .venv/bin/mcp-proxy "${options[@]}" -- .venv/bin/python stdio_server.py
