// Where one writes: text, files, replies; "/" opens the commands.
import * as api from "/page/api.js";
import { byId, h, toast } from "/page/dom.js";
import { closeCommands, commandKey, loadCommands, showCommands } from "/page/commands.js";
import { channel } from "/page/state.js";

let files = [];
let replyTo = null;
let shownFor = "";
const drafts = new Map();

export function drawComposer(force = false) {
    const open = channel();
    const mode = `${open?.id}:${open?.can_send}:${open?.name}`;
    if (!force && mode === shownFor) return;
    saveDraft();
    shownFor = mode;
    files = [];
    replyTo = null;
    const box = byId("composer");
    box.replaceChildren();
    box.dataset.channel = open?.id ?? "";
    if (!open) return;
    if (!open.can_send) {
        box.append(h("p", { class: "no-writing" }, "Kamu tidak memiliki izin untuk mengirim pesan di channel ini."));
        return;
    }
    const input = h("textarea", {
        id: "composer-input", rows: 1, placeholder: `Kirim pesan ke ${open.guild_id ? "#" : "@"}${open.name}`,
        "aria-label": `Pesan ke ${open.name}. Ketik / untuk perintah`, maxlength: 2000, "data-composer": open.id,
        value: drafts.get(open.id) ?? "", oninput: onInput, onkeydown: onKey, onpaste: (event) => addFiles(event.clipboardData.files),
    });
    const picker = h("input", { type: "file", multiple: true, hidden: true, "data-upload": open.id, onchange: (event) => addFiles(event.target.files) });
    box.append(
        h("div", { id: "command-list" }),
        h("div", { id: "composer-extras" }),
        h("div", { class: "composer-line" },
            h("button", { type: "button", class: "icon-button", "aria-label": "Lampirkan file", "data-action": "attach", onclick: () => picker.click() }, "＋"),
            picker, input,
            h("button", { type: "button", class: "icon-button send", "aria-label": "Kirim", "data-action": "send", onclick: submit }, "➤")),
    );
    grow(input);
    loadCommands();
    if (matchMedia("(min-width: 800px)").matches && !document.querySelector("dialog[open]")) input.focus({ preventScroll: true });
}

export function reply(message) {
    replyTo = message;
    drawExtras();
    byId("composer-input")?.focus();
}

export function addFiles(list) {
    for (const file of list ?? []) {
        if (file.size > 10 * 1024 * 1024) toast(`${file.name} lebih besar dari 10 MB.`);
        else files.push(file);
    }
    files = files.slice(0, 10);
    drawExtras();
}

function saveDraft() {
    const input = byId("composer-input");
    if (input) drafts.set(input.dataset.composer, input.value);
}

function drawExtras() {
    byId("composer-extras")?.replaceChildren(...[
        replyTo ? h("div", { class: "replying" }, "Membalas ", h("b", {}, replyTo.author.name), h("button", { type: "button", class: "icon-button", "aria-label": "Batal membalas", onclick: () => { replyTo = null; drawExtras(); } }, "✕")) : null,
        files.length ? h("div", { class: "uploads" }, files.map((file, index) => h("div", { class: "upload" }, h("span", {}, file.name), h("button", { type: "button", class: "icon-button", "aria-label": `Hapus ${file.name}`, onclick: () => { files.splice(index, 1); drawExtras(); } }, "✕")))) : null,
    ].filter(Boolean));
}

function grow(input) {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 220)}px`;
}

function onInput(event) {
    grow(event.target);
    if (event.target.value.startsWith("/")) showCommands(event.target);
    else closeCommands();
}

function onKey(event) {
    if (commandKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        submit();
    }
}

async function submit() {
    const input = byId("composer-input");
    const content = input.value.trim();
    const attached = files.map((file) => ["files", file]);
    if (!content && !attached.length) return;
    const answered = replyTo;
    input.value = "";
    files = [];
    replyTo = null;
    drafts.delete(channel().id);
    drawExtras();
    grow(input);
    closeCommands();
    try {
        await api.send(`/channels/${channel().id}/messages`, { content, reply_to: answered?.id }, attached);
    } catch (error) {
        toast(error.message);
        if (!input.value) input.value = content;
    }
}
