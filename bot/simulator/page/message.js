// One message in the list.
import * as api from "/page/api.js";
import { attachment, components, reactions } from "/page/components.js";
import { h, toast } from "/page/dom.js";
import { embed } from "/page/embed.js";
import { markdown } from "/page/markdown.js";
import { openModal } from "/page/modal.js";
import { format, messageTime } from "/page/time.js";

const GROUP_MS = 7 * 60 * 1000;
const SYSTEM = {
    4: (m) => `mengganti nama channel menjadi ${m.content}`,
    6: () => "menyematkan sebuah pesan di channel ini.",
    7: () => "bergabung ke server. Halo!",
    18: (m) => `memulai thread: ${m.content}`,
};

export function continues(previous, message) {
    return (
        previous && previous.author.id === message.author.id && previous.ephemeral === message.ephemeral &&
        !message.referenced_message && !message.interaction_metadata && !(message.type in SYSTEM) && !(previous.type in SYSTEM) &&
        new Date(message.timestamp) - new Date(previous.timestamp) < GROUP_MS
    );
}

export function draw(message, grouped, actions) {
    const date = new Date(message.timestamp);
    const item = h("li", {
        class: `message ${grouped ? "grouped" : ""} ${message.ephemeral ? "ephemeral" : ""} ${message.mentioned ? "mentioned" : ""}`,
        "data-message": message.id, "data-author": message.author.id, "data-ephemeral": String(message.ephemeral), "data-loading": String(message.loading),
    });
    if (message.type in SYSTEM) {
        item.append(h("div", { class: "system" }, h("span", { "aria-hidden": "true" }, "→"), h("b", {}, message.author.name), ` ${SYSTEM[message.type](message)} `, h("time", {}, messageTime(date))));
        return item;
    }
    item.append(context(message), left(message, grouped, date), right(message, grouped, date, item), tools(message, actions));
    return item;
}

function context(message) {
    const used = message.interaction_metadata;
    const reply = message.referenced_message;
    if (reply) return h("div", { class: "context" }, "↪ ", h("b", {}, reply.author.global_name ?? reply.author.username), " ", h("span", {}, reply.content || "Tekan untuk melihat lampiran"));
    if (used?.name) return h("div", { class: "context" }, "↪ ", h("b", {}, used.user.global_name ?? used.user.username), " menggunakan ", h("span", { class: "mention" }, `/${used.name}`));
    return "";
}

function left(message, grouped, date) {
    if (grouped) return h("time", { class: "gutter-time", datetime: message.timestamp, "aria-hidden": "true" }, format(date, "t"));
    return h("img", { class: "avatar", src: message.author.avatar_url, alt: "", width: 40, height: 40 });
}

function right(message, grouped, date, item) {
    const head = h("h3", { class: "head" },
        h("span", { class: "author", style: message.author_colour ? `color:${message.author_colour}` : null }, message.author.name),
        message.author.bot ? h("span", { class: "app-tag" }, "APP") : null,
        h("time", { datetime: message.timestamp, title: format(date, "F") }, messageTime(date)));
    const press = (kind, customId, values, element) => tellBot(message, kind, customId, values, element, item);
    const edited = message.edited_timestamp && !message.loading ? h("span", { class: "edited" }, " (diedit)") : null;
    return h("div", { class: "body" },
        grouped ? null : head,
        message.loading ? h("div", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, "•••"), `${message.author.name} sedang berpikir…`) : null,
        message.content ? h("div", { class: "content" }, markdown(message.content), edited) : null,
        h("div", { class: "attachments" }, shownAttachments(message).map(attachment)),
        (message.embeds ?? []).map((data) => embed(data, message.attachments)),
        h("div", { class: "components" }, components(message.components, press)),
        h("div", { class: "reactions" }, reactions(message, () => {})),
        h("div", { class: "failure", role: "alert" }),
        message.ephemeral && !message.loading ? h("div", { class: "only-you" }, "👁 Hanya kamu yang dapat melihat ini • ",
            h("button", { type: "button", class: "as-link", "data-action": "dismiss", onclick: () => remove(message) }, "Tutup pesan")) : null);
}

// A picture shown inside an embed or a V2 layout is not shown a second time below it.
function shownAttachments(message) {
    const used = JSON.stringify([message.embeds, message.components]);
    return (message.attachments ?? []).filter((item) => !used.includes(`attachment://${item.filename}"`) && !used.includes(`"${item.url}"`));
}

function tools(message, actions) {
    if (message.ephemeral || message.loading) return "";
    return h("div", { class: "tools" },
        h("button", { type: "button", "aria-label": "Balas", title: "Balas", "data-action": "reply", onclick: () => actions.reply(message) }, "↩"),
        h("button", { type: "button", "aria-label": "Beri reaksi jempol", title: "Reaksi 👍", "data-action": "react", onclick: () => api.asMe(`${path(message)}/reactions/${encodeURIComponent("👍")}`, { method: "PUT" }).catch((error) => toast(error.message)) }, "👍"),
        message.own ? h("button", { type: "button", "aria-label": "Hapus pesan", title: "Hapus", "data-action": "delete", onclick: () => remove(message) }, "🗑") : null);
}

function path(message) {
    return `/channels/${message.channel_id}/messages/${message.id}`;
}

function remove(message) {
    api.asMe(path(message), { method: "DELETE" }).catch((error) => toast(error.message));
}

async function tellBot(message, kind, customId, values, element, item) {
    const failure = item.querySelector(".failure");
    failure.textContent = "";
    element?.classList.add("busy");
    try {
        const body = kind === "select" ? { custom_id: customId, values } : { custom_id: customId };
        const answer = await api.send(`${path(message)}/${kind}?wait=1`, body);
        if (answer.state === "failed") fail(message.id, "Interaksi ini gagal");
        else if (answer.modal) openModal(answer);
    } catch (error) {
        fail(message.id, error.message);
    } finally {
        element?.classList.remove("busy");
    }
}

function fail(messageId, text) {
    const place = document.querySelector(`[data-message="${messageId}"] .failure`);
    if (place) place.textContent = `⚠ ${text}`;
    else toast(text);
}
