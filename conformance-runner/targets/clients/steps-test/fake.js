// A client that talks to nobody and says what it is asked to do: see test.py.
import { drive } from '../steps.js';

let atOnce = 0;

drive(async (url, { timeout, modern, token }) => {
    console.log(`did connect ${url} ${modern ? 'modern' : 'legacy'} ${token ?? 'no-token'}`);
    if (url.includes('refuses')) throw new Error('refused');
    const client = {
        list: async () => ['one', 'two'],
        async call(name, given) {
            if (name === 'broken') throw new Error('it broke');
            if (name === 'meet') {
                atOnce++;
                for (let i = 0; i < 500 && atOnce < 3; i++) await new Promise(done => setTimeout(done, 10));
                if (atOnce < 3) throw new Error('alone');
            } else {
                console.log(`did call ${name} ${JSON.stringify(given)} ${timeout ?? 0}`);
            }
            return `${name}\n  said`;
        },
        ping: async () => console.log('did ping'),
        resources: async () => console.log('did resources'),
        prompts: async () => console.log('did prompts'),
        async close() {
            console.log('did close');
            if (url.includes('clings')) throw new Error('it clings');
        },
    };
    if (url.includes('without')) delete client.ping;
    return client;
});
