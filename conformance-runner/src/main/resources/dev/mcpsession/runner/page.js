"use strict";
// What all pages have: a choice between light and dark, and buttons to copy. A page is whole without its scripts.
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
