#!/usr/bin/env bash
# Package:  @modelcontextprotocol/conformance 0.1.16 (npm)
# Expected: it runs on Node.js 20: its README says that its action takes "node-version" 20 by default, and its
#           package.json has no "engines" field that says otherwise.
# Observed: on Node.js 20 it ends before it reads its arguments, since it imports globSync from "fs", which came with
#           Node.js 22. npm installs it without a warning.
# Output:   README.md: node-version, default: 20
#           Node.js v20.19.5: SyntaxError: The requested module 'fs' does not provide an export named 'globSync'
#           Node.js v22.23.3: 0.1.16
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir 20 22 suite
for node in 20.19.5 22.23.3; do
    echo '{"private":true}' > "${node%%.*}/package.json"
    npm install --prefix "${node%%.*}" --silent --no-audit --no-fund --save-exact "node@$node" > npm.log 2>&1
done
echo '{"private":true}' > suite/package.json
npm install --prefix suite --silent --no-audit --no-fund --ignore-scripts --save-exact \
    @modelcontextprotocol/conformance@0.1.16

package=suite/node_modules/@modelcontextprotocol/conformance
default=$(sed -n 's/.*`node-version`.*(default: \([0-9]*\)).*/\1/p' "$package/README.md")
echo "README.md: node-version, default: $default"
run() {
    timeout 60 "$1/node_modules/.bin/node" suite/node_modules/.bin/conformance --version 2>&1 \
        | grep -E '^(SyntaxError|[0-9.]+$)'
}
old=$(run 20) || true
new=$(run 22)
echo "Node.js $(20/node_modules/.bin/node --version): $old"
echo "Node.js $(22/node_modules/.bin/node --version): $new"
[[ $default == 20 && $old == *globSync* && $new == 0.1.16 ]]
if grep '"engines"' "$package/package.json"; then exit 1; fi
echo "still so"
