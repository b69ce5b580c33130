#!/usr/bin/env bash
# Installs the pinned packages into node_modules; does nothing when they are there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

wanted="node $(node --version) $(cat package.json package-lock.json | cksum)"
if [[ "$(cat node_modules/.installed 2>/dev/null)" == "$wanted" ]]; then
    exit 0
fi
# Not ci: an optional package for another system is not in every registry.
npm install --silent --no-save --omit=dev --no-audit --no-fund
echo "$wanted" > node_modules/.installed
