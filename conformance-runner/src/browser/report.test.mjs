// Opens HTML reports in headless Chromium and uses them as people do. See test.sh.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const folder = resolve(process.env.REPORTS ?? new URL("../../target/html-reports", import.meta.url).pathname);
const reports = readdirSync(folder).filter(name => name.endsWith(".html"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const desktop = {width: 1280, height: 900};
const phone = {width: 390, height: 844};
let browser;

before(async () => {
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM,
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"],
    });
});
after(() => browser?.close());

/** Opens a report, lets the test use it, and checks that it stayed quiet: no errors, nothing loaded. */
async function use(name, options, body) {
    const context = await browser.newContext({viewport: desktop, ...options});
    const page = await context.newPage();
    const complaints = [];
    page.on("console", message => {
        if (["error", "warning"].includes(message.type())) {
            complaints.push(message.text());
        }
    });
    page.on("pageerror", error => complaints.push(String(error)));
    const url = pathToFileURL(join(folder, name)).href;
    page.on("request", request => {
        if (!request.url().startsWith("data:") && request.url().split(/[?#]/)[0] !== url) {
            complaints.push("request of " + request.url());
        }
    });
    await page.goto(url + (options.query ?? "") + (options.hash ? "#" + options.hash : ""));
    await body(page);
    assert.deepEqual(complaints, []);
    await context.close();
}

const shown = page => page.locator(".finding:not([hidden])").count();
const ground = page => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

test("there are reports to look at", () => assert.ok(reports.length >= 5, `only ${reports} in ${folder}`));

for (const name of reports) {
    for (const [device, viewport] of Object.entries({desktop, phone})) {
        test(`${name} fits a ${device}, in light and dark, open and closed`, async () => {
            for (const colorScheme of ["light", "dark"]) {
                await use(name, {viewport, colorScheme}, async page => {
                    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
                    assert.ok(await width() <= viewport.width, `${await width()} px wide`);
                    await page.evaluate(() => [...document.querySelectorAll("details")].slice(0, 200).forEach(d => { d.open = true; }));
                    assert.ok(await width() <= viewport.width, `${await width()} px wide when open`);
                });
            }
        });
    }
}

test("is accessible, in light and dark, as far as a program can tell", async () => {
    for (const [name, colorScheme] of [["failing.html", "light"], ["failing.html", "dark"], ["several.html", "light"]]) {
        await use(name, {colorScheme}, async page => {
            await page.evaluate(() => document.querySelectorAll("details").forEach(d => { d.open = true; }));
            await page.evaluate(axe);
            const found = await page.evaluate(() => window.axe.run());
            assert.deepEqual(found.violations.map(v => [v.id, ...v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))]), []);
        });
    }
});

test("filters by keyboard", async () => {
    await use("failing.html", {}, async page => {
        const all = await shown(page);
        await page.locator("#text").focus();
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.value), "FAIL");
        await page.keyboard.press("Space");
        assert.equal(await shown(page), 2);
        assert.equal(await page.locator("#shown").textContent(), `2 of ${all} shown`);
        await page.locator("#text").focus();
        await page.keyboard.type("reaped-POST");
        assert.equal(await shown(page), 1);
        await page.keyboard.type(" no such words");
        assert.equal(await shown(page), 0);
        assert.ok(await page.locator("#nothing").isVisible());
        await page.locator("button[type=reset]").focus();
        await page.keyboard.press("Enter");
        await page.waitForFunction(count => document.querySelectorAll(".finding:not([hidden])").length === count, all);
        assert.ok(!await page.locator("#nothing").isVisible());
    });
});

test("filters by level, revision and area", async () => {
    await use("failing.html", {}, async page => {
        await page.locator(".more > summary").click();
        for (const [facet, value, count] of [["level", "SHOULD", 1], ["revision", "2025-06-18", 2], ["area", "load", 1]]) {
            await page.locator(`input[name=${facet}][value="${value}"]`).check();
            assert.equal(await shown(page), count, `${facet} ${value}`);
            await page.locator(`input[name=${facet}][value="${value}"]`).uncheck();
        }
        await page.locator("td[data-area=idle][data-revision='2025-06-18'] button").click();
        assert.equal(await shown(page), 1, "by a cell of the overview");
    });
});

/** Whether an element is in sight, and nothing lies over its upper left corner. */
const inSight = locator => locator.evaluate(e => {
    const box = e.getBoundingClientRect();
    const above = document.elementFromPoint(box.left + 3, box.top + 3);
    return box.top >= 0 && box.top + 20 < innerHeight && above !== null && (e.contains(above) || above.contains(e));
});

