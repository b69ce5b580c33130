#!/usr/bin/env bash
# Packages: mcp-proxy 0.13.0 and 0.12.0, mcp 2.3.0 (PyPI)
# Expected: who asks pip for mcp-proxy beside the newest mcp gets one that works, or is told that there is none:
#           0.13.0 says that it needs mcp below 2.
# Observed: pip goes back to 0.12.0, which asks for "mcp>=1.17.0" without an upper bound, installs that without a
#           word, and finds no fault (pip check). The program ends at its first import, whatever its arguments. An
#           upper bound in a new release protects nobody as long as the release before it has none; ask for
#           "mcp-proxy>=0.13" too.
# Output:   installed: mcp==2.3.0 mcp-proxy==0.12.0
#           pip check: No broken requirements found.
#           mcp-proxy --help: ImportError: cannot import name 'request_ctx' from 'mcp.server.lowlevel.server'
#           with mcp-proxy>=0.13: refused
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv venv
# Newer releases of mcp-proxy than those looked at are left out
venv/bin/pip install --quiet mcp==2.3.0 'mcp-proxy<=0.13.0'
installed=$(venv/bin/pip list --format=freeze 2> /dev/null | grep -E '^mcp(-proxy)?==' | paste -sd' ')
echo "installed: $installed"
echo "pip check: $(venv/bin/pip check)"
error=$(venv/bin/mcp-proxy --help 2>&1 > /dev/null | tail -n 1 | sed 's/ (.*//') || true
echo "mcp-proxy --help: $error"
newer=works
venv/bin/pip install --quiet --dry-run mcp==2.3.0 'mcp-proxy>=0.13,<=0.13.0' > pip.log 2>&1 || newer=refused
echo "with mcp-proxy>=0.13: $newer"
[[ $installed == 'mcp==2.3.0 mcp-proxy==0.12.0' && $error == ImportError* && $newer == refused ]]
echo "still so"
