// A small MCP server on tmcp and its HTTP transport, laid out as the transport's README shows it.
// The settings come from the environment: MCP_PORT, and MCP_STORE, the address of a Redis in which nodes share sessions.
import * as http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createRequestListener } from '@remix-run/node-fetch-server';
import { ZodJsonSchemaAdapter } from '@tmcp/adapter-zod';
import {
    RedisInfoSessionManager,
    RedisStreamSessionManager,
    RedisSubscriptionManager
} from '@tmcp/session-manager-redis';
import { HttpTransport } from '@tmcp/transport-http';
import { McpServer } from 'tmcp';
import * as z from 'zod';

const port = Number(process.env.MCP_PORT);

const server = new McpServer(
    { name: 'tmcp-target', version: '1.0.0', description: 'A server to judge' },
    { adapter: new ZodJsonSchemaAdapter(), capabilities: { tools: { listChanged: true } } }
);

server.tool(
    { name: 'echo', description: 'Answers with the message', schema: z.object({ message: z.string() }) },
    async ({ message }) => ({ content: [{ type: 'text', text: message }] })
);
server.tool(
    { name: 'sleep', description: 'Answers after the given time', schema: z.object({ milliseconds: z.number() }) },
    async ({ milliseconds }) => {
        await delay(milliseconds);
        return { content: [{ type: 'text', text: `slept ${milliseconds} ms` }] };
    }
);

const store = process.env.MCP_STORE;
const shared = store && {
    sessionManager: { streams: new RedisStreamSessionManager(store), info: new RedisInfoSessionManager(store) },
    subscriptionManager: new RedisSubscriptionManager(store)
};
const transport = new HttpTransport(server, { path: '/mcp', ...shared });

http.createServer(
    createRequestListener(async request => {
        const response = await transport.respond(request);
        return response ?? new Response(null, { status: 404 });
    })
).listen(port, '127.0.0.1');
