#!/usr/bin/env bash
# Looks at HTML reports in headless Chromium: those that the unit tests wrote, or those in the folder named by REPORTS.
# Where there is no Chromium, it says so and succeeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -z $CHROMIUM ]]; then
    echo "skipped: no Chromium found; install it, or name it in CHROMIUM"
    exit 0
fi
export CHROMIUM
wanted="node $(node --version) $(cat package.json package-lock.json | cksum)"
if [[ "$(cat node_modules/.installed 2>/dev/null)" != "$wanted" ]]; then
    npm ci --silent --no-audit --no-fund
    echo "$wanted" > node_modules/.installed
fi
node --test report.test.mjs
