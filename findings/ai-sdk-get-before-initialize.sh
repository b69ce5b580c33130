#!/usr/bin/env bash
# Package:  @ai-sdk/mcp 2.0.99 (npm), on Node.js 22
# Expected: initialization is the first interaction between a client and a server of MCP 2025-11-25 (Lifecycle,
#           Initialization); the session id comes with its answer, and MCP-Protocol-Version names what was negotiated
#           (Transports, Protocol Version Header).
# Observed: after a server without 2026-07-28 has turned server/discover down, the client opens the GET stream before
#           it sends initialize: without a session id, and with a version that nobody has agreed to. It sends a
#           second GET with the id later, so a server that counts or logs refused GETs sees one bad request for each
#           client.
# Output:   POST server/discover, session -, version 2026-07-28
#           GET, session -, version 2025-11-25
#           POST initialize, session -, version 2025-11-25
#           (then with session-1)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact node@22.23.3 > npm.log 2>&1
PATH=$dir/node_modules/.bin:$PATH
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact @ai-sdk/mcp@2.0.99

cat > check.js <<'JS'
import http from 'node:http';
import { createMCPClient } from '@ai-sdk/mcp';

const seen = [];
const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { id, method } = body ? JSON.parse(body) : {};
    const session = request.headers['mcp-session-id'] ?? '-';
    seen.push(`${request.method}${method ? ' ' + method : ''}, session ${session}, `
        + `version ${request.headers['mcp-protocol-version'] ?? '-'}`);
    if (request.method !== 'POST') return response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
    if (id === undefined) return response.writeHead(202).end();
    if (method !== 'initialize' && session === '-') return response.writeHead(400).end();
    const result = method === 'initialize'
        ? { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }
        : { tools: [] };
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'session-1' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));

const url = `http://127.0.0.1:${server.address().port}/mcp`;
const client = await createMCPClient({ transport: { type: 'http', url } });
await client.tools();
await client.close();
seen.forEach(line => console.log(line));
const get = seen.findIndex(line => line.startsWith('GET, session -, version 2025-11-25'));
const initialize = seen.findIndex(line => line.startsWith('POST initialize'));
process.exit(get >= 0 && get < initialize ? 0 : 1);
JS
npm ls --depth=0 | grep -o '@ai-sdk/mcp@.*'
timeout 60 node check.js
echo "still so"
