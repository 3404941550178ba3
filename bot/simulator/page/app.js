// The page: pick a person, open a channel, keep both current.
import * as api from "/page/api.js";
import { addFiles, drawComposer, reply } from "/page/composer.js";
import { closeCommands } from "/page/commands.js";
import { byId, h, toast } from "/page/dom.js";
import { setNames } from "/page/markdown.js";
import { continues, draw } from "/page/message.js";
import { drawSidebar } from "/page/sidebar.js";
import { allChannels, channel, channelName, guild, markSeen, roleName, state, userName } from "/page/state.js";

const drawn = new Map(); // message id -> {text, node}
const scroller = byId("scroller");
let stuckToEnd = true;
let typingTimer = null;

const actions = { openGuild, openChannel, openDm, refresh, switchPerson, reply };
setNames({ user: userName, role: roleName, channel: channelName, openChannel });
start().catch((error) => toast(error.message));

async function start() {
    state.people = (await api.get("/people")).people;
    const wanted = new URLSearchParams(location.search).get("as");
    const person = state.people.find((item) => item.username === wanted || item.id === wanted);
    if (!person) return showWelcome();
    state.me = person;
    api.actAs(person);
    addEventListener("focus", () => api.actAs(person));
    byId("app").hidden = false;
    document.title = `${person.display_name} · Discord Lokal`;
    await refresh();
    api.listen(onNews, () => refresh().then(loadMessages));
    addEventListener("hashchange", () => openFromHash());
    // Whoever opened the drawer while the page was loading still wants it.
    openFromHash({ keepDrawer: true });
    return undefined;
}

function showWelcome() {
    byId("welcome").hidden = false;
    byId("people").replaceChildren(...state.people.map((person) =>
        h("a", { class: "choice", href: `/?as=${person.username}`, "data-person": person.id, "data-username": person.username },
            h("img", { src: person.avatar_url, alt: "", width: 48, height: 48 }),
            h("span", {}, h("b", {}, person.display_name), h("small", {}, person.about)))));
}

function switchPerson() {
    location.href = "/";
}

async function refresh() {
    state.home = await api.asMe("/home");
    document.body.dataset.bot = state.home.bot.id;
    byId("bot-status").textContent = state.home.bot.online ? "" : `${state.home.bot.name} sedang offline`;
    if (state.channelId && !channel()) openGuild(state.guildId);
    drawSidebar(actions);
    drawHeader();
    drawComposer();
}

function openFromHash({ keepDrawer = false } = {}) {
    const wanted = allChannels().find((item) => item.id === location.hash.slice(1));
    if (wanted) return openChannel(wanted.id, { keepDrawer });
    const first = state.home.guilds[0];
    return first ? openGuild(first.id) : openGuild(null);
}

function openGuild(id) {
    state.guildId = id;
    const open = guild();
    if (!open) {
        state.guildId = null;
        const [dm] = state.home.dms;
        return dm ? openChannel(dm.id) : openDm();
    }
    const last = sessionStorage.getItem(`last:${id}`);
    const texts = open.channels.filter((item) => item.type !== 4).sort((a, b) => a.position - b.position);
    const next = texts.find((item) => item.id === last) ?? texts[0];
    if (next) return openChannel(next.id, { keepDrawer: true });
    state.channelId = null;
    return drawSidebar(actions);
}

async function openDm() {
    const dm = await api.send("/dm");
    await refresh();
    openChannel(dm.id);
}

async function openChannel(id, { keepDrawer = false } = {}) {
    const open = allChannels().find((item) => item.id === id);
    if (!open) return toast("Channel itu tidak ada atau kamu tidak punya akses.");
    if (!keepDrawer) closeDrawer();
    state.guildId = open.guild_id;
    if (state.channelId !== id) {
        state.channelId = id;
        state.limit = 50;
        drawn.clear();
        byId("messages").replaceChildren();
        byId("typing").textContent = "";
        closeCommands();
    }
    history.replaceState(null, "", `#${id}`);
    if (open.guild_id) sessionStorage.setItem(`last:${open.guild_id}`, id);
    stuckToEnd = true;
    drawHeader();
    drawSidebar(actions);
    drawComposer();
    return loadMessages();
}

