// One embed.
import { h, isSafeUrl, local } from "/page/dom.js";
import { inline, link, markdown } from "/page/markdown.js";
import { messageTime } from "/page/time.js";

// Embeds may point at a file of their own message by name.
function address(url, attachments) {
    if (!url?.startsWith("attachment://")) return isSafeUrl(url) ? local(url) : null;
    const name = url.slice("attachment://".length);
    return local(attachments.find((item) => item.filename === name)?.url);
}

export function embed(data, attachments) {
    const colour = data.color === null || data.color === undefined ? null : `border-left-color:#${data.color.toString(16).padStart(6, "0")}`;
    const image = address(data.image?.url, attachments);
    const thumbnail = address(data.thumbnail?.url, attachments);
    return h(
        "article",
        { class: `embed ${thumbnail ? "with-thumbnail" : ""}`, style: colour },
        h(
            "div",
            { class: "embed-body" },
            data.author?.name ? h("div", { class: "embed-author" }, small(address(data.author.icon_url, attachments)), data.author.url ? link(data.author.url, data.author.name) : data.author.name) : null,
            data.title ? h("div", { class: "embed-title" }, data.url ? link(data.url, inline(data.title)) : inline(data.title)) : null,
            data.description ? h("div", { class: "embed-description" }, markdown(data.description, { embed: true })) : null,
            fields(data.fields ?? []),
        ),
        thumbnail ? h("img", { class: "embed-thumbnail", src: thumbnail, alt: "" }) : null,
        image ? h("a", { class: "embed-image picture", href: image, target: "_blank", rel: "noopener noreferrer" }, h("img", { src: image, alt: data.title ?? "Gambar" })) : null,
        footer(data, attachments),
    );
}

function fields(list) {
    if (!list.length) return null;
    return h("dl", { class: "embed-fields" }, list.map((field) => h("div", { class: field.inline ? "field inline" : "field" }, h("dt", {}, inline(field.name)), h("dd", {}, markdown(field.value, { embed: true })))));
}

function footer(data, attachments) {
    const parts = [data.footer?.text, data.timestamp ? messageTime(new Date(data.timestamp)) : null].filter(Boolean);
    if (!parts.length) return null;
    return h("footer", { class: "embed-footer" }, small(address(data.footer?.icon_url, attachments)), parts.join(" • "));
}

function small(url) {
    return url ? h("img", { class: "embed-icon", src: url, alt: "", width: 20, height: 20 }) : null;
}
