#!/usr/bin/env bash
# Holds SARIF reports against their schema, and looks at HTML reports in headless Chromium: those that the unit tests wrote
# and .ci/run has added; the pages in the folder named by REPORTS, if that is set. Where there is no Chromium, it says so and
# succeeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

wanted="node $(node --version) $(cat package.json package-lock.json | cksum)"
if [[ "$(cat node_modules/.installed 2>/dev/null)" != "$wanted" ]]; then
    npm ci --silent --no-audit --no-fund
    echo "$wanted" > node_modules/.installed
fi
node --test sarif.test.mjs

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -z $CHROMIUM ]]; then
    echo "skipped: no Chromium found; install it, or name it in CHROMIUM"
    exit 0
fi
export CHROMIUM
node --test report.test.mjs
