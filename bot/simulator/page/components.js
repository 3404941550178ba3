// Message components, classic and V2.
import * as api from "/page/api.js";
import { h, isSafeUrl, local } from "/page/dom.js";
import { inline, link, markdown, spoiler } from "/page/markdown.js";
import { menu } from "/page/menu.js";
import { choices } from "/page/state.js";

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "primary" };
const DRAW = { 1: row, 2: button, 3: select, 5: select, 6: select, 7: select, 8: select, 9: section, 10: text, 11: thumbnail, 12: gallery, 13: file, 14: separator, 17: container };

// `press(kind, customId, values, element)` tells the bot.
export function components(nodes, press) {
    return (nodes ?? []).map((node) => DRAW[node.type]?.(node, press)).filter(Boolean);
}

function row(node, press) {
    return h("div", { class: "row" }, components(node.components, press));
}

export function emojiText(emoji) {
    if (!emoji) return null;
    return emoji.id ? `:${emoji.name}:` : emoji.name;
}

function button(node, press) {
    const content = [emojiText(node.emoji), node.label].filter(Boolean).map((part, index) => h("span", { class: index || !node.emoji ? "" : "button-emoji" }, part));
    const style = `button button-${BUTTON_STYLES[node.style] ?? "secondary"}`;
    if (node.style === 5) {
        const href = isSafeUrl(node.url) ? node.url : null;
        return h("a", { class: style, href, target: "_blank", rel: "noopener noreferrer" }, content, h("span", { "aria-hidden": "true" }, "↗"));
    }
    return h(
        "button",
        { type: "button", class: style, disabled: Boolean(node.disabled), "data-custom-id": node.custom_id, "data-component-type": 2, onclick: (event) => press("click", node.custom_id, null, event.currentTarget) },
        content,
    );
}

function select(node, press) {
    return menu({
        items: choices(node),
        placeholder: node.placeholder,
        min: node.min_values ?? 1,
        max: node.max_values ?? 1,
        disabled: Boolean(node.disabled),
        attributes: { "data-custom-id": node.custom_id, "data-component-type": node.type, "aria-label": node.placeholder ?? "Menu pilihan" },
        onchoose: (values) => press("select", node.custom_id, values, null),
    });
}

function section(node, press) {
    return h("div", { class: "section" }, h("div", { class: "section-text" }, components(node.components, press)), components([node.accessory], press));
}

function text(node) {
    return h("div", { class: "text-display" }, markdown(node.content));
}

function picture(url, description) {
    return h("a", { href: local(url), target: "_blank", rel: "noopener noreferrer", class: "picture" }, h("img", { src: local(url), alt: description ?? "", loading: "lazy" }));
}

function thumbnail(node) {
    const shown = h("div", { class: "thumbnail" }, picture(node.media.url, node.description));
    return node.spoiler ? spoiler([shown]) : shown;
}

function gallery(node) {
    const items = node.items.map((item) => {
        const shown = picture(item.media.url, item.description);
        return item.spoiler ? spoiler([shown]) : shown;
    });
    return h("div", { class: `gallery gallery-${Math.min(items.length, 4)}` }, items);
}

function file(node) {
    return attachment({ filename: node.name ?? node.file.url.split("/").pop(), size: node.size, url: node.file.url });
}

function separator(node) {
    return h("hr", { class: `separator ${node.divider === false ? "bare" : ""} ${node.spacing === 2 ? "large" : ""}` });
}

function container(node, press) {
    const colour = node.accent_color === null || node.accent_color === undefined ? null : `border-left-color:#${node.accent_color.toString(16).padStart(6, "0")}`;
    const box = h("div", { class: `container ${colour ? "accented" : ""}`, style: colour }, components(node.components, press));
    return node.spoiler ? spoiler([box]) : box;
}

export function attachment(item) {
    const url = local(item.url);
    const name = item.filename ?? "";
    const kind = item.content_type ?? "";
    let shown;
    if (kind.startsWith("image/")) shown = picture(item.url, item.description ?? name);
    else if (kind.startsWith("video/")) shown = h("video", { src: url, controls: true });
    else if (kind.startsWith("audio/")) shown = h("audio", { src: url, controls: true });
    else shown = h("div", { class: "file" }, h("span", { class: "file-icon", "aria-hidden": "true" }, "📄"), h("span", { class: "file-text" }, link(url, name), h("small", {}, size(item.size))), h("a", { class: "file-get", href: url, download: name, "aria-label": `Unduh ${name}` }, "⬇"));
    const box = h("div", { class: "attachment", "data-attachment": item.id, "data-filename": name }, shown);
    return name.startsWith("SPOILER_") ? spoiler([box]) : box;
}

function size(bytes) {
    if (bytes === undefined || bytes === null) return "";
    return bytes < 1024 ? `${bytes} byte` : bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

export function reactions(message, changed) {
    const path = `/channels/${message.channel_id}/messages/${message.id}/reactions`;
    return (message.reactions ?? []).map((reaction) => {
        const name = emojiText(reaction.emoji);
        const toggle = () => api.asMe(`${path}/${encodeURIComponent(name)}`, { method: reaction.me ? "DELETE" : "PUT" }).then(changed);
        return h("button", { type: "button", class: `reaction ${reaction.me ? "mine" : ""}`, "data-reaction": name, "aria-pressed": String(reaction.me), onclick: toggle }, `${name} ${reaction.count}`);
    });
}

export { inline };
