"use strict";
// What all pages have: a choice between light and dark, buttons to copy, filters, and links into the page. A page is whole
// without its scripts.
const root = document.documentElement;

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

// ---- filters ----

const form = document.getElementById("filters");
const findings = [...document.querySelectorAll(".finding")];
const texts = new Map();

/** The text of a finding, which is long: it is read when somebody searches. */
function words(finding) {
    if (!texts.has(finding)) {
        texts.set(finding, finding.textContent.toLowerCase());
    }
    return texts.get(finding);
}

function checked(facet) {
    return [...form.querySelectorAll(`input[name=${facet}]:checked`)].map(input => input.value);
}

/**
 * Lets the form choose which findings are shown. What it chooses is kept in the address, so that a link shows what its
 * sender saw.
 *
 * facets  the names of its check boxes, which findings have as data; all but the verdict are in the part that unfolds
 * more    the heading of that part
 * fields  its other fields but the search, and what each is at first
 * follow  what else a choice changes: called with the facets that are chosen, as pairs of a name and values, the words
 *         that are searched for, and whether a finding is left; it returns whether anything is left at all
 */
function filterBy({facets, more, fields = {}, follow}) {
    const folded = form.querySelector(".more");
    const inside = facets.filter(facet => facet !== "verdict");

    function value(name) {
        const field = form.elements[name];
        return field.type === "checkbox" && !field.checked ? "" : field.value;
    }

    function recall() {
        const query = new URLSearchParams(location.search);
        for (const facet of facets) {
            for (const input of form.querySelectorAll(`input[name=${facet}]`)) {
                input.checked = query.getAll(facet).includes(input.value);
            }
        }
        form.elements.text.value = query.get("text") ?? "";
        for (const [name, first] of Object.entries(fields)) {
            const field = form.elements[name];
            const wish = query.get(name) ?? first;
            if (field.type === "checkbox") {
                field.checked = wish === field.value;
            } else {
                field.value = [...field.options].some(option => option.value === wish) ? wish : first;
            }
        }
        folded.open = inside.some(facet => query.has(facet));
    }

    function remember(wanted) {
        const query = new URLSearchParams();
        wanted.forEach(([facet, values]) => values.forEach(each => query.append(facet, each)));
        for (const [name, first] of Object.entries({text: "", ...fields})) {
            if (value(name) !== first) {
                query.set(name, value(name));
            }
        }
        try {
            history.replaceState(null, "", (query.size ? "?" + query : location.pathname) + location.hash);
        } catch { /* some viewers of files let no page change its address */ }
    }

    function filter() {
        const wanted = facets.map(facet => [facet, checked(facet)]).filter(([, values]) => values.length > 0);
        const terms = form.elements.text.value.toLowerCase().split(/\s+/).filter(term => term);
        let count = 0;
        for (const finding of findings) {
            const shown = wanted.every(([facet, values]) => {
                const has = finding.dataset[facet].split(" ");
                return values.some(each => has.includes(each));
            }) && terms.every(term => words(finding).includes(term));
            finding.hidden = !shown;
            count += shown ? 1 : 0;
        }
        const left = follow(wanted, terms, count > 0);
        document.getElementById("nothing").hidden = left;
        const all = wanted.length === 0 && terms.length === 0;
        document.getElementById("shown").textContent = all ? `${count} findings` : `${count} of ${findings.length} shown`;
        const chosen = wanted.filter(([facet]) => inside.includes(facet)).length;
        folded.querySelector("summary").textContent = more + (chosen ? ` (${chosen})` : "");
        remember(wanted);
    }

    form.hidden = false;
    // What a link leads to must not come to lie under the bar.
    new ResizeObserver(() => {
        const height = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
        root.style.setProperty("--bar", height + "px");
    }).observe(form);
    recall();
    filter();
    form.addEventListener("input", filter);
    form.addEventListener("submit", event => event.preventDefault());
    // The fields are empty only after the event.
    form.addEventListener("reset", () => setTimeout(filter));
    document.getElementById("open").addEventListener("click", () => {
        const shown = findings.filter(finding => !finding.hidden);
        const open = shown.some(finding => !finding.open);
        shown.forEach(finding => { finding.open = open; });
    });
    return filter;
}

// ---- links into the page ----

/** Opens the finding that the address names, now and whenever it names another. */
function openTargets(filter) {
    function open() {
        let id = "";
        try {
            id = decodeURIComponent(location.hash.slice(1));
        } catch { /* no name of ours */ }
        const target = id && document.getElementById(id);
        if (target && target.matches(".finding")) {
            if (target.hidden) {
                form.reset();
                filter();
            }
            target.open = true;
            target.scrollIntoView();
            target.querySelector("summary").focus({preventScroll: true});
        }
    }
    window.addEventListener("hashchange", open);
    open();
}
