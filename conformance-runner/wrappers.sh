#!/usr/bin/env bash
# Packs the npm and the PyPI package around the jar that was built, installs each into a folder of its own, and runs it:
#
#   wrappers.sh         packs into conformance-runner/target/wrappers, and tries both
#
# The packages are not released; this makes what would be. Needs Node.js with npm, and Python 3 with venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
jar=$PWD/target/mcp-session-conformance.jar
[[ -f $jar ]] || { echo "build the jar first: mvn -q -DskipTests package" >&2; exit 1; }
out=$PWD/target/wrappers
rm -rf "$out"
mkdir -p "$out"

# Runs a command, which must end with a status and say some text.
expect() {
    local wanted=$1 text=$2 said status=0
    shift 2
    said=$("$@" 2>&1) || status=$?
    if [[ $status != "$wanted" || $said != *"$text"* ]]; then
        printf 'expected status %s and "%s", but got %s from %s:\n%s\n' "$wanted" "$text" "$status" "$*" "$said" >&2
        exit 1
    fi
    echo "status $status  ${*/#$out\//}"
}

cp -r npm pypi "$out"
cp ../LICENSE "$out/npm"
cp ../LICENSE "$out/pypi"
cp "$jar" "$out/npm"
cp "$jar" "$out/pypi/mcp_session_conformance"

(cd "$out/npm" && npm pack --silent --pack-destination "$out" > /dev/null)
mkdir "$out/node"
npm install --silent --no-audit --no-fund --prefix "$out/node" "$out"/mcp-session-conformance-*.tgz
node=$out/node/node_modules/.bin/mcp-session-conformance
expect 0 mcp-session-conformance "$node" --version
expect 0 Conforms "$node" --rule termination/post-404
expect 2 "no-such" "$node" --no-such
expect 2 "needs Java 17 or newer, and finds none" env -u JAVA_HOME PATH="$out/none" "$(command -v node)" "$node"

python3 -m venv "$out/venv"
"$out/venv/bin/pip" install -q --disable-pip-version-check build
"$out/venv/bin/python" -m build -q --wheel --outdir "$out" "$out/pypi" > /dev/null
"$out/venv/bin/pip" install -q --disable-pip-version-check "$out"/mcp_session_conformance-*.whl
python=$out/venv/bin/mcp-session-conformance
expect 0 mcp-session-conformance "$python" --version
# Without a Java on the path: it is the one that the package brings.
expect 0 Conforms env -u JAVA_HOME PATH="$out/none" "$python" --rule termination/post-404
expect 2 "no-such" "$python" --no-such
ls -l "$out"/*.tgz "$out"/*.whl
