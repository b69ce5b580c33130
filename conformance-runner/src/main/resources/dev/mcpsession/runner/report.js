"use strict";
// The page is whole without this script, which adds filters, a choice between light and dark, and buttons to copy.
const root = document.documentElement;
const form = document.getElementById("filters");
const findings = [...document.querySelectorAll(".finding")];

// ---- light and dark ----

const theme = document.getElementById("theme");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
}

function nameTheme() {
    theme.querySelector(".label").textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", "Change to " + (isDark() ? "light" : "dark"));
}

try {
    // Where pages from files may keep nothing, the choice lasts until the page is closed.
    const kept = localStorage.getItem("mcp-session-conformance-theme");
    if (kept === "dark" || kept === "light") {
        root.dataset.theme = kept;
    }
} catch { /* as above */ }
theme.hidden = false;
theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
    try {
        localStorage.setItem("mcp-session-conformance-theme", root.dataset.theme);
    } catch { /* as above */ }
});
dark.addEventListener("change", nameTheme);
nameTheme();

// ---- filters ----

const facets = ["verdict", "level", "revision", "area"];
const texts = new Map();

function words(finding) {
    if (!texts.has(finding)) {
        texts.set(finding, finding.textContent.toLowerCase());
    }
    return texts.get(finding);
}

function filter() {
    const wanted = facets.map(facet => [facet, [...form.querySelectorAll(`input[name=${facet}]:checked`)].map(i => i.value)])
        .filter(([, values]) => values.length > 0);
    const terms = form.elements.text.value.toLowerCase().split(/\s+/).filter(term => term);
    let count = 0;
    for (const finding of findings) {
        const shown = wanted.every(([facet, values]) => {
            const has = finding.dataset[facet].split(" ");
            return values.some(value => has.includes(value));
        }) && terms.every(term => words(finding).includes(term));
        finding.hidden = !shown;
        count += shown ? 1 : 0;
    }
    for (const group of document.querySelectorAll(".group")) {
        group.hidden = !group.querySelector(".finding:not([hidden])");
    }
    document.getElementById("nothing").hidden = count > 0;
    const filtered = wanted.length > 0 || terms.length > 0;
    document.getElementById("shown").textContent = filtered ? `${count} of ${findings.length} shown` : `${findings.length} findings`;
    const more = form.querySelector(".more");
    const inside = wanted.filter(([facet]) => facet !== "verdict").length;
    more.querySelector("summary").textContent = "Level, revision, area" + (inside ? ` (${inside})` : "");
}

if (form) {
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", event => event.preventDefault());
    // The fields are empty only after the event.
    form.addEventListener("reset", () => setTimeout(filter));
    document.getElementById("open").addEventListener("click", () => {
        const shown = findings.filter(finding => !finding.hidden);
        const open = shown.some(finding => !finding.open);
        shown.forEach(finding => { finding.open = open; });
    });
    // A cell of the overview shows what it counts.
    for (const cell of document.querySelectorAll("td[data-revision], td[data-level]")) {
        if (cell.querySelector(".n")) {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "cell";
            button.append(...cell.childNodes);
            cell.append(button);
            button.addEventListener("click", () => {
                form.reset();
                for (const facet of ["level", "revision", "area"]) {
                    for (const input of form.querySelectorAll(`input[name=${facet}]`)) {
                        input.checked = input.value === cell.dataset[facet];
                    }
                }
                filter();
                form.querySelector(".more").open = true;
                form.scrollIntoView();
            });
        }
    }
    filter();
}

// ---- links into the page ----

function openTarget() {
    let id = "";
    try {
        id = decodeURIComponent(location.hash.slice(1));
    } catch { /* no name of ours */ }
    const target = id && document.getElementById(id);
    if (target && target.matches(".finding")) {
        if (target.hidden) {
            form.reset();
            findings.forEach(finding => { finding.hidden = false; });
        }
        target.open = true;
        target.scrollIntoView();
        target.querySelector("summary").focus({preventScroll: true});
    }
}
window.addEventListener("hashchange", openTarget);
openTarget();

// ---- copying ----

for (const block of document.querySelectorAll(".curl")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
        const pre = block.querySelector("pre");
        try {
            await navigator.clipboard.writeText(pre.textContent);
            button.textContent = "Copied";
        } catch {
            getSelection().selectAllChildren(pre);
            button.textContent = "Selected: copy with Ctrl-C";
        }
    });
    block.querySelector("p").append(button);
}
