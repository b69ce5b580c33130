#!/usr/bin/env bash
# Starts N nodes (3 by default) that share their sessions in a Redis of their own: see ../nodes-on-redis.sh.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit
export NODE_ENV=production MCP_USE_ANONYMIZED_TELEMETRY=false
MCP_PORT="${MCP_PORT:-8985}" exec bash ../nodes-on-redis.sh "$@"