function drawHeader() {
    const open = channel();
    byId("channel-title").textContent = open ? `${open.guild_id ? "# " : "@ "}${open.name}` : "";
    byId("channel-topic").textContent = open?.topic ?? "";
    const start = open?.guild_id ? `Selamat datang di #${open.name}!` : open?.name ?? "";
    const detail = open?.guild_id ? `Ini awal dari channel #${open.name}.` : "Ini awal dari pesan langsungmu dengan bot.";
    byId("beginning").replaceChildren(...(open ? [h("h2", {}, start), h("p", {}, detail)] : []));
}

async function loadMessages() {
    const id = state.channelId;
    if (!id) return;
    const answer = await api.asMe(`/channels/${id}/messages?limit=${state.limit}`).catch(() => null);
    if (!answer || id !== state.channelId) return;
    reconcile(answer.messages);
    byId("beginning").hidden = answer.messages.length >= state.limit;
    const last = answer.messages.at(-1);
    if (last && document.visibilityState === "visible") markSeen(id, last.id);
    drawSidebar(actions);
    if (stuckToEnd) scroller.scrollTop = scroller.scrollHeight;
}

// Only messages that changed are drawn anew, so that open menus and focus survive.
function reconcile(messages) {
    const list = byId("messages");
    const keep = new Set(messages.map((message) => message.id));
    for (const [id, item] of drawn) {
        if (keep.has(id)) continue;
        item.node.remove();
        drawn.delete(id);
    }
    let previous = null;
    let place = null;
    for (const message of messages) {
        const grouped = Boolean(continues(previous, message));
        const text = JSON.stringify([message, grouped]);
        let item = drawn.get(message.id);
        // An open menu stays; the message is drawn when it closes.
        if (!item || (item.text !== text && !item.node.querySelector(".menu-list"))) {
            const node = draw(message, grouped, actions);
            const focus = item?.node.contains(document.activeElement) ? document.activeElement.dataset.customId : null;
            item?.node.replaceWith(node);
            item = { text, node };
            drawn.set(message.id, item);
            if (focus) [...node.querySelectorAll("[data-custom-id]")].find((element) => element.dataset.customId === focus)?.focus();
        }
        if (place ? place.nextSibling !== item.node : list.firstChild !== item.node) {
            if (place) place.after(item.node);
            else list.prepend(item.node);
        }
        place = item.node;
        previous = message;
    }
}

let pending = null;
const changed = new Set();

// Several pieces of news at once lead to one fetch each.
function onNews(news) {
    if (news.kind === "typing") return showTyping(news);
    changed.add(news.kind === "structure" || news.channel_id !== state.channelId ? "home" : "messages");
    if (news.kind === "messages" && !channelName(news.channel_id)) changed.add("home");
    pending ??= setTimeout(async () => {
        const now = new Set(changed);
        changed.clear();
        pending = null;
        if (now.has("home")) await refresh().catch(() => {});
        if (now.has("messages") || now.has("home")) await loadMessages();
    }, 40);
    return undefined;
}

function showTyping(news) {
    if (news.channel_id !== state.channelId || news.user_id === state.me.id) return;
    byId("typing").textContent = `${userName(news.user_id) ?? "Seseorang"} sedang mengetik…`;
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => { byId("typing").textContent = ""; }, 8000);
}

function closeDrawer() {
    byId("drawer").classList.remove("open");
    byId("shade").hidden = true;
}

byId("open-drawer").addEventListener("click", () => {
    byId("drawer").classList.add("open");
    byId("shade").hidden = false;
});
byId("shade").addEventListener("click", closeDrawer);
scroller.addEventListener("scroll", () => {
    stuckToEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
    if (scroller.scrollTop === 0 && drawn.size >= state.limit) {
        const before = scroller.scrollHeight;
        state.limit += 50;
        loadMessages().then(() => { scroller.scrollTop = scroller.scrollHeight - before; });
    }
});
// Pictures and menus change heights after they were drawn.
new ResizeObserver(() => { if (stuckToEnd) scroller.scrollTop = scroller.scrollHeight; }).observe(byId("messages"));
document.addEventListener("menu-closed", () => loadMessages());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && loadMessages());
scroller.addEventListener("dragover", (event) => event.preventDefault());
scroller.addEventListener("drop", (event) => {
    event.preventDefault();
    addFiles(event.dataTransfer.files);
});