test("tells what is broken before all else, without scrolling", async () => {
    for (const viewport of [desktop, phone]) {
        await use("failing.html", {viewport}, async page => {
            const cause = page.locator(".cause").first();
            assert.ok(await inSight(cause.locator(".came-of")), `at ${viewport.width}`);
            assert.match(await cause.textContent(), /expected status 404 after it, but got 200/);
            assert.match(await page.locator("[id='idle/reaped-post-404'] > summary").innerText(), /got 200/, "on the closed card");
            const table = await page.locator("table").first().evaluate(e => e.getBoundingClientRect().top);
            assert.ok(table > await cause.evaluate(e => e.getBoundingClientRect().bottom), "above the tables");
        });
    }
});

test("cuts neither what came nor the table of areas on a phone", async () => {
    for (const name of ["failing.html", "accepted.html"]) {
        await use(name, {viewport: phone}, async page => {
            const cut = await page.locator(".came-of, .tables .scroll").evaluateAll(all => all
                .filter(e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
                .map(e => e.outerHTML.slice(0, 200)));
            assert.deepEqual(cut, []);
        });
    }
});

test("keeps its filters in the address", async () => {
    await use("failing.html", {}, async page => {
        await page.locator("label:has(input[value=WARN])").click();
        await page.locator("#text").fill("advised");
        assert.equal(await page.evaluate(() => location.search), "?verdict=WARN&text=advised");
        await page.reload();
        assert.equal(await shown(page), 1, "after a reload");
        assert.ok(await page.locator("input[value=WARN]").isChecked());
        await page.locator("button[type=reset]").click();
        await page.waitForFunction(() => !location.search);
    });
    await use("failing.html", {query: "?area=idle&revision=2025-06-18"}, async page => {
        assert.equal(await shown(page), 1, "from a link");
        assert.ok(await page.locator(".more").evaluate(e => e.open));
    });
});

test("counts what its filters leave", async () => {
    await use("failing.html", {}, async page => {
        const numbers = area => page.locator(`td[data-area=${area}] .n:not([hidden]) .number`).allInnerTexts();
        assert.deepEqual(await numbers("transport"), ["1", "1", "1", "1"]);
        await page.locator("label:has(input[value=WARN])").click();
        assert.deepEqual(await numbers("transport"), ["1"]);
        assert.deepEqual(await numbers("idle"), []);
        assert.equal(await page.locator(".cause:not([hidden])").count(), 1);
        assert.match(await page.locator(".jump").innerText(), /Broken 0 of 1/);
        await page.locator("button[type=reset]").click();
        // The fields are empty only after the event.
        await page.waitForFunction(() => !location.search);
        assert.equal(await page.locator(".cause[hidden]").count(), 0);
        assert.deepEqual(await numbers("transport"), ["1", "1", "1", "1"]);
    });
});

test("lets no bar lie over what a link leads to", async () => {
    for (const viewport of [desktop, phone, {width: 800, height: 600}]) {
        await use("failing.html", {viewport}, async page => {
            await page.locator(".more").evaluate(e => { e.open = true; });
            await page.waitForFunction(() => {
                const bar = document.getElementById("filters");
                const height = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
                return document.documentElement.style.getPropertyValue("--bar") === height + "px";
            });
            for (const link of await page.locator(".jump a, .rules a").all()) {
                await page.evaluate(() => scrollTo(0, 0));
                const id = (await link.getAttribute("href")).slice(1);
                await link.click();
                const target = page.locator(`[id='${id}'] ${id.includes("/") ? "> summary" : "> h3"}`);
                const covered = await target.evaluate(e => {
                    const bar = document.getElementById("filters");
                    const box = e.getBoundingClientRect();
                    return getComputedStyle(bar).position === "sticky" && box.top < bar.getBoundingClientRect().bottom
                        && box.bottom > bar.getBoundingClientRect().top;
                });
                assert.ok(!covered, `${id} at ${viewport.width}`);
            }
        });
    }
});

test("opens a finding, its exchanges and its note by keyboard", async () => {
    await use("failing.html", {}, async page => {
        const finding = page.locator(".finding").first();
        await finding.locator("> summary").focus();
        await page.keyboard.press("Enter");
        assert.ok(await finding.locator("figure.timeline svg").first().isVisible());
        const exchange = finding.locator(".steps details").first();
        assert.ok(!await exchange.locator("pre").first().isVisible());
        await exchange.locator("summary").focus();
        await page.keyboard.press("Enter");
        assert.ok(await exchange.locator("pre").first().isVisible());
        await finding.locator(".note > summary").focus();
        await page.keyboard.press("Space");
        assert.ok(await finding.locator(".prose").isVisible());
    });
});

test("opens what a link leads to", async () => {
    await use("failing.html", {hash: "transport/advised"}, async page => {
        assert.ok(await page.locator("[id='transport/advised']").evaluate(e => e.open));
    });
    await use("several.html", {}, async page => {
        const link = page.locator(".matrix a.n").first();
        const id = (await link.getAttribute("href")).slice(1);
        await link.click();
        await page.waitForFunction(target => document.getElementById(target).open, id);
    });
});

test("is light or dark as the system is, until somebody chooses", async () => {
    const grounds = {};
    for (const colorScheme of ["light", "dark"]) {
        await use("failing.html", {colorScheme}, async page => { grounds[colorScheme] = await ground(page); });
    }
    assert.notEqual(grounds.light, grounds.dark);
    await use("failing.html", {colorScheme: "light"}, async page => {
        await page.locator("#theme").focus();
        await page.keyboard.press("Enter");
        assert.equal(await ground(page), grounds.dark);
        await page.reload();
        assert.equal(await ground(page), grounds.dark, "the choice is kept");
    });
});

test("is whole without scripts", async () => {
    await use("failing.html", {javaScriptEnabled: false}, async page => {
        assert.equal(await page.locator(".finding").count(), 6);
        assert.ok(!await page.locator("#filters").isVisible());
        assert.ok(!await page.locator("#theme").isVisible());
        await page.locator(".finding > summary").first().click();
        assert.ok(await page.locator("figure.timeline svg").first().isVisible());
    });
});

test("lets no server break out", async () => {
    for (const name of ["hostile.html", "hostile-two.html"]) {
        await use(name, {}, async page => {
            await page.evaluate(() => document.querySelectorAll("details").forEach(d => { d.open = true; }));
            assert.equal(await page.evaluate(() => window.broken), undefined);
            assert.equal(await page.locator("script, img, iframe, [onerror], a[href^=javascript]").count(), 1, "only our script");
            assert.equal(await page.locator("style").count(), 1);
            assert.ok(await page.locator("footer").isVisible(), "the end of the page is there");
        });
    }
});

// ---- the page about the field, as it is in the repository ----

const field = "../../../spec-notes/field/index.html";
const shownRows = page => page.locator("section.table tr.rule:not([hidden])").count();

test("the field's page fits a desktop and a phone, and breaks no name within a word", async () => {
    for (const viewport of [desktop, phone]) {
        await use(field, {viewport}, async page => {
            const width = await page.evaluate(() => document.documentElement.scrollWidth);
            assert.ok(width <= viewport.width, `${width} px wide`);
            const broken = await page.evaluate(() => [...document.querySelectorAll("tr.rule th a")].filter(link => {
                // The letters before and after each end of a line.
                const walker = document.createTreeWalker(link, NodeFilter.SHOW_TEXT);
                const range = document.createRange();
                let last = null;
                while (walker.nextNode()) {
                    for (let at = 0; at < walker.currentNode.length; at++) {
                        range.setStart(walker.currentNode, at);
                        range.setEnd(walker.currentNode, at + 1);
                        const box = range.getBoundingClientRect();
                        if (last && box.top > last.top + 4 && /\w/.test(last.letter)) {
                            return true;
                        }
                        last = {top: box.top, letter: range.toString()};
                    }
                }
                return false;
            }).map(link => link.textContent).slice(0, 5));
            assert.deepEqual(broken, []);
        });
    }
});

test("the field's page is filtered and sorted, and keeps both in the address", async () => {
    await use(field, {}, async page => {
        const all = {findings: await shown(page), rows: await shownRows(page)};
        const first = () => page.locator("tr.rule").first().getAttribute("data-rule");
        const worst = await first();
        await page.locator("label:has(input[value=WARN])").click();
        await page.locator("#sort").selectOption("area");
        const some = {findings: await shown(page), rows: await shownRows(page)};
        assert.ok(some.findings > 0 && some.findings < all.findings && some.rows > 0 && some.rows < all.rows);
        assert.equal(await page.evaluate(() => location.search), "?verdict=WARN&sort=area");
        assert.match(await first(), /^assignment/);
        await page.reload();
        assert.deepEqual({findings: await shown(page), rows: await shownRows(page)}, some, "after a reload");
        await page.locator("button[type=reset]").click();
        await page.waitForFunction(() => !location.search);
        assert.deepEqual({findings: await shown(page), rows: await shownRows(page)}, all);
        assert.equal(await first(), worst);
        await page.locator("input[name=all]").check();
        assert.ok(await shownRows(page) > all.rows, "also rules that nobody breaks");
    });
});

test("a cell of the field's page leads to what stands behind it", async () => {
    await use(field, {}, async page => {
        const cell = page.locator("td a.n").first();
        const id = (await cell.getAttribute("href")).slice(1);
        await cell.click();
        await page.waitForFunction(target => document.getElementById(target).open, id);
        assert.ok(await inSight(page.locator(`[id='${id}'] > summary`)));
    });
    await use(field, {query: "?text=nothing+has+these+words"}, async page => {
        assert.equal(await shown(page), 0);
        assert.ok(await page.locator("#nothing").isVisible());
    });
});
