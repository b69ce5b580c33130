#!/usr/bin/env bash
# Builds target/client.jar with the pinned libraries beside it, and target/client.jsa, an archive of their classes with which
# the JVM starts in a third of the time; does nothing when it is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

wanted="$(java -version 2>&1 | head -n 1) $(find pom.xml src ../steps-java -type f -print0 | sort -z | xargs -0 cat | cksum)"
if [[ -f target/client.jar && "$(cat target/installed 2>/dev/null)" == "$wanted" ]]; then
    exit 0
fi
mvn -q -B clean package
# It fails to connect, which loads what a client needs.
MCP_SESSION_STEPS='connect' java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ArchiveClassesAtExit=target/client.jsa \
    -jar target/client.jar http://127.0.0.1:1/mcp > /dev/null 2>&1 || true
[[ -f target/client.jsa ]]
echo "$wanted" > target/installed
