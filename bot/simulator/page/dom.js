// Build elements: h("button", {class: "x", onclick: f}, "text", child). Text is never HTML.
export function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (name in PROPERTIES) element[name] = value;
        else element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

const PROPERTIES = { value: 1, checked: 1, disabled: 1, selected: 1 };

export function byId(id) {
    return document.getElementById(id);
}

export function toast(text, kind = "error") {
    const note = h("div", { class: `toast toast-${kind}`, "data-toast": kind }, text);
    byId("toasts").append(note);
    setTimeout(() => note.remove(), 6000);
}

// A file chooser in the page's own language; `onfiles` gets the chosen files.
export function fileField(attributes, onfiles) {
    const names = h("span", { class: "muted" }, "Belum ada file");
    const input = h("input", {
        type: "file", ...attributes,
        onchange: (event) => {
            const files = [...event.target.files];
            names.textContent = files.map((file) => file.name).join(", ") || "Belum ada file";
            onfiles(files);
        },
    });
    return h("label", { class: "file-field" }, input, h("span", { class: "button button-secondary" }, "Pilih file"), names);
}

// Uploaded files carry the simulator's own address; the page may know it by another name.
export function local(url) {
    const marker = "/cdn/attachments/";
    const at = url?.indexOf(marker) ?? -1;
    return at >= 0 ? url.slice(at) : url;
}

export function isSafeUrl(url) {
    return /^(https?:|\/)/i.test(url ?? "");
}
