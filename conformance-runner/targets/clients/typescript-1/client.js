// A client on the TypeScript SDK 1.x, driven by steps (../README.md).
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { answer, drive, ofSdk, text } from '../steps.js';

await drive(async (url, { timeout, token }) => {
    const client = new Client({ name: 'typescript-1', version: '1' }, { capabilities: { elicitation: {} } });
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => answer(params));
    const requestInit = token ? { headers: { Authorization: `Bearer ${token}` } } : undefined;
    const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit });
    await client.connect(transport);
    const options = { timeout };
    return {
        ...ofSdk(client, options),
        call: async (name, args) => text(await client.callTool({ name, arguments: args }, undefined, options)),
        async close() {
            await transport.terminateSession();
            await client.close();
        },
    };
});
