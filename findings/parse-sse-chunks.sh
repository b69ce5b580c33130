#!/usr/bin/env bash
# Package:  parse-sse 0.1.0 (npm), on Node.js 20 and later
# Expected: events are the same, however the network cuts the stream, and CR LF is one end of a line (HTML Standard,
#           Server-sent events, Parsing an event stream). What the end of the stream cuts off is no event.
# Observed: where a chunk ends between CR and LF, the two count as two ends of lines, so that an event of two lines
#           becomes two events. And the lines before a cut are given out as an event, with its id: a client that
#           resumes from that id never gets the rest. Its own page says that it follows the standard.
# Output:   in one piece: ["{\n}"]
#           cut between CR and LF: ["{","}"]
#           cut within an event: ["{"], to be resumed from 8
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact parse-sse@0.1.0

cat > check.js <<'JS'
import fs from 'node:fs';
import { parseServerSentEvents } from 'parse-sse';

console.log('parse-sse', JSON.parse(fs.readFileSync('node_modules/parse-sse/package.json')).version);
async function events(...chunks) {
    const bytes = new ReadableStream({
        start(controller) {
            chunks.forEach(chunk => controller.enqueue(new TextEncoder().encode(chunk)));
            controller.close();
        },
    });
    const list = [];
    const response = new Response(bytes, { headers: { 'content-type': 'text/event-stream' } });
    for await (const event of parseServerSentEvents(response)) list.push(event);
    return list;
}
const data = list => JSON.stringify(list.map(event => event.data));

const whole = await events('data: {\r\ndata: }\r\n\r\n');
console.log('in one piece:', data(whole));
const cut = await events('data: {\r', '\ndata: }\r\n\r\n');
console.log('cut between CR and LF:', data(cut));
const half = await events('id: 8\r\ndata: {\r\n');
console.log(`cut within an event: ${data(half)}, to be resumed from ${half[0]?.lastEventId}`);
process.exit(whole.length === 1 && cut.length === 2 && half.length === 1 && half[0].lastEventId === '8' ? 0 : 1);
JS
timeout 60 node check.js
echo "still so"
