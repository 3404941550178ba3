// A select menu: a button that opens a list; arrows, Enter, Escape, and several choices.
import { h } from "/page/dom.js";

let openMenu = null;

// `items`: [{value, label, description, emoji, picture, selected}]
export function menu({ items, placeholder, min = 1, max = 1, disabled, attributes = {}, onchoose }) {
    let chosen = items.filter((item) => item.selected).map((item) => item.value);
    const label = h("span", { class: "menu-label" });
    const button = h(
        "button",
        { type: "button", class: "menu-button", disabled, "aria-haspopup": "listbox", "aria-expanded": "false", ...attributes },
        label,
        h("span", { class: "menu-arrow", "aria-hidden": "true" }, "▾"),
    );
    const root = h("div", { class: "menu" }, button);
    const show = () => {
        const texts = items.filter((item) => chosen.includes(item.value)).map((item) => item.label);
        label.textContent = texts.join(", ") || placeholder || "Pilih satu";
        label.classList.toggle("placeholder", !texts.length);
    };
    show();

    function close(done) {
        root.querySelector(".menu-list")?.remove();
        button.setAttribute("aria-expanded", "false");
        if (openMenu === close) openMenu = null;
        document.dispatchEvent(new Event("menu-closed"));
        if (done) {
            show();
            onchoose(chosen);
        }
    }

    function toggle(value) {
        if (max === 1) {
            chosen = chosen[0] === value && min === 0 ? [] : [value];
            close(true);
            button.focus();
            return;
        }
        chosen = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value].slice(0, max);
        draw();
    }

    function draw() {
        const focused = root.querySelector(".menu-list [role=option]:focus")?.dataset.value;
        root.querySelector(".menu-list")?.remove();
        const options = items.map((item) =>
            h(
                "li",
                { role: "option", tabindex: "-1", class: "menu-option", "data-value": item.value, "aria-selected": String(chosen.includes(item.value)), onclick: () => toggle(item.value) },
                item.picture ? h("img", { src: item.picture, alt: "", width: 24, height: 24 }) : null,
                item.emoji ? h("span", { class: "menu-emoji" }, item.emoji) : null,
                h("span", { class: "menu-text" }, h("span", {}, item.label), item.description ? h("small", {}, item.description) : null),
                max > 1 ? h("span", { class: "menu-check", "aria-hidden": "true" }, chosen.includes(item.value) ? "☑" : "☐") : null,
            ),
        );
        const enough = chosen.length >= min;
        const list = h("div", { class: "menu-list" }, h("ul", { role: "listbox", "aria-multiselectable": String(max > 1) }, options),
            max > 1 ? h("button", { type: "button", class: "button-primary menu-done", disabled: !enough, "data-action": "menu-done", onclick: () => close(true) }, "Selesai") : null);
        list.addEventListener("keydown", onKey);
        root.append(list);
        const next = options.find((option) => option.dataset.value === focused) ?? options.find((option) => option.getAttribute("aria-selected") === "true") ?? options[0];
        next?.focus({ preventScroll: true });
        list.scrollIntoView({ block: "nearest" });
    }

    function onKey(event) {
        const options = [...root.querySelectorAll("[role=option]")];
        const at = options.indexOf(document.activeElement);
        if (event.key === "ArrowDown") options[Math.min(at + 1, options.length - 1)]?.focus();
        else if (event.key === "ArrowUp") options[Math.max(at - 1, 0)]?.focus();
        else if ((event.key === "Enter" || event.key === " ") && at >= 0) toggle(options[at].dataset.value);
        else if (event.key === "Escape") {
            close(false);
            button.focus();
        } else return;
        event.preventDefault();
        event.stopPropagation();
    }

    button.addEventListener("click", () => {
        if (root.querySelector(".menu-list")) return close(false);
        openMenu?.(false);
        openMenu = close;
        button.setAttribute("aria-expanded", "true");
        draw();
        return undefined;
    });
    return root;
}

document.addEventListener("pointerdown", (event) => {
    if (openMenu && !event.target.closest(".menu")) openMenu(false);
});
