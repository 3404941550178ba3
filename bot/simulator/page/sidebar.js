// Servers, channels, members, and the person of this tab.
import * as api from "/page/api.js";
import { byId, h, toast } from "/page/dom.js";
import { guild, isUnread, state } from "/page/state.js";

const CATEGORY = 4;
const THREADS = [10, 11, 12];

export function drawSidebar(actions) {
    drawRail(actions);
    drawHeader(actions);
    drawChannels(actions);
    drawMe(actions);
    drawMembers();
}

function initials(name) {
    return name.split(/\s+/).map((word) => word[0]).join("").slice(0, 3).toUpperCase();
}

function drawRail(actions) {
    const icon = (id, name, content, unread) => h("div", { class: "rail-item" },
        h("button", { type: "button", class: `rail-icon ${state.guildId === id ? "active" : ""} ${unread ? "unread" : ""}`, title: name, "aria-label": name, "aria-current": state.guildId === id ? "true" : null, "data-guild": id ?? "dm", onclick: () => actions.openGuild(id) }, content));
    byId("rail").replaceChildren(
        icon(null, "Pesan langsung", h("img", { src: "/page/icon.svg", alt: "", width: 30, height: 30 }), state.home.dms.some(isUnread)),
        h("hr"),
        ...state.home.guilds.map((item) => icon(item.id, item.name, initials(item.name), item.channels.some(isUnread))),
        h("div", { class: "rail-item" }, h("button", { type: "button", class: "rail-icon add", title: "Gabung server", "aria-label": "Gabung server", "data-action": "join-list", onclick: () => joinDialog(actions) }, "＋")),
    );
}

function drawHeader(actions) {
    const open = guild();
    byId("guild-header").replaceChildren(h("h2", {}, open ? open.name : "Pesan langsung"), open ? guildMenu(open, actions) : "");
}

function guildMenu(open, actions) {
    const owner = open.owner_id === state.me.id;
    const run = (path, method) => api.world(path, method).then(actions.refresh).catch((error) => toast(error.message));
    const invite = `/oauth2/authorize?client_id=${state.home.bot.id}&scope=bot+applications.commands&permissions=${state.home.bot.permissions}&guild_id=${open.id}&disable_guild_select=true&person=${state.me.id}`;
    const rows = [];
    if (owner && !open.has_bot) rows.push(h("a", { href: invite, "data-action": "add-bot" }, `Tambahkan ${state.home.bot.name}`));
    if (owner && open.has_bot) rows.push(h("button", { type: "button", "data-action": "kick-bot", onclick: () => run(`/guilds/${open.id}/members/${state.home.bot.id}`, "DELETE") }, `Keluarkan ${state.home.bot.name}`));
    if (!owner) rows.push(h("button", { type: "button", "data-action": "leave-guild", onclick: () => run(`/guilds/${open.id}/members/${state.me.id}`, "DELETE") }, "Keluar dari server"));
    return h("details", { class: "guild-menu" }, h("summary", { "aria-label": "Menu server", "data-action": "guild-menu" }, "▾"), h("div", { class: "popup" }, rows));
}

function joinDialog(actions) {
    const rows = state.home.other_guilds.map((item) => h("button", { type: "button", class: "choice", "data-join": item.id, onclick: async () => {
        await api.world(`/guilds/${item.id}/members/${state.me.id}`, "POST").catch((error) => toast(error.message));
        dialog.close();
        await actions.refresh();
        actions.openGuild(item.id);
    } }, h("span", { class: "rail-icon" }, initials(item.name)), h("b", {}, item.name)));
    const dialog = h("dialog", { class: "modal small", "aria-label": "Gabung server" }, h("header", {}, h("h2", {}, "Gabung server"), h("button", { type: "button", class: "icon-button", "aria-label": "Tutup", onclick: () => dialog.close() }, "✕")), rows.length ? rows : h("p", { class: "muted" }, "Kamu sudah ada di semua server."));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
}

function drawChannels(actions) {
    const open = guild();
    byId("channels").replaceChildren(...(open ? guildChannels(open, actions) : conversations(actions)));
}

function guildChannels(open, actions) {
    const order = (a, b) => a.position - b.position || (BigInt(a.id) < BigInt(b.id) ? -1 : 1);
    const rows = [];
    const add = (parentId) => {
        for (const item of open.channels.filter((other) => other.type !== CATEGORY && !THREADS.includes(other.type) && other.parent_id === parentId).sort(order)) {
            rows.push(channelRow(item, actions));
            for (const thread of open.channels.filter((other) => THREADS.includes(other.type) && other.parent_id === item.id)) rows.push(channelRow(thread, actions));
        }
    };
    add(null);
    for (const category of open.channels.filter((item) => item.type === CATEGORY).sort(order)) {
        rows.push(h("h3", { class: "category", "data-category": category.id }, category.name));
        add(category.id);
    }
    return rows;
}

function channelRow(item, actions) {
    const active = item.id === state.channelId;
    const mark = THREADS.includes(item.type) ? "↳" : item.private ? "🔒" : "#";
    return h("button", { type: "button", class: `channel ${active ? "active" : ""} ${!active && isUnread(item) ? "unread" : ""} ${THREADS.includes(item.type) ? "thread" : ""}`, "data-channel": item.id, "data-channel-name": item.name, "aria-current": active ? "page" : null, onclick: () => actions.openChannel(item.id) },
        h("span", { class: "hash", "aria-hidden": "true" }, mark), h("span", { class: "channel-name" }, item.name));
}

function conversations(actions) {
    const [dm] = state.home.dms;
    const active = dm && dm.id === state.channelId;
    return [
        h("button", { type: "button", class: `channel person ${active ? "active" : ""} ${dm && !active && isUnread(dm) ? "unread" : ""}`, "data-channel": dm?.id ?? "new-dm", "data-channel-name": state.home.bot.name, onclick: () => actions.openDm() },
            h("img", { src: state.home.bot.avatar_url, alt: "", width: 32, height: 32 }), h("span", { class: "channel-name" }, state.home.bot.name)),
        h("label", { class: "switch" }, h("input", { type: "checkbox", checked: state.home.dm_open, "data-action": "dm-open", onchange: (event) => api.send("/dm", { open: event.target.checked }, [], "PUT").then(actions.refresh) }), h("span", {}, "Terima DM dari bot")),
    ];
}

function drawMe(actions) {
    byId("me").replaceChildren(
        h("img", { src: state.me.avatar_url, alt: "", width: 32, height: 32 }),
        h("span", { class: "me-text" }, h("b", { "data-me": state.me.id }, state.me.display_name), h("small", {}, state.me.about)),
        h("button", { type: "button", class: "icon-button", title: "Ganti orang", "aria-label": "Ganti orang", "data-action": "switch-person", onclick: actions.switchPerson }, "⇄"));
}

function drawMembers() {
    const open = guild();
    const panel = byId("members");
    panel.hidden = !open;
    if (!open) return;
    const bots = open.members.filter((member) => member.bot);
    const people = open.members.filter((member) => !member.bot);
    const row = (member) => h("div", { class: "member", "data-member": member.id }, h("img", { src: member.avatar_url, alt: "", width: 32, height: 32, class: member.bot && !state.home.bot.online ? "offline" : "" }), h("span", {}, member.name), member.owner ? h("span", { title: "Pemilik server" }, "👑") : null, member.bot ? h("span", { class: "app-tag" }, "APP") : null);
    panel.replaceChildren(h("h3", {}, `Anggota — ${people.length}`), ...people.map(row), ...(bots.length ? [h("h3", {}, "Bot"), ...bots.map(row)] : []));
}
