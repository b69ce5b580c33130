// A server as people write it first: sessions in a map, and a timer that sweeps those that were idle for too long.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

const port = Number(process.env.MCP_PORT ?? 3000);
const idleTimeout = Number(process.env.MCP_IDLE_TIMEOUT_MS ?? 300_000);
const sessions = new Map();

setInterval(() => {
    for (const [id, session] of sessions) {
        if (Date.now() - session.seen > idleTimeout) {
            sessions.delete(id);
        }
    }
}, idleTimeout / 4).unref();

function tools() {
    const server = new McpServer({ name: 'notes', version: '1.0.0' });
    server.registerTool('index', { inputSchema: { ms: z.number() } }, async ({ ms }) => {
        await wait(ms);
        return { content: [{ type: 'text', text: 'indexed' }] };
    });
    return server;
}

async function open(request, response) {
    const transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: id => sessions.set(id, { transport, seen: Date.now() }),
    });
    await tools().connect(transport);
    await transport.handleRequest(request, response);
}

const http = createServer(async (request, response) => {
    if (request.url !== '/mcp') {
        return response.writeHead(404).end();
    }
    const id = request.headers['mcp-session-id'];
    if (!id && request.method === 'POST') {
        return open(request, response);
    }
    const session = sessions.get(id);
    if (!session) {
        return response.writeHead(400).end('Bad Request: no valid session id');
    }
    session.seen = Date.now();
    await session.transport.handleRequest(request, response);
    if (request.method === 'DELETE') {
        sessions.delete(id);
    }
});
http.listen(port, '127.0.0.1');
