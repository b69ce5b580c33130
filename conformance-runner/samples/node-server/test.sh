#!/usr/bin/env bash
# Takes the guide's way from red to green: the server as it was first written, and as it is after two rounds with the kit.
#
#   test.sh            all rules, as the guide prints it: two minutes
#   test.sh --rule 'termination/*'    with options of the run command
#
# Needs Node.js with npm, and the jar, which is built before.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
jar=../../target/mcp-session-conformance.jar
[[ -d node_modules ]] || npm install --silent --no-audit --no-fund --no-package-lock

# judge SERVER STATUS TEXT [OPTIONS]
judge() {
    local server=$1 wanted=$2 text=$3 said status=0
    shift 3
    said=$(java -jar "$jar" --launch "node $server" --url 'http://127.0.0.1:{port}/mcp' \
        --idle-timeout 2s --reap-lag 700ms --slow-tool 'index={"ms":2800}' --quiet "$@") || status=$?
    if [[ $status != "$wanted" || $said != *"$text"* ]]; then
        printf 'expected status %s and "%s" of %s, but got %s:\n%s\n' "$wanted" "$text" "$server" "$status" "$said" >&2
        exit 1
    fi
    echo "$server  status $status  ${said##*$'\n'}"
}

judge before.js 1 'but got 400' "$@"
judge after.js 0 'Conforms' "$@"
