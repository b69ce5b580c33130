// The bridge mcp-remote between a host on stdio and the server, driven by steps (../README.md).
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { fileURLToPath } from 'node:url';
import { bridge, drive } from '../steps.js';

const program = fileURLToPath(new URL('node_modules/mcp-remote/dist/proxy.js', import.meta.url));
// What it keeps for logins; each folder its own.
process.env.MCP_REMOTE_CONFIG_DIR ??= fileURLToPath(new URL('node_modules/.mcp-auth', import.meta.url));

await drive((url, options) => {
    const args = [program, url];
    if (options.modern) args.push('--protocol', 'auto');
    if (options.token) args.push('--header', `Authorization: Bearer ${options.token}`);
    return bridge({ Client, StdioClientTransport, ElicitRequestSchema }, process.execPath, args, options);
});
