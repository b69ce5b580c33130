// @modelcontextprotocol/sdk, the line of versions 1
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { run } from './scenario.js';

await run({
    async connect(url, { client = new Client({ name: 'typescript-1', version: '1' }), fetch, resume }) {
        const transport = new StreamableHTTPClientTransport(new URL(url), { fetch, sessionId: resume?.sessionId });
        await client.connect(transport);
        if (resume) {
            transport.setProtocolVersion(resume.protocolVersion);
        }
        return { client, transport };
    },
    status: error => error.code,
    onToolsChanged: (client, tell) => client.setNotificationHandler(ToolListChangedNotificationSchema, tell),
    call: async (client, name, args, options) =>
        (await client.callTool({ name, arguments: args }, undefined, options)).content[0].text,
});
