// A client on the TypeScript SDK 2.x, driven by steps (../README.md).
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { answer, drive, ofSdk, text } from '../steps.js';

await drive(async (url, { timeout, modern, token }) => {
    const client = new Client(
        { name: 'typescript-2', version: '1' },
        { capabilities: { elicitation: {} }, ...(modern ? { versionNegotiation: { mode: 'auto' } } : {}) },
    );
    client.setRequestHandler('elicitation/create', ({ params }) => answer(params));
    const requestInit = token ? { headers: { Authorization: `Bearer ${token}` } } : undefined;
    const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit });
    await client.connect(transport);
    const options = { timeout };
    return {
        ...ofSdk(client, options),
        call: async (name, args) => text(await client.callTool({ name, arguments: args }, options)),
        async close() {
            await transport.terminateSession();
            await client.close();
        },
    };
});
