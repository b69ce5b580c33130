// A small MCP server on the TypeScript SDK 1.x and Express, after the SDK's own streamable HTTP examples.
// The settings come from the environment: MCP_PORT and MCP_STATELESS.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod/v4';

const port = Number(process.env.MCP_PORT);
const stateless = process.env.MCP_STATELESS === 'true';
const enableJsonResponse = process.argv.includes('--json-response');

function createServer() {
    const server = new McpServer({ name: 'typescript-sdk-target', version: '1.0.0' });
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

function refuse(res, status, code, message) {
    res.status(status).json({ jsonrpc: '2.0', error: { code, message }, id: null });
}

const app = createMcpExpressApp();

if (stateless) {
    app.post('/mcp', async (req, res) => {
        const server = createServer();
        const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse });
        res.on('close', () => {
            transport.close();
            server.close();
        });
        await server.connect(transport);
        await transport.handleRequest(req, res, req.body);
    });
    const methodNotAllowed = (req, res) => refuse(res, 405, -32000, 'Method not allowed.');
    app.get('/mcp', methodNotAllowed);
    app.delete('/mcp', methodNotAllowed);
} else {
    const transports = new Map();

    app.post('/mcp', async (req, res) => {
        const sessionId = req.headers['mcp-session-id'];
        let transport = sessionId ? transports.get(sessionId) : undefined;
        if (!transport && !sessionId && isInitializeRequest(req.body)) {
            transport = new StreamableHTTPServerTransport({
                sessionIdGenerator: () => randomUUID(),
                enableJsonResponse,
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
        } else if (!transport && sessionId) {
            refuse(res, 404, -32001, 'Session not found');
            return;
        } else if (!transport) {
            refuse(res, 400, -32000, 'Bad Request: No valid session ID provided');
            return;
        }
        await transport.handleRequest(req, res, req.body);
    });

    const handleSessionRequest = async (req, res) => {
        const sessionId = req.headers['mcp-session-id'];
        if (!sessionId) {
            res.status(400).send('Missing session ID');
            return;
        }
        const transport = transports.get(sessionId);
        if (!transport) {
            refuse(res, 404, -32001, 'Session not found');
            return;
        }
        await transport.handleRequest(req, res);
    };
    app.get('/mcp', handleSessionRequest);
    app.delete('/mcp', handleSessionRequest);
}

app.listen(port, '127.0.0.1', error => {
    if (error) {
        console.error('Failed to start server:', error);
        process.exit(1);
    }
    console.log(`MCP server listening on port ${port}`);
});
