#!/usr/bin/env bash
# Package:  @ai-sdk/mcp 2.0.99 (npm), on Node.js 22
# Expected: an event that has an id and an empty data field is no message, and no error. MCP 2025-11-25 wants servers
#           to begin each event stream with one (Transports, Sending Messages to the Server, item 6), so that a
#           client has an id to resume from.
# Observed: the client asks for 2025-11-25, and then takes every such event for JSON: onUncaughtError is called once
#           per stream. The calls succeed all the same, so that a healthy server fills the log of its users with
#           errors.
# Output:   [ 't1' ]
#           result: hi
#           3 errors for 3 streams: MCPClientError: MCP HTTP Transport Error: Failed to parse message
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

const results = {
    initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } },
    'tools/list': { tools: [{ name: 't1', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: 'hi' }] },
};
let streams = 0;
const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method !== 'POST') return response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
    const { id, method } = JSON.parse(body);
    if (id === undefined) return response.writeHead(202).end();
    if (!results[method]) {
        response.writeHead(404, { 'content-type': 'application/json' });
        const error = { code: -32601, message: 'Method not found' };
        return response.end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    }
    streams++;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'mcp-session-id': 'session-1' });
    response.write(`id: ${streams}-0\ndata: \n\n`);
    response.end(`id: ${streams}-1\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: results[method] })}\n\n`);
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));

const errors = [];
const client = await createMCPClient({
    transport: { type: 'http', url: `http://127.0.0.1:${server.address().port}/mcp` },
    onUncaughtError: error => errors.push(String(error)),
});
const tools = await client.tools();
console.log(Object.keys(tools));
const result = await tools.t1.execute({}, { toolCallId: '1', messages: [] });
console.log('result:', result.content[0].text);
await client.close();
console.log(`${errors.length} errors for ${streams} streams: ${errors[0]}`);
process.exit(streams === 3 && errors.length === 3 && errors.every(e => e.includes('Failed to parse message')) ? 0 : 1);
JS
npm ls --depth=0 | grep -o '@ai-sdk/mcp@.*'
timeout 60 node check.js
echo "still so"
