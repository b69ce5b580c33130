// The same server, mended by what the kit said of before.js.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

const port = Number(process.env.MCP_PORT ?? 3000);
const idleTimeout = Number(process.env.MCP_IDLE_TIMEOUT_MS ?? 300_000);
if (!(idleTimeout > 0 && idleTimeout < Infinity)) {
    console.error(`The idle timeout must be a positive number of milliseconds, but is ${process.env.MCP_IDLE_TIMEOUT_MS}`);
    process.exit(1);
}
const sessions = new Map();

setInterval(() => {
    for (const session of sessions.values()) {
        // A session is idle only while no exchange of it is open.
        if (session.open === 0 && Date.now() - session.seen > idleTimeout) {
            session.transport.close();
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

/** Holds the session's clock until the exchange is over. */
function hold(session, response) {
    session.open++;
    response.on('close', () => {
        session.open--;
        session.seen = Date.now();
    });
}

async function open(request, response) {
    const transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: id => {
            const session = { transport, open: 0, seen: Date.now() };
            sessions.set(id, session);
            hold(session, response);
        },
    });
    transport.onclose = () => sessions.delete(transport.sessionId);
    await tools().connect(transport);
    const receive = transport.onmessage;
    transport.onmessage = (message, extra) => {
        receive(message, extra);
        if (message.method === 'notifications/cancelled') {
            // The SDK stops the call, but leaves the stream open that was to bring its response.
            transport.closeSSEStream(message.params?.requestId);
        }
    };
    await transport.handleRequest(request, response);
}

function refuse(response, status, message) {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message } }));
}

const local = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/;

const http = createServer(async (request, response) => {
    if (request.url !== '/mcp') {
        return refuse(response, 404, 'Not Found: the endpoint is /mcp');
    }
    const { origin, host } = request.headers;
    if ((origin && !local.test(origin)) || !local.test(`http://${host}`)) {
        return refuse(response, 403, 'Forbidden: this server is for local programs');
    }
    if (!['GET', 'POST', 'DELETE'].includes(request.method)) {
        response.setHeader('allow', 'GET, POST, DELETE');
        return refuse(response, 405, 'Method Not Allowed');
    }
    const id = request.headers['mcp-session-id'];
    if (id === undefined) {
        return request.method === 'POST' ? open(request, response) : refuse(response, 400, 'Bad Request: no session id');
    }
    const session = sessions.get(id);
    if (!session) {
        return refuse(response, 404, 'Session not found');
    }
    hold(session, response);
    await session.transport.handleRequest(request, response);
});
http.listen(port, '127.0.0.1');
