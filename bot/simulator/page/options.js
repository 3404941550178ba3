// One option of a slash command: the right field for its type.
import * as api from "/page/api.js";
import { fileField, h } from "/page/dom.js";
import { menu } from "/page/menu.js";
import { channel, entities } from "/page/state.js";

const ENTITY = { 6: "user", 7: "channel", 8: "role", 9: "mentionable" };
const BOOLEAN = 5;
const ATTACHMENT = 11;
const NUMERIC = { 4: "1", 10: "any" };

export function optionField(command, option, form) {
    return h("div", { class: "option", "data-option": option.name },
        h("span", { class: "option-name" }, option.label, option.required ? h("span", { class: "needed", "aria-label": "wajib" }, " *") : null),
        control(command, option, form),
        h("small", { class: "muted" }, option.description));
}

function control(command, option, form) {
    const set = (value) => { form.values[option.name] = value; };
    const chooseFrom = (items, convert = (value) => value) => menu({ items, placeholder: "Pilih", attributes: { "aria-label": option.label }, onchoose: ([value]) => set(convert(value)) });
    if (option.choices.length) {
        return chooseFrom(option.choices.map((choice) => ({ value: String(choice.value), label: choice.name })),
            (value) => option.choices.find((choice) => String(choice.value) === value).value);
    }
    if (option.type in ENTITY) return chooseFrom(entities(ENTITY[option.type]));
    if (option.type === BOOLEAN) return chooseFrom([{ value: "1", label: "Ya" }, { value: "0", label: "Tidak" }], (value) => value === "1");
    if (option.type === ATTACHMENT) return fileField({ "aria-label": option.label }, ([file]) => { form.files[option.name] = file; });
    if (option.autocomplete) return suggesting(command, option, form, set);
    return h("input", {
        "aria-label": option.label, type: option.type in NUMERIC ? "number" : "text", step: NUMERIC[option.type], min: option.min_value, max: option.max_value, minlength: option.min_length, maxlength: option.max_length,
        required: option.required, autocomplete: "off",
        oninput: (event) => { if (event.target.value) set(event.target.value); else delete form.values[option.name]; },
    });
}

function suggesting(command, option, form, set) {
    const list = h("ul", { class: "suggestions", role: "listbox" });
    let timer = null;
    let asked = 0;
    const ask = async (text) => {
        const mine = ++asked;
        const others = { ...form.values };
        delete others[option.name];
        const answer = await api.send(`/channels/${channel().id}/autocomplete`, { command: command.command, options: others, focused: option.name, text }).catch(() => ({ state: "failed" }));
        if (mine !== asked) return;
        const marked = list.querySelector(".marked")?.dataset.choice;
        const rows = (answer.choices ?? []).map((choice) => h("li", { role: "option", tabindex: "-1", class: String(choice.value) === marked ? "marked" : null, "data-choice": choice.value, onpointerdown: (event) => { event.preventDefault(); take(choice); } }, choice.name));
        if (!rows.length) rows.push(h("li", { class: "muted" }, answer.state === "failed" ? "Gagal memuat pilihan" : "Tidak ada pilihan yang cocok"));
        list.replaceChildren(...rows);
    };
    const input = h("input", {
        "aria-label": option.label, type: "text", required: option.required, autocomplete: "off", role: "combobox", "aria-expanded": "true", "aria-autocomplete": "list",
        onfocus: () => ask(input.value),
        oninput: () => { set(input.value); clearTimeout(timer); timer = setTimeout(() => ask(input.value), 250); },
        onblur: () => list.replaceChildren(),
        onkeydown: (event) => keys(event),
    });
    const take = (choice) => { input.value = choice.name; set(choice.value); list.replaceChildren(); };

    function keys(event) {
        const rows = [...list.querySelectorAll("[data-choice]")];
        const at = rows.findIndex((row) => row.classList.contains("marked"));
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            rows[at]?.classList.remove("marked");
            rows[(at + (event.key === "ArrowDown" ? 1 : rows.length - 1) + rows.length) % rows.length]?.classList.add("marked");
        } else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) {
            event.preventDefault();
            rows[at].dispatchEvent(new PointerEvent("pointerdown", { cancelable: true }));
        }
    }

    return h("div", { class: "suggesting" }, input, list);
}
