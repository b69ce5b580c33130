// What follows from the filters of a report.

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

let filter = () => {};
if (form) {
    filter = filterBy({
        facets: ["verdict", "level", "revision", "area"],
        more: "Level, revision, area",
        follow(wanted, terms, left) {
            recount(wanted);
            return left;
        },
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
}
openTargets(filter);
