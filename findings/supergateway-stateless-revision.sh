#!/usr/bin/env bash
# Package:  supergateway 4.0.0 (npm), on Node.js 22
# Expected: the revision that a client and a server have agreed on holds for the requests that follow (MCP
#           2025-11-25, Lifecycle, Version Negotiation), and MCP-Protocol-Version repeats it on each of them so that
#           a server without sessions knows it too (Transports, Protocol Version Header).
# Observed: without --stateful, the bridge starts the stdio server anew for each request. The one that gets
#           initialize is told what the client asked for, and its answer is passed on; all later ones are told
#           2024-11-05 (the default of --protocolVersion), whatever the header says. A server that adapts to the
#           revision answers the two differently: this one promises structured results, and does not give them.
# Output:   negotiated: 2025-11-25
#           MCP-Protocol-Version: 2025-11-25, structuredContent: absent
#           stdio server was told: 2025-11-25, 2024-11-05
set -euo pipefail
dir=$(mktemp -d)
gateway=
trap '[[ ! $gateway ]] || kill "$gateway" 2> /dev/null || true; wait; rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact node@22.23.3 > npm.log 2>&1
PATH=$dir/node_modules/.bin:$PATH
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact supergateway@4.0.0

cat > stdio.js <<'JS'
// A stdio server whose results have structured content from 2025-06-18 on, when it came into the protocol
import fs from 'node:fs';
import readline from 'node:readline';

let revision;
readline.createInterface({ input: process.stdin }).on('line', line => {
    const { id, method, params } = JSON.parse(line);
    if (id === undefined) return;
    let result = {};
    if (method === 'initialize') {
        revision = params.protocolVersion;
        fs.appendFileSync('told', revision + '\n');
        result = { protocolVersion: revision, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } };
    } else if (method === 'tools/call') {
        result = { content: [{ type: 'text', text: '{"sum":8}' }] };
        if (revision >= '2025-06-18') result.structuredContent = { sum: 8 };
    }
    console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
});
JS
cat > check.js <<'JS'
import fs from 'node:fs';

const url = `http://127.0.0.1:${process.argv[2]}/mcp`;
async function post(message, headers = {}) {
    const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
    const body = await response.text();
    return JSON.parse(body.match(/^data: (.*)$/m)?.[1] ?? body).result;
}
const initialize = await post({ id: 1, method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } } });
const revision = initialize.protocolVersion;
console.log('negotiated:', revision);
const result = await post({ id: 2, method: 'tools/call', params: { name: 'add', arguments: {} } },
    { 'mcp-protocol-version': revision });
const structured = JSON.stringify(result.structuredContent) ?? 'absent';
console.log(`MCP-Protocol-Version: ${revision}, structuredContent: ${structured}`);
const told = fs.readFileSync('told', 'utf8').trim().split('\n').join(', ');
console.log('stdio server was told:', told);
process.exit(told === '2025-11-25, 2024-11-05' && !result.structuredContent ? 0 : 1);
JS
port=$(node -e 's = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
# The bridge has no option for the address that it listens on
cat > loopback.cjs <<'JS'
const { Server } = require('node:net');
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) { return listen.call(this, port, '127.0.0.1', ...rest); };
JS
node --require ./loopback.cjs node_modules/supergateway/dist/index.js --stdio "node stdio.js" \
    --outputTransport streamableHttp --port "$port" --healthEndpoint /healthz > gateway.log 2>&1 &
gateway=$!
curl -sf -o /dev/null --retry 60 --retry-delay 1 --retry-max-time 60 --retry-connrefused \
    "http://127.0.0.1:$port/healthz"
node -p '"supergateway " + JSON.parse(require("fs").readFileSync("node_modules/supergateway/package.json")).version'
timeout 60 node check.js "$port"
echo "still so"
