#!/usr/bin/env bash
# Builds target/server.jar with the pinned libraries beside it; does nothing when it is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

wanted="$(java -version 2>&1 | head -n 1) $(find pom.xml src -type f -print0 | sort -z | xargs -0 cat | cksum)"
if [[ -f target/server.jar && "$(cat target/installed 2>/dev/null)" == "$wanted" ]]; then
    exit 0
fi
mvn -q -B clean package
echo "$wanted" > target/installed
