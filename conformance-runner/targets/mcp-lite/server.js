// A small MCP server on mcp-lite and Hono, laid out as the package's README shows it, with the session adapter that it
// recommends for a single server. The settings come from the environment: MCP_PORT and MCP_STATELESS.
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { InMemoryClientRequestAdapter, InMemorySessionAdapter, McpServer, StreamableHttpTransport } from 'mcp-lite';
import { z } from 'zod';

const port = Number(process.env.MCP_PORT);
const stateless = process.env.MCP_STATELESS === 'true';

const mcp = new McpServer({
    name: 'mcp-lite-target',
    version: '1.0.0',
    schemaAdapter: schema => z.toJSONSchema(schema)
});

mcp.tool('echo', {
    description: 'Answers with the message',
    inputSchema: z.object({ message: z.string() }),
    handler: ({ message }) => ({ content: [{ type: 'text', text: message }] })
});
mcp.tool('sleep', {
    description: 'Answers after the given time',
    inputSchema: z.object({ milliseconds: z.number() }),
    handler: async ({ milliseconds }) => {
        await delay(milliseconds);
        return { content: [{ type: 'text', text: `slept ${milliseconds} ms` }] };
    }
});

const transport = stateless
    ? new StreamableHttpTransport()
    : new StreamableHttpTransport({
          sessionAdapter: new InMemorySessionAdapter({ maxEventBufferSize: 1024 }),
          clientRequestAdapter: new InMemoryClientRequestAdapter({ defaultTimeoutMs: 30000 })
      });
const handler = transport.bind(mcp);

const app = new Hono();
app.all('/mcp', c => handler(c.req.raw));

serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
