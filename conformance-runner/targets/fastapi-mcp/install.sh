#!/usr/bin/env bash
# Installs the pinned packages into .venv; does nothing when they are there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

wanted="$(python3 --version) $(cksum < requirements.txt)"
if [[ -x .venv/bin/python && "$(cat .venv/installed 2>/dev/null)" == "$wanted" ]]; then
    exit 0
fi
rm -rf .venv
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r requirements.txt
echo "$wanted" > .venv/installed
