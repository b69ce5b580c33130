// A small MCP server on mcp-use, laid out as its guides to servers and to Redis storage show it.
// The settings come from the environment: MCP_PORT, MCP_IDLE_TIMEOUT_MS, and MCP_STORE, the address of a Redis in which nodes
// share sessions.
import { setTimeout as delay } from 'node:timers/promises';
import { MCPServer, RedisSessionStore, RedisStreamManager, text } from 'mcp-use/server';
import { createClient } from 'redis';
import * as z from 'zod';

const port = Number(process.env.MCP_PORT);
const store = process.env.MCP_STORE;
const idle = process.env.MCP_IDLE_TIMEOUT_MS;

let shared = {};
if (store) {
    const client = createClient({ url: store });
    const pubSubClient = client.duplicate();
    await client.connect();
    await pubSubClient.connect();
    shared = {
        sessionStore: new RedisSessionStore({ client }),
        streamManager: new RedisStreamManager({ client, pubSubClient })
    };
}

const server = new MCPServer({
    name: 'mcp-use-target',
    version: '1.0.0',
    description: 'A server to judge',
    host: '127.0.0.1',
    ...(idle ? { sessionIdleTimeoutMs: Number(idle) } : {}),
    ...shared
});

server.tool(
    { name: 'echo', description: 'Answers with the message', schema: z.object({ message: z.string() }) },
    async ({ message }) => text(message)
);
server.tool(
    { name: 'sleep', description: 'Answers after the given time', schema: z.object({ milliseconds: z.number() }) },
    async ({ milliseconds }) => {
        await delay(milliseconds);
        return text(`slept ${milliseconds} ms`);
    }
);

await server.listen(port);
