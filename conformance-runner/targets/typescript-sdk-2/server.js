// A small MCP server on the TypeScript SDK 2.x and Express, as the SDK's guides on sessions and on legacy clients lay
// one out: requests of the 2025 revisions go to a transport of their session, all others to createMcpHandler.
// Stateless, createMcpHandler serves both. The settings come from the environment: MCP_PORT and MCP_STATELESS.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createMcpExpressApp } from '@modelcontextprotocol/express';
import { NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import { createMcpHandler, isInitializeRequest, isLegacyRequest, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod/v4';

const port = Number(process.env.MCP_PORT);
const stateless = process.env.MCP_STATELESS === 'true';
const enableJsonResponse = process.argv.includes('--json-response');

function buildServer() {
    const server = new McpServer({ name: 'typescript-sdk-2-target', version: '1.0.0' });
    server.registerTool(
        'echo',
        { description: 'Answers with the message', inputSchema: z.object({ message: z.string() }) },
        async ({ message }) => ({ content: [{ type: 'text', text: message }] })
    );
    server.registerTool(
        'sleep',
        { description: 'Answers after the given time', inputSchema: z.object({ milliseconds: z.number() }) },
        async ({ milliseconds }) => {
            await delay(milliseconds);
            return { content: [{ type: 'text', text: `slept ${milliseconds} ms` }] };
        }
    );
    return server;
}

const sessions = new Map();

async function openSession() {
    const transport = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        enableJsonResponse,
        onsessioninitialized: id => {
            sessions.set(id, transport);
        }
    });
    transport.onclose = () => {
        if (transport.sessionId) {
            sessions.delete(transport.sessionId);
        }
    };
    await buildServer().connect(transport);
    return transport;
}

async function serveSession(req, res) {
    const id = req.headers['mcp-session-id'];
    if (id && sessions.has(id)) {
        await sessions.get(id).handleRequest(req, res, req.body);
    } else if (!id && isInitializeRequest(req.body)) {
        const transport = await openSession();
        await transport.handleRequest(req, res, req.body);
    } else if (id) {
        res.status(404).json({ jsonrpc: '2.0', error: { code: -32001, message: 'Session not found' }, id: null });
    } else {
        res.status(400).json({ jsonrpc: '2.0', error: { code: -32000, message: 'Session ID required' }, id: null });
    }
}

const app = createMcpExpressApp();
const responseMode = enableJsonResponse ? 'json' : 'auto';

if (stateless) {
    const handle = toNodeHandler(createMcpHandler(buildServer, { responseMode }));
    app.all('/mcp', (req, res) => handle(req, res, req.body));
} else {
    const handleModern = toNodeHandler(createMcpHandler(buildServer, { legacy: 'reject', responseMode }));
    app.post('/mcp', async (req, res) => {
        if (await isLegacyRequest(await toWebRequest(req, req.body))) {
            await serveSession(req, res);
        } else {
            await handleModern(req, res, req.body);
        }
    });
    app.get('/mcp', serveSession);
    app.delete('/mcp', serveSession);
}

app.listen(port, '127.0.0.1', error => {
    if (error) {
        console.error('Failed to start server:', error);
        process.exit(1);
    }
    console.log(`MCP server listening on port ${port}`);
});
