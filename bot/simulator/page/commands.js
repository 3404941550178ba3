// Slash commands: the list over the composer, then a field per option.
import * as api from "/page/api.js";
import { byId, h, toast } from "/page/dom.js";
import { openModal } from "/page/modal.js";
import { optionField } from "/page/options.js";
import { channel, state } from "/page/state.js";

let available = [];
let loadedFor = null;
let marked = 0;

// Ready before the first "/" is typed.
export async function loadCommands() {
    const { id } = channel();
    const answer = await api.asMe(`/channels/${id}/commands`).catch(() => ({ commands: [] }));
    if (channel()?.id !== id) return;
    available = answer.commands;
    loadedFor = id;
}

export async function showCommands(input) {
    if (input.value === "/" || loadedFor !== channel().id || !available.length) await loadCommands();
    if (!input.value.startsWith("/")) return;
    marked = 0;
    drawList(input);
}

export function closeCommands() {
    byId("command-list")?.replaceChildren();
}

function matching(input) {
    const typed = input.value.slice(1).toLowerCase();
    const found = available.filter((item) => item.name.toLowerCase().includes(typed) || item.command.includes(typed));
    return found.sort((a, b) => Number(b.name.startsWith(typed)) - Number(a.name.startsWith(typed))).slice(0, 12);
}

function drawList(input) {
    const found = matching(input);
    const rows = found.map((item, index) =>
        h("li", { role: "option", class: `command ${index === marked ? "marked" : ""}`, "aria-selected": String(index === marked), "data-command": item.command, onpointerdown: (event) => event.preventDefault(), onclick: () => choose(item) },
            h("img", { src: state.home.bot.avatar_url, alt: "", width: 24, height: 24 }),
            h("span", { class: "command-text" }, h("b", {}, `/${item.name}`), h("span", { class: "command-options" }, item.options.map((option) => option.label).join("  ")), h("small", {}, item.description)),
            h("span", { class: "muted" }, state.home.bot.name)));
    byId("command-list").replaceChildren(h("ul", { class: "command-list", role: "listbox", "aria-label": "Perintah" },
        rows.length ? rows : h("li", { class: "command none" }, available.length ? "Tidak ada perintah yang cocok" : "Bot belum memasang perintah di sini")));
}

// True when the key was for the list.
export function commandKey(event) {
    const input = event.target;
    const list = byId("command-list");
    if (!list?.firstChild) return false;
    const found = matching(input);
    if (event.key === "Escape") closeCommands();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        marked = (marked + (event.key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(found.length, 1);
        drawList(input);
    } else if ((event.key === "Enter" || event.key === "Tab") && found[marked]) choose(found[marked]);
    else return false;
    event.preventDefault();
    return true;
}

function choose(item) {
    const input = byId("composer-input");
    input.value = "";
    if (!item.options.length) {
        closeCommands();
        run(item, {}, []);
        return;
    }
    const form = { values: {}, files: {} };
    const shown = new Set(item.options.filter((option) => option.required).map((option) => option.name));
    if (!shown.size) shown.add(item.options[0].name);
    const fields = h("div", { class: "option-fields" });
    const rest = h("div", { class: "option-rest" });
    const box = h("form", { class: "command-form", "data-command-form": item.command, onsubmit: (event) => submit(event) },
        h("header", {}, h("b", {}, `/${item.name}`), h("span", { class: "muted" }, item.description), h("button", { type: "button", class: "icon-button", "aria-label": "Batalkan perintah", "data-action": "command-cancel", onclick: () => leave() }, "✕")),
        fields, rest,
        h("footer", {}, h("button", { type: "submit", class: "button button-primary", "data-action": "command-run" }, "Jalankan")));

    function draw() {
        for (const option of item.options) {
            if (!shown.has(option.name) || fields.querySelector(`[data-option="${option.name}"]`)) continue;
            fields.append(optionField(item, option, form));
        }
        rest.replaceChildren(...item.options.filter((option) => !shown.has(option.name)).map((option) =>
            h("button", { type: "button", class: "option-more", onclick: () => { shown.add(option.name); draw(); fields.querySelector(`[data-option="${option.name}"] :is(input, .menu-button)`)?.focus(); } }, `＋ ${option.label}`)));
    }

    function leave() {
        closeCommands();
        input.focus();
    }

    function submit(event) {
        event.preventDefault();
        leave();
        run(item, form.values, Object.entries(form.files));
    }

    box.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && leave());
    draw();
    byId("command-list").replaceChildren(box);
    fields.querySelector("input, .menu-button")?.focus();
}

async function run(item, options, files) {
    const open = channel();
    const waiting = h("li", { class: "message sending", "data-sending": item.command }, `Mengirim perintah /${item.name}…`);
    byId("messages").append(waiting);
    byId("scroller").scrollTop = byId("scroller").scrollHeight;
    try {
        const answer = await api.send(`/channels/${open.id}/commands?wait=1`, { command: item.command, options }, files);
        if (answer.state === "failed") failed(item);
        else if (answer.modal) openModal(answer);
    } catch (error) {
        toast(error.message);
    } finally {
        waiting.remove();
    }
}

function failed(item) {
    const note = h("li", { class: "message local-note", "data-failed-command": item.command, role: "alert" },
        h("span", { class: "failure" }, `⚠ /${item.name}: aplikasi tidak merespons`), " ",
        h("button", { type: "button", class: "as-link", onclick: () => note.remove() }, "Tutup"));
    byId("messages").append(note);
    byId("scroller").scrollTop = byId("scroller").scrollHeight;
}
