// Filters of the report, and links into it.
const form = document.getElementById("filters");
const findings = [...document.querySelectorAll(".finding")];

// ---- filters ----

const facets = ["verdict", "level", "revision", "area"];
const texts = new Map();

function words(finding) {
    if (!texts.has(finding)) {
        texts.set(finding, finding.textContent.toLowerCase());
    }
    return texts.get(finding);
}

/** Puts numbers in the place of those that counted everything: of what is shown. */
function recount(wanted) {
    const chosen = facet => (wanted.find(([name]) => name === facet) ?? [facet, []])[1];
    const fits = (facet, value) => chosen(facet).length === 0 || chosen(facet).includes(value);
    for (const group of document.querySelectorAll(".group")) {
        const all = group.querySelectorAll(".finding").length;
        const count = group.querySelectorAll(".finding:not([hidden])").length;
        const text = count === all ? `${all}` : `${count} of ${all}`;
        group.hidden = count === 0;
        group.querySelector(".count").textContent = text;
        document.querySelectorAll(".of").forEach(of => {
            if (of.dataset.group === group.id) {
                of.textContent = text;
            }
        });
    }
    const results = new Map();
    for (const finding of findings) {
        if (!finding.hidden) {
            const run = finding.closest(".run").id;
            for (const result of finding.dataset.results.split(" ")) {
                const [revision, level] = result.split(":");
                if (fits("revision", revision) && fits("level", level)) {
                    for (const key of [["area", finding.dataset.area, revision], ["level", level]]) {
                        const name = [run, ...key, finding.dataset.verdict].join(" ");
                        results.set(name, (results.get(name) ?? 0) + 1);
                    }
                }
            }
        }
    }
    const only = document.querySelector(".run");
    for (const cell of document.querySelectorAll("td[data-revision], td[data-level]")) {
        const run = (cell.closest(".run") ?? only).id;
        const key = cell.dataset.level ? ["level", cell.dataset.level] : ["area", cell.dataset.area, cell.dataset.revision];
        for (const tally of cell.querySelectorAll(".n")) {
            const count = results.get([run, ...key, tally.dataset.verdict].join(" ")) ?? 0;
            tally.querySelector(".number").textContent = count;
            tally.hidden = count === 0;
        }
    }
    for (const cause of document.querySelectorAll(".cause")) {
        cause.hidden = ![...cause.querySelectorAll("a")].some(link => {
            const finding = document.getElementById(link.hash.slice(1));
            return finding && !finding.hidden;
        });
    }
}

/** Keeps the filters in the address, so that a link shows what its sender saw. */
function remember(wanted, text) {
    const query = new URLSearchParams();
    wanted.forEach(([facet, values]) => values.forEach(value => query.append(facet, value)));
    if (text) {
        query.set("text", text);
    }
    const wish = (query.size ? "?" + query : location.pathname) + location.hash;
    try {
        history.replaceState(null, "", wish);
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
    form.querySelector(".more").open = ["level", "revision", "area"].some(facet => query.has(facet));
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
    recount(wanted);
    remember(wanted, form.elements.text.value);
    document.getElementById("nothing").hidden = count > 0;
    const filtered = wanted.length > 0 || terms.length > 0;
    document.getElementById("shown").textContent = filtered ? `${count} of ${findings.length} shown` : `${findings.length} findings`;
    const more = form.querySelector(".more");
    const inside = wanted.filter(([facet]) => facet !== "verdict").length;
    more.querySelector("summary").textContent = "Level, revision, area" + (inside ? ` (${inside})` : "");
}

if (form) {
    form.hidden = false;
    // What a link leads to must not come to lie under the bar.
    new ResizeObserver(() => {
        const height = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
        root.style.setProperty("--bar", height + "px");
    }).observe(form);
    recall();
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
            filter();
        }
        target.open = true;
        target.scrollIntoView();
        target.querySelector("summary").focus({preventScroll: true});
    }
}
window.addEventListener("hashchange", openTarget);
openTarget();
