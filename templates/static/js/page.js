// Small comforts of every page; each works without a script as well.

// Ask before a deed that cannot be undone: <form data-confirm="…">.
document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) {
        event.preventDefault();
        return;
    }
    // A second press of the same button must not send the form twice.
    const button = event.submitter;
    if (button && event.target.method === "post" && !event.target.hasAttribute("hx-post")) {
        window.setTimeout(() => button.setAttribute("disabled", ""), 0);
        window.setTimeout(() => button.removeAttribute("disabled"), 6_000);
    }
});

// <button data-copy="text"> puts the text on the clipboard.
document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.textContent;
    button.textContent = button.dataset.copied ?? "✓";
    window.setTimeout(() => (button.textContent = label), 1_500);
});

// <input type=checkbox data-all="ids"> ticks every box of that name.
document.addEventListener("change", (event) => {
    const name = event.target.dataset?.all;
    if (!name) return;
    for (const box of document.querySelectorAll(`input[name="${name}"]`)) {
        box.checked = event.target.checked;
    }
});

// <select data-submits> sends its form.
document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submits]")) event.target.form.requestSubmit();
});

// A picture that was chosen is shown before it is sent.
document.addEventListener("change", (event) => {
    const preview = document.getElementById(event.target.dataset?.preview ?? "");
    const file = event.target.files?.[0];
    if (!preview || !file) return;
    preview.src = URL.createObjectURL(file);
    preview.hidden = false;
});

// Menus close when the reader presses elsewhere or Escape.
function closeMenus(except) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
        if (menu !== except) menu.open = false;
    }
}
document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details[data-menu]"));
});
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(null);
});

// A part that could not be fetched says so instead of staying silent.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => {
        const box = document.querySelector("[data-trouble]");
        if (box) box.hidden = false;
    });
}
document.addEventListener("htmx:afterSwap", () => {
    const box = document.querySelector("[data-trouble]");
    if (box) box.hidden = true;
});
