// Filters of the page about the field, its order, and links into it. All of them are kept in its address.
const form = document.getElementById("filters");
const findings = [...document.querySelectorAll(".finding")];
const tables = [...document.querySelectorAll("section.table")].map(section => ({
    section,
    body: section.querySelector("tbody"),
    rows: [...section.querySelectorAll("tr.rule")],
    // The headings of the areas; those of harms are made alike.
    parts: new Map([...section.querySelectorAll("tr.part")].map(part => [part.textContent.trim(), part])),
}));
const facets = ["verdict", "harm", "area", "subject"];
const harms = new Map([...form.querySelectorAll("input[name=harm]")].map(
    input => [input.value, input.nextElementSibling.textContent]));
const texts = new Map(findings.map(finding => [finding, finding.textContent.toLowerCase()]));
const place = new Map(findings.map((finding, at) => [finding, at]));

function checked(facet) {
    return [...form.querySelectorAll(`input[name=${facet}]:checked`)].map(input => input.value);
}

/** The row that stands above those of an area or a harm. */
function part(table, name) {
    if (!table.parts.has(name)) {
        const made = [...table.parts.values()][0].cloneNode(true);
        made.querySelector("span").textContent = name;
        table.parts.set(name, made);
    }
    return table.parts.get(name);
}

function order(by) {
    const number = (element, key) => Number(element.dataset[key]);
    for (const table of tables) {
        const rows = [...table.rows];
        if (by === "harm") {
            rows.sort((a, b) => number(a, "harm") - number(b, "harm") || number(b, "broken") - number(a, "broken"));
        } else if (by === "broken") {
            rows.sort((a, b) => number(b, "broken") - number(a, "broken"));
        }
        const sorted = [];
        let last = "";
        for (const row of rows) {
            const name = by === "harm" ? harms.get(row.dataset.harm) ?? "Other" : by === "area" ? row.dataset.area : "";
            if (name !== last) {
                sorted.push(part(table, name));
                last = name;
            }
            sorted.push(row);
        }
        table.body.replaceChildren(...sorted);
    }
    for (const group of document.querySelectorAll(".group")) {
        const own = findings.filter(finding => group.contains(finding));
        own.sort((a, b) => (by === "area" ? a.dataset.area.localeCompare(b.dataset.area)
            : by === "broken" ? number(b, "broken") - number(a, "broken") : 0) || place.get(a) - place.get(b));
        group.append(...own);
    }
}

function filter() {
    const wanted = facets.map(facet => [facet, checked(facet)]).filter(([, values]) => values.length > 0);
    const terms = form.elements.text.value.toLowerCase().split(/\s+/).filter(term => term);
    const all = form.elements.all.checked;
    const rules = {server: new Set(), client: new Set()};
    let count = 0;
    for (const finding of findings) {
        const shown = wanted.every(([facet, values]) => {
            const has = finding.dataset[facet].split(" ");
            return values.some(value => has.includes(value));
        }) && terms.every(term => texts.get(finding).includes(term));
        finding.hidden = !shown;
        if (shown) {
            count++;
            const kind = finding.closest(".group").dataset.kind;
            finding.dataset.rules.split(" ").forEach(rule => rules[kind].add(rule));
        }
    }
    const filtered = wanted.length > 0 || terms.length > 0;
    for (const table of tables) {
        const kind = table.section.dataset.kind;
        const chosen = key => (wanted.find(([facet]) => facet === key) ?? [key, []])[1];
        for (const row of table.rows) {
            const about = (row.dataset.rule + " " + row.querySelector("th").title).toLowerCase();
            const quiet = all && checked("verdict").length === 0 && checked("subject").length === 0
                && (chosen("area").length === 0 || chosen("area").includes(row.dataset.area))
                && (chosen("harm").length === 0 || chosen("harm").includes(row.dataset.harm))
                && terms.every(term => about.includes(term));
            row.hidden = !quiet && !rules[kind].has(row.dataset.rule);
        }
        // A heading stays only above a row that is shown.
        let heading = null;
        for (const row of table.body.children) {
            if (row.classList.contains("part")) {
                heading = row;
                heading.hidden = true;
            } else if (!row.hidden && heading) {
                heading.hidden = false;
            }
        }
        table.section.hidden = table.rows.every(row => row.hidden);
    }
    for (const group of document.querySelectorAll(".group")) {
        const own = [...group.querySelectorAll(".finding")];
        const shown = own.filter(finding => !finding.hidden).length;
        group.hidden = shown === 0;
        group.querySelector(".count").textContent = shown === own.length ? `${shown}` : `${shown} of ${own.length}`;
    }
    document.getElementById("nothing").hidden = count > 0 || tables.some(table => !table.section.hidden);
    document.getElementById("shown").textContent = filtered ? `${count} of ${findings.length} findings` : `${count} findings`;
    const inside = wanted.filter(([facet]) => facet !== "verdict").length;
    form.querySelector(".more summary").textContent = "What it does to users, area, server, client" + (inside ? ` (${inside})` : "");
    remember(wanted, all);
}

function remember(wanted, all) {
    const query = new URLSearchParams();
    wanted.forEach(([facet, values]) => values.forEach(value => query.append(facet, value)));
    if (form.elements.text.value) {
        query.set("text", form.elements.text.value);
    }
    if (form.elements.sort.value !== "harm") {
        query.set("sort", form.elements.sort.value);
    }
    if (all) {
        query.set("all", "yes");
    }
    try {
        history.replaceState(null, "", (query.size ? "?" + query : location.pathname) + location.hash);
    } catch { /* some viewers of files let no page change its address */ }
}

function recall() {
    const query = new URLSearchParams(location.search);
    for (const facet of facets) {
        for (const input of form.querySelectorAll(`input[name=${facet}]`)) {
            input.checked = query.getAll(facet).includes(input.value);
        }
    }
    form.elements.text.value = query.get("text") ?? "";
    form.elements.all.checked = query.get("all") === "yes";
    const sort = query.get("sort");
    form.elements.sort.value = [...form.elements.sort.options].some(option => option.value === sort) ? sort : "harm";
    form.querySelector(".more").open = ["harm", "area", "subject"].some(facet => query.has(facet));
}

function openTarget() {
    let id = "";
    try {
        id = decodeURIComponent(location.hash.slice(1));
    } catch { /* no name of ours */ }
    const target = id && document.getElementById(id);
    if (target && target.matches(".finding")) {
        if (target.hidden) {
            form.reset();
            order(form.elements.sort.value);
            filter();
        }
        target.open = true;
        target.scrollIntoView();
        target.querySelector("summary").focus({preventScroll: true});
    }
}

form.hidden = false;
new ResizeObserver(() => {
    const height = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
    root.style.setProperty("--bar", height + "px");
}).observe(form);
recall();
order(form.elements.sort.value);
filter();
form.addEventListener("input", event => {
    if (event.target === form.elements.sort) {
        order(form.elements.sort.value);
    }
    filter();
});
form.addEventListener("submit", event => event.preventDefault());
// The fields are empty only after the event.
form.addEventListener("reset", () => setTimeout(() => {
    order(form.elements.sort.value);
    filter();
}));
document.getElementById("open").addEventListener("click", () => {
    const shown = findings.filter(finding => !finding.hidden);
    const open = shown.some(finding => !finding.open);
    shown.forEach(finding => { finding.open = open; });
});
window.addEventListener("hashchange", openTarget);
openTarget();
