// The MCP client of the Vercel AI SDK, driven by steps (../README.md).
import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { answer, drive, text } from '../steps.js';

await drive(async (url, { timeout, modern, token }) => {
    const client = await createMCPClient({
        transport: { type: 'http', url, headers: token ? { Authorization: `Bearer ${token}` } : undefined },
        capabilities: { elicitation: {} },
        // The default asks for the revision without sessions first.
        ...(modern === false ? { protocolVersionDiscovery: false } : {}),
    });
    client.onElicitationRequest(ElicitationRequestSchema, ({ params }) => answer(params));
    const options = { timeout };
    return {
        list: async () => (await client.listTools({ options })).tools.map(({ name }) => name),
        call: async (name, args) => text(await client.callTool({ name, arguments: args, options })),
        async resources() {
            for (const { uri } of (await client.listResources({ options })).resources) {
                await client.readResource({ uri, options });
            }
        },
        async prompts() {
            for (const { name } of (await client.listPrompts({ options })).prompts) {
                await client.getPrompt({ name, options });
            }
        },
        close: () => client.close(),
    };
});
