// The bridge supergateway between a host on stdio and the server, driven by steps (../README.md).
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { fileURLToPath } from 'node:url';
import { bridge, drive } from '../steps.js';

const program = fileURLToPath(new URL('node_modules/supergateway/dist/index.js', import.meta.url));

await drive((url, options) => {
    const args = [program, '--streamableHttp', url];
    if (options.token) args.push('--oauth2Bearer', options.token);
    return bridge({ Client, StdioClientTransport, ElicitRequestSchema }, process.execPath, args, options);
});
