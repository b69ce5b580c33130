// Goes through the steps of MCP_SESSION_STEPS (README.md) with a client that the driver makes.
//
// drive(connect): connect(url, {timeout, modern, token}) opens a client and gives an object of functions:
//   list()             the names of the tools
//   call(name, args)   what a tool answers
//   ping()             absent if the library has none
//   resources()        lists them and reads each; absent if the library cannot
//   prompts()          lists them and gets each; absent if the library cannot
//   close()
// timeout is in milliseconds, absent for the library's own; modern is true if the revision without sessions is to be
// spoken, false if one with sessions is, and absent for the library's choice; token is a bearer token, or absent.
import { setTimeout as sleep } from 'node:timers/promises';

const MODERN = ['2026-07-28'];

/** Lets the client answer a question for the user: with the defaults, and yes to what has none and is yes or no. */
export function answer({ requestedSchema }) {
    const content = {};
    for (const [name, property] of Object.entries(requestedSchema?.properties ?? {})) {
        if (property.default !== undefined) content[name] = property.default;
        else if (property.type === 'boolean') content[name] = true;
    }
    return { action: 'accept', content };
}

/** The text of a tool's result; throws if it tells of an error. */
export function text(result) {
    const all = (result.content ?? []).map(part => part.text ?? `(${part.type})`).join(' ');
    if (result.isError) throw new Error(`the tool failed: ${all}`);
    return all;
}

/** What a Client of the TypeScript SDK 1.x or 2.x does: all steps but `close`. */
export function ofSdk(client, options) {
    return {
        list: async () => (await client.listTools(undefined, options)).tools.map(({ name }) => name),
        ping: () => client.ping(options),
        async resources() {
            for (const { uri } of (await client.listResources(undefined, options)).resources) {
                await client.readResource({ uri }, options);
            }
        },
        async prompts() {
            for (const { name } of (await client.listPrompts(undefined, options)).prompts) {
                await client.getPrompt({ name }, options);
            }
        },
    };
}

/**
 * Connects to a program that speaks stdio to its host and Streamable HTTP to the server, with the host's part from the
 * TypeScript SDK 1.x: {Client, StdioClientTransport, ElicitRequestSchema}.
 */
export async function bridge({ Client, StdioClientTransport, ElicitRequestSchema }, command, args, { timeout }) {
    const client = new Client({ name: 'host', version: '1' }, { capabilities: { elicitation: {} } });
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => answer(params));
    const transport = new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' });
    await client.connect(transport);
    const options = { timeout };
    return {
        ...ofSdk(client, options),
        call: async (name, given) => text(await client.callTool({ name, arguments: given }, undefined, options)),
        close: () => client.close(),
    };
}

export async function drive(connect) {
    const steps = new Steps(connect, process.argv.at(-1));
    let failed = false;
    for (const step of process.env.MCP_SESSION_STEPS.split(';').map(step => step.trim()).filter(step => step)) {
        failed = !(await steps.take(step)) || failed;
    }
    if (steps.client) failed = !(await steps.take('close')) || failed;
    process.exit(failed ? 1 : 0);
}

class Steps {
    client;
    #connect;
    #url;
    #tools = [];
    #options;

    constructor(connect, url) {
        this.#connect = connect;
        this.#url = url;
        const version = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION;
        this.#options = {
            modern: version ? MODERN.includes(version) : undefined,
            token: process.env.MCP_SESSION_TOKEN || undefined,
        };
    }

    async take(step) {
        try {
            const said = await this.#run(...step.split(/\s+/, 1), step);
            console.log(`ok ${step}${said ? `: ${oneLine(said)}` : ''}`);
            return true;
        } catch (error) {
            console.error(`failed ${step}: ${oneLine(describe(error))}`);
            return false;
        }
    }

    async #run(verb, step) {
        const rest = step.slice(verb.length).trim();
        switch (verb) {
            case 'timeout':
                this.#options.timeout = Number(rest) || undefined;
                return;
            case 'server': {
                if (this.client) throw new Error('connected already');
                const [url, revision, token] = rest.split(/\s+/);
                this.#url = url;
                this.#options = { modern: MODERN.includes(revision), token };
                return;
            }
            case 'sleep':
                await sleep(Number(rest));
                return;
            case 'connect':
                if (this.client) throw new Error('connected already');
                this.client = await this.#connect(this.#url, { ...this.#options });
                return;
            case 'parallel': {
                const [, count, once] = /^(\d+)\s+(.*)$/.exec(rest);
                const all = await Promise.allSettled(Array.from({ length: Number(count) }, () => this.#once(once)));
                const errors = all.filter(({ status }) => status === 'rejected').map(({ reason }) => describe(reason));
                if (errors.length) throw new Error(`${errors.length} of ${count}: ${[...new Set(errors)].join(', ')}`);
                return;
            }
            default:
                return this.#once(step);
        }
    }

    async #once(step) {
        const [, verb, rest] = /^(\S+)\s*(.*)$/.exec(step);
        if (!this.client) throw new Error('not connected');
        switch (verb) {
            case 'list':
                this.#tools = await this.client.list();
                return this.#tools.join(' ');
            case 'call': {
                const [, name, args] = /^(\S+)\s*(.*)$/.exec(rest);
                const given = JSON.parse(args || '{}');
                const said = [];
                for (const tool of name === '*' ? this.#tools : [name]) said.push(await this.client.call(tool, given));
                return said.join(' ');
            }
            case 'close': {
                const { client } = this;
                this.client = undefined;
                await client.close();
                return;
            }
            case 'ping':
            case 'resources':
            case 'prompts':
                if (!this.client[verb]) throw new Error('the library does not offer it');
                await this.client[verb]();
                return;
            default:
                throw new Error('no such step');
        }
    }
}

function describe(error) {
    const cause = error?.cause ? `, caused by ${describe(error.cause)}` : '';
    return `${error?.constructor?.name ?? typeof error} ${error?.message ?? error}${cause}`;
}

function oneLine(said) {
    return said.replace(/\s+/g, ' ').slice(0, 500);
}
