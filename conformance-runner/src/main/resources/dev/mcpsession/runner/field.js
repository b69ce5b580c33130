// What follows from the filters of the page about the field, and its order.
const tables = [...document.querySelectorAll("section.table")].map(section => ({
    section,
    body: section.querySelector("tbody"),
    rows: [...section.querySelectorAll("tr.rule")],
    // The headings of the areas; those of harms are made alike.
    parts: new Map([...section.querySelectorAll("tr.part")].map(part => [part.textContent.trim(), part])),
}));
const harms = new Map([...form.querySelectorAll("input[name=harm]")].map(
    input => [input.value, input.nextElementSibling.textContent]));
const place = new Map(findings.map((finding, at) => [finding, at]));
let ordered = null;

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

/** Shows the rows that a finding is left of; and those that nobody breaks, if they are asked for. */
function sift(wanted, terms) {
    const all = form.elements.all.checked;
    const rules = {server: new Set(), client: new Set()};
    for (const finding of findings.filter(each => !each.hidden)) {
        const kind = finding.closest(".group").dataset.kind;
        finding.dataset.rules.split(" ").forEach(rule => rules[kind].add(rule));
    }
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
}

openTargets(filterBy({
    facets: ["verdict", "harm", "area", "subject"],
    more: "What it does to users, area, server, client",
    fields: {sort: "harm", all: ""},
    follow(wanted, terms, left) {
        if (form.elements.sort.value !== ordered) {
            ordered = form.elements.sort.value;
            order(ordered);
        }
        sift(wanted, terms);
        return left || tables.some(table => !table.section.hidden);
    },
}));
