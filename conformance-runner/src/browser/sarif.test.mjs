// Holds SARIF reports against the schema of SARIF 2.1.0, as a package of those who wrote it has it. See test.sh.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { test } from "node:test";
import Ajv from "ajv";

const require = createRequire(import.meta.url);
const folder = resolve(new URL("../../target/sarif-reports", import.meta.url).pathname);
const reports = readdirSync(folder).filter(name => name.endsWith(".sarif"));
// The schema is one of draft 4.
const ajv = new Ajv({schemaId: "id", meta: false, unknownFormats: "ignore", allErrors: true, logger: false});
ajv.addMetaSchema(require("ajv/lib/refs/json-schema-draft-04.json"));
const fits = ajv.compile(require("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"));

const read = name => JSON.parse(readFileSync(join(folder, name), "utf8"));

test("there are reports to look at", () => assert.ok(reports.length >= 2, `only ${reports} in ${folder}`));

for (const name of reports) {
    test(`${name} is as the schema says`, () => {
        assert.ok(fits(read(name)), JSON.stringify(fits.errors?.slice(0, 5), null, 1));
    });
}

test("the schema refuses what is none", () => {
    const wrong = [
        log => { delete log.version; },
        log => { log.runs[0].tool.driver.name = 7; },
        log => { log.runs[0].surprise = true; },
        log => { log.runs[0].results.push({level: "fatal", message: {text: "x"}}); },
    ];
    for (const spoil of wrong) {
        const log = read(reports[0]);
        spoil(log);
        assert.ok(!fits(log), String(spoil));
    }
});
