// A small MCP server on @hono/mcp. Its README shows one transport without sessions; the map of transports here is that of
// the TypeScript SDK's examples, since @hono/mcp's transport takes the SDK's options and is used in the same way.
// The settings come from the environment: MCP_PORT and MCP_STATELESS.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { StreamableHTTPTransport } from '@hono/mcp';
import { serve } from '@hono/node-server';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import { Hono } from 'hono';
import * as z from 'zod';

const port = Number(process.env.MCP_PORT);
const stateless = process.env.MCP_STATELESS === 'true';

function createServer() {
    const server = new McpServer({ name: 'hono-mcp-target', version: '1.0.0' });
    server.registerTool(
        'echo',
        { description: 'Answers with the message', inputSchema: { message: z.string() } },
        async ({ message }) => ({ content: [{ type: 'text', text: message }] })
    );
    server.registerTool(
        'sleep',
        { description: 'Answers after the given time', inputSchema: { milliseconds: z.number() } },
        async ({ milliseconds }) => {
            await delay(milliseconds);
            return { content: [{ type: 'text', text: `slept ${milliseconds} ms` }] };
        }
    );
    return server;
}

function refuse(c, status, code, message) {
    return c.json({ jsonrpc: '2.0', error: { code, message }, id: null }, status);
}

const app = new Hono();

if (stateless) {
    app.all('/mcp', async c => {
        const transport = new StreamableHTTPTransport({ sessionIdGenerator: undefined });
        await createServer().connect(transport);
        return transport.handleRequest(c);
    });
} else {
    const transports = new Map();

    app.all('/mcp', async c => {
        const sessionId = c.req.header('mcp-session-id');
        if (sessionId) {
            const transport = transports.get(sessionId);
            return transport ? transport.handleRequest(c) : refuse(c, 404, -32001, 'Session not found');
        }
        const body = c.req.method === 'POST' ? await c.req.json().catch(() => undefined) : undefined;
        if (!isInitializeRequest(body)) {
            return refuse(c, 400, -32000, 'Bad Request: No valid session ID provided');
        }
        const transport = new StreamableHTTPTransport({
            sessionIdGenerator: () => randomUUID(),
            onsessioninitialized: id => {
                transports.set(id, transport);
            }
        });
        transport.onclose = () => {
            if (transport.sessionId) {
                transports.delete(transport.sessionId);
            }
        };
        await createServer().connect(transport);
        return transport.handleRequest(c);
    });
}

serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
