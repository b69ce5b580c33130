#!/usr/bin/env bash
# Package:  mcp-use 1.34.6 (npm), server
# Expected: a DELETE with the session id ends the session, and a server that lets no client end sessions answers 405
#           (MCP 2025-11-25, Transports, Session Management, item 5). Accept is demanded of POST and GET alone.
# Observed: a DELETE whose Accept does not name text/event-stream is answered 200, and ends nothing: the session goes
#           on. The same with an id that was never issued. With that Accept the session ends, and its id gets 404.
# Output:   DELETE with Accept: application/json: 200, then a ping in the session: 200
#           DELETE with Accept: */*: 200, then a ping in the session: 200
#           DELETE of an id that was never issued: 200
#           DELETE with Accept: text/event-stream: 200, then a ping in the session: 404
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --omit=dev --save-exact mcp-use@1.34.6 zod@4.6.7

cat > server.js <<'JS'
import { MCPServer } from 'mcp-use/server';

const server = new MCPServer({ name: 's', version: '1.0.0', host: '127.0.0.1' });
await server.listen(Number(process.argv[2]));
JS
cat > check.js <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';

const free = net.createServer().listen(0, '127.0.0.1');
await once(free, 'listening');
const port = free.address().port;
free.close();
const server = spawn(process.execPath, ['server.js', port], { stdio: ['ignore', 'ignore', 'inherit'] });
process.on('exit', () => server.kill());

const url = `http://127.0.0.1:${port}/mcp`;
const request = async (method, session, headers, body) => {
    const response = await fetch(url, {
        method, headers: { ...(session && { 'mcp-session-id': session }), ...headers }, body
    });
    await response.text();
    return response;
};
const post = (session, message) => request('POST', session,
    { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    JSON.stringify({ jsonrpc: '2.0', ...message }));
const open = async () => {
    for (;;) {
        try {
            const answer = await post(undefined, { id: 1, method: 'initialize', params: {
                protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } } });
            const session = answer.headers.get('mcp-session-id');
            await post(session, { method: 'notifications/initialized' });
            return session;
        } catch (e) {
            if (e.cause?.code !== 'ECONNREFUSED' || server.exitCode !== null) throw e;
            await new Promise(resolve => setTimeout(resolve, 200));
        }
    }
};
const ping = async session => (await post(session, { id: 2, method: 'ping' })).status;

const kept = await open();
const without = (await request('DELETE', kept, { accept: 'application/json' })).status;
const still = await ping(kept);
console.log(`DELETE with Accept: application/json: ${without}, then a ping in the session: ${still}`);
const any = (await request('DELETE', kept, { accept: '*/*' })).status;
const after = await ping(kept);
console.log(`DELETE with Accept: */*: ${any}, then a ping in the session: ${after}`);
const unknown = (await request('DELETE', 'never-issued', { accept: 'application/json' })).status;
console.log(`DELETE of an id that was never issued: ${unknown}`);
const named = (await request('DELETE', kept, { accept: 'text/event-stream' })).status;
const gone = await ping(kept);
console.log(`DELETE with Accept: text/event-stream: ${named}, then a ping in the session: ${gone}`);
process.exit(without === 200 && still === 200 && any === 200 && after === 200
    && unknown === 200 && named === 200 && gone === 404 ? 0 : 1);
JS
npm ls --depth=0 | grep -o 'mcp-use@.*'
timeout 120 node check.js
echo "still so"
