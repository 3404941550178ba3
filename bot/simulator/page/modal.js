// A form the bot opened.
import * as api from "/page/api.js";
import { fileField, h, toast } from "/page/dom.js";
import { markdown } from "/page/markdown.js";
import { menu } from "/page/menu.js";
import { choices } from "/page/state.js";

export function openModal(shown) {
    const spec = shown.modal;
    const form = { values: {}, files: {} };
    const problem = h("p", { class: "modal-problem", role: "alert" });
    const submit = h("button", { class: "button button-primary", type: "submit", "data-action": "modal-submit" }, "Kirim");
    const dialog = h(
        "dialog",
        { class: "modal", "data-modal": spec.custom_id, "aria-labelledby": "modal-title" },
        h("form", { method: "dialog", novalidate: true, onsubmit: (event) => finish(event) },
            h("header", {}, h("img", { src: `/cdn/avatars/${shownBot()}/x.png`, alt: "", width: 32, height: 32 }), h("h2", { id: "modal-title" }, spec.title),
                h("button", { type: "button", class: "icon-button", "aria-label": "Tutup", "data-action": "modal-close", onclick: () => dialog.close() }, "✕")),
            h("div", { class: "modal-fields" }, spec.components.map((node) => field(node, form))),
            problem,
            h("footer", {}, h("button", { class: "button button-secondary", type: "button", "data-action": "modal-cancel", onclick: () => dialog.close() }, "Batal"), submit)),
    );

    async function finish(event) {
        event.preventDefault();
        submit.classList.add("busy");
        problem.textContent = "";
        const files = Object.entries(form.files).flatMap(([id, list]) => list.map((file) => [id, file]));
        try {
            const answer = await api.send(`/interactions/${shown.id}/modal?wait=1`, { values: form.values }, files);
            if (answer.state === "failed") problem.textContent = "Ada yang salah. Coba lagi.";
            else dialog.close();
            if (answer.modal) toast("Form tidak bisa membuka form lain.");
        } catch (error) {
            problem.textContent = error.message;
        } finally {
            submit.classList.remove("busy");
        }
    }

    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("input, textarea, .menu-button")?.focus();
}

function shownBot() {
    return document.body.dataset.bot;
}

function field(node, form) {
    if (node.type === 10) return h("div", { class: "text-display" }, markdown(node.content));
    if (node.type === 1) return node.components.map((child) => labelled(child.label, null, child, form));
    if (node.type === 18) return labelled(node.label, node.description, node.component, form);
    return null;
}

function labelled(label, description, control, form) {
    const needed = control.required ?? control.type !== 23;
    const id = `field-${control.id}`;
    return h("div", { class: "modal-field", "data-field": control.custom_id },
        h("label", { for: id, id: `${id}-label` }, label, needed ? h("span", { class: "needed", "aria-label": "wajib" }, " *") : null),
        description ? h("p", { class: "muted" }, description) : null,
        CONTROLS[control.type]?.(control, form, id));
}

const CONTROLS = {
    3: select, 5: select, 6: select, 7: select, 8: select,
    4(control, form, id) {
        const attributes = {
            id, value: control.value ?? "", placeholder: control.placeholder, maxlength: control.max_length ?? 4000, "data-custom-id": control.custom_id,
            oninput: (event) => { form.values[control.custom_id] = event.target.value; },
        };
        return control.style === 2 ? h("textarea", { ...attributes, rows: 4 }) : h("input", { ...attributes, type: "text", autocomplete: "off" });
    },
    19(control, form, id) {
        return fileField({ id, multiple: (control.max_values ?? 1) > 1, "data-custom-id": control.custom_id }, (files) => { form.files[control.custom_id] = files; });
    },
    21(control, form) {
        return ticks(control, "radio", (value, on) => { if (on) form.values[control.custom_id] = value; });
    },
    22(control, form) {
        const chosen = new Set(control.options.filter((option) => option.default).map((option) => option.value));
        return ticks(control, "checkbox", (value, on) => {
            if (on) chosen.add(value);
            else chosen.delete(value);
            form.values[control.custom_id] = [...chosen];
        });
    },
    23(control, form, id) {
        return h("input", { id, type: "checkbox", checked: Boolean(control.default), "data-custom-id": control.custom_id, onchange: (event) => { form.values[control.custom_id] = event.target.checked; } });
    },
};

function select(control, form, id) {
    return menu({
        items: choices(control), placeholder: control.placeholder, min: control.required === false ? 0 : control.min_values ?? 1, max: control.max_values ?? 1,
        attributes: { id, "data-custom-id": control.custom_id, "aria-labelledby": `${id}-label` },
        onchoose: (values) => { form.values[control.custom_id] = values; },
    });
}

function ticks(control, type, onchange) {
    return h("div", { class: "ticks" }, control.options.map((option) =>
        h("label", { class: "tick" }, h("input", { type, name: control.custom_id, value: option.value, checked: Boolean(option.default), "data-custom-id": control.custom_id, onchange: (event) => onchange(option.value, event.target.checked) }),
            h("span", {}, option.label, option.description ? h("small", {}, option.description) : null))));
}
