#!/usr/bin/env node
// Starts the jar that lies in this package with the first Java that is new enough: npm has no package that brings one.
"use strict";

const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const OLDEST = 17;
const MISUSE = 2;
const jar = path.join(__dirname, "..", "mcp-session-conformance.jar");
const name = process.platform === "win32" ? "java.exe" : "java";

function candidates() {
    const homes = [process.env.JAVA_HOME, ...Object.keys(process.env)
        // The machines of GitHub have several.
        .filter(variable => /^JAVA_HOME_\d+_/.test(variable)).sort().reverse()
        .map(variable => process.env[variable])];
    return [...homes.filter(Boolean).map(home => path.join(home, "bin", name)), name];
}

/** The main version of a Java, or 0 if there is none. */
function version(java) {
    const said = spawnSync(java, ["-version"], { encoding: "utf8", windowsHide: true });
    const found = /version "(?:1\.)?(\d+)/.exec(said.stderr || "");
    return said.status === 0 && found ? Number(found[1]) : 0;
}

function fail(message) {
    console.error(`mcp-session-conformance: ${message}`);
    process.exit(MISUSE);
}

if (!fs.existsSync(jar)) {
    fail(`there is no ${jar}: the package was not packed whole.`);
}
const seen = candidates().map(java => ({ java, version: version(java) }));
const chosen = seen.find(each => each.version >= OLDEST);
if (!chosen) {
    const old = seen.find(each => each.version > 0);
    fail((old ? `needs Java ${OLDEST} or newer, and ${old.java} is ${old.version}.` : `needs Java ${OLDEST} or newer, and finds none.`)
        + " Set JAVA_HOME, or run 'uvx mcp-session-conformance', which brings one.");
}
const child = spawn(chosen.java, ["-XX:TieredStopAtLevel=1", "-jar", jar, ...process.argv.slice(2)], { stdio: "inherit" });
// A terminal signals the whole group; what is sent to this process alone is passed on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => { if (signal !== "SIGINT") { child.kill(signal); } });
}
child.on("error", error => fail(error.message));
child.on("exit", (status, signal) => {
    process.exit(signal ? 128 + os.constants.signals[signal] : status);
});
