// What a client goes through. The versions of the SDK differ in what `sdk` does:
//   sdk.modern(url, {fetch})           connects by the newest revision that both know; absent if that has sessions
//   sdk.connect(url, {fetch, resume})  opens a session, or goes on in one that is told; gives {client, transport}
//   sdk.status(error)                  the HTTP status that an error is about
//   sdk.onToolsChanged(client, run)    runs it when the server says that its list of tools has changed
//   sdk.call(client, name, arguments, options)  calls a tool, and gives the text of the result
// Prints a line for each step. The first step that goes otherwise ends the process with status 1.
import assert from 'node:assert/strict';

const SECONDS = 60;

export async function run(sdk) {
    const [url, admin] = process.argv.slice(2);
    const steps = new Steps();
    // Nothing here takes long: whatever hangs is at fault.
    setTimeout(() => steps.fail(new Error(`not done after ${SECONDS} s`)), SECONDS * 1000).unref();
    try {
        await scenario(sdk, url, new Admin(admin), steps);
    } catch (error) {
        steps.fail(error);
    }
}

async function scenario(sdk, url, admin, steps) {
    const sent = [];
    const recording = (target, init) => {
        sent.push({ method: init?.method ?? 'GET', headers: new Headers(init?.headers) });
        return fetch(target, init);
    };
    const resumed = () => sent.filter(({ method, headers }) => method === 'GET' && headers.has('last-event-id')).length;

    if (sdk.modern) {
        steps.begin('without a session');
        const { client } = await sdk.modern(url, { fetch: recording });
        assert.equal(await sdk.call(client, 'echo', { message: 'hello' }), 'hello');
        assert.equal(sent.at(-1).headers.get('mcp-protocol-version'), '2026-07-28');
        assert.equal((await admin.counters()).sessions.opened, 0);
        await client.close();
        steps.done('in 2026-07-28, if it may choose the revision');
    }

    steps.begin('open');
    let { client, transport } = await sdk.connect(url, { fetch: recording });
    let [session, ...others] = await admin.sessions();
    assert.deepEqual(others, []);
    assert.equal(session.id, transport.sessionId);
    assert.equal(session.revision, '2025-11-25');
    steps.done(`a session of ${session.revision}`);

    steps.begin('call');
    assert.equal(await sdk.call(client, 'echo', { message: 'hello' }), 'hello');
    steps.done();

    steps.begin('be told');
    // Only the GET stream carries it, and the client opens that in the background.
    await until(async () => (await admin.counters()).openStreams === 1);
    const told = new Promise(resolve => sdk.onToolsChanged(client, resolve));
    await sdk.call(client, 'announce');
    await told;
    steps.done('that tools have changed, on the GET stream');

    steps.begin('resume');
    const before = resumed();
    assert.equal(await sdk.call(client, 'poll', { milliseconds: 200 }), 'polled for 200 ms');
    assert.ok(resumed() > before, 'no GET with Last-Event-ID was sent');
    steps.done('by itself, when the server closes the connection before it has answered');

    steps.begin('resume elsewhere');
    const { finished } = (await admin.counters()).calls;
    const first = await sdk.connect(url, {});
    const interrupted = new Promise(resolve => {
        // The token of the priming event, which precedes the result.
        const options = { onresumptiontoken: resolve };
        sdk.call(first.client, 'sleep', { milliseconds: 200 }, options).catch(() => {});
    });
    const token = await interrupted;
    const resume = { sessionId: first.transport.sessionId, protocolVersion: first.transport.protocolVersion };
    await first.client.close();
    const second = await sdk.connect(url, { resume });
    const text = await sdk.call(second.client, 'sleep', { milliseconds: 200 }, { resumptionToken: token });
    assert.equal(text, 'slept 200 ms');
    await second.transport.terminateSession();
    await second.client.close();
    assert.deepEqual((await admin.sessions()).map(({ id }) => id), [session.id]);
    assert.equal((await admin.counters()).calls.finished, finished + 1, 'the call was made once');
    steps.done('a second client gets the answer to the call of a first one that has gone');

    steps.begin('be expired');
    await admin.expire(session.id);
    assert.deepEqual(await admin.sessions(), []);
    const expired = await failure(sdk.call(client, 'echo', { message: 'anybody?' }));
    assert.equal(sdk.status(expired), 404);
    steps.done(`the next call fails: ${expired.constructor.name} with status 404`);

    steps.begin('recover');
    await client.close();
    ({ client, transport } = await sdk.connect(url, { client, fetch: recording }));
    assert.notEqual(transport.sessionId, session.id);
    assert.equal(await sdk.call(client, 'echo', { message: 'again' }), 'again');
    assert.deepEqual((await admin.sessions()).map(({ id }) => id), [transport.sessionId]);
    steps.done('the application connects the client anew');

    steps.begin('be terminated in a call');
    const hanging = failure(sdk.call(client, 'sleep', { milliseconds: 60_000 }));
    await until(async () => (await admin.counters()).calls.running === 1);
    await admin.terminate(transport.sessionId);
    const terminated = await hanging;
    assert.match(terminated.message, /session/i);
    await client.close();
    ({ client, transport } = await sdk.connect(url, { client, fetch: recording }));
    steps.done(`the call fails at once: ${terminated.message}`);

    steps.begin('delete');
    const last = transport.sessionId;
    await transport.terminateSession();
    assert.equal(sent.at(-1).method, 'DELETE');
    assert.equal(sent.at(-1).headers.get('mcp-session-id'), last);
    assert.deepEqual(await admin.sessions(), []);
    await client.close();
    steps.done();
}

class Steps {
    #name = 'start';

    begin(name) {
        this.#name = name;
    }

    done(remark) {
        console.log(`ok  ${this.#name}${remark ? `: ${remark}` : ''}`);
    }

    fail(error) {
        console.log(`FAILED  ${this.#name}`);
        console.error(error);
        process.exit(1);
    }
}

class Admin {
    #url;

    constructor(url) {
        this.#url = url;
    }

    async sessions() {
        return (await this.#get('/sessions')).sessions;
    }

    counters() {
        return this.#get('');
    }

    expire(id) {
        return this.#order('POST', `/sessions/${id}/expire`);
    }

    terminate(id) {
        return this.#order('DELETE', `/sessions/${id}`);
    }

    async #get(path) {
        return (await fetch(this.#url + path)).json();
    }

    async #order(method, path) {
        const { status } = await fetch(this.#url + path, { method });
        assert.equal(status, 204, `${method} ${path}`);
    }
}

async function failure(call) {
    try {
        await call;
    } catch (error) {
        return error;
    }
    assert.fail('expected the call to fail');
}

async function until(condition) {
    while (!(await condition())) {
        await new Promise(resolve => setTimeout(resolve, 20));
    }
}
