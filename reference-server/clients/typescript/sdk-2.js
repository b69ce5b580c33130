// @modelcontextprotocol/client, the line of versions 2
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { run } from './scenario.js';

const INFO = { name: 'typescript-2', version: '1' };

await run({
    async modern(url, { fetch }) {
        const client = new Client(INFO, { versionNegotiation: { mode: 'auto' } });
        const transport = new StreamableHTTPClientTransport(new URL(url), { fetch });
        await client.connect(transport);
        return { client, transport };
    },
    async connect(url, { client = new Client(INFO), fetch, resume }) {
        const transport = new StreamableHTTPClientTransport(new URL(url), { fetch, ...resume });
        await client.connect(transport);
        return { client, transport };
    },
    status: error => error.status,
    onToolsChanged: (client, tell) => client.setNotificationHandler('notifications/tools/list_changed', tell),
    call: async (client, name, args, options) =>
        (await client.callTool({ name, arguments: args }, options)).content[0].text,
});
