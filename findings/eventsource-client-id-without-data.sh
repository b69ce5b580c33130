#!/usr/bin/env bash
# Packages: eventsource-client 1.2.0 and eventsource 5.1.5 (npm), of one author, on Node.js 22
# Expected: a block that has an id and no data is no event, but its id is the last event id from then on (HTML
#           Standard, Server-sent events, Interpreting an event stream: dispatching sets the id first, and only then
#           looks for data). A server may mark so how far a stream has come.
# Observed: eventsource does so. eventsource-client, which is built on the same parser, takes ids from events alone:
#           it resumes from an older one, and gets again what the server has marked as sent.
# Output:   eventsource 5.1.5 resumes with Last-Event-ID 2
#           eventsource-client 1.2.0 resumes with Last-Event-ID 1
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact node@22.23.3 > npm.log 2>&1
PATH=$dir/node_modules/.bin:$PATH
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact eventsource-client@1.2.0 eventsource@5.1.5

cat > check.js <<'JS'
import fs from 'node:fs';
import http from 'node:http';
import { EventSource } from 'eventsource';
import { createEventSource } from 'eventsource-client';

// Each path is a stream of its own: cut after an event and a mark; what the client resumes with ends its wait
const waiting = new Map();
const visits = new Map();
const server = http.createServer((request, response) => {
    const visit = (visits.get(request.url) ?? 0) + 1;
    visits.set(request.url, visit);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (visit === 1) return response.end('retry: 50\nid: 1\ndata: a\n\nid: 2\n\n');
    response.write('data: b\n\n');
    waiting.get(request.url)?.(request.headers['last-event-id'] ?? 'none');
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const url = path => `http://127.0.0.1:${server.address().port}${path}`;
const resumed = path => new Promise(resolve => waiting.set(path, resolve));
const version = name => name + ' ' + JSON.parse(fs.readFileSync(`node_modules/${name}/package.json`)).version;

let id = resumed('/one');
const one = new EventSource(url('/one'));
const first = await id;
one.close();
console.log(`${version('eventsource')} resumes with Last-Event-ID ${first}`);

id = resumed('/two');
const two = createEventSource({ url: url('/two'), onMessage() {} });
const second = await id;
two.close();
console.log(`${version('eventsource-client')} resumes with Last-Event-ID ${second}`);
process.exit(first === '2' && second === '1' ? 0 : 1);
JS
timeout 60 node check.js
echo "still so"
