// The stdio server behind the gateway, on the TypeScript SDK 2.x.
import { setTimeout as delay } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod/v4';

serveStdio(() => {
    const server = new McpServer({ name: 'supergateway-target', version: '1.0.0' });
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
});
