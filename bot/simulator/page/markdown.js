// Discord's markdown as DOM nodes. No HTML strings, so nothing can be injected.
import { h, isSafeUrl } from "/page/dom.js";
import { timestamp } from "/page/time.js";

const INLINE = new RegExp(
    [
        "\\\\(?<escaped>[\\\\`*_~|>#\\[\\]()<:-])",
        "(?<ticks>`+)(?<code>[^]*?[^`])\\k<ticks>(?!`)",
        "\\*\\*\\*(?<boldItalic>(?:[^*]|\\*(?!\\*\\*))+?)\\*\\*\\*",
        "\\*\\*(?<bold>(?:[^*]|\\*(?!\\*))+?)\\*\\*(?!\\*)",
        "__(?<underline>[^]+?)__(?!_)",
        "~~(?<strike>[^]+?)~~",
        "\\|\\|(?<spoiler>[^]+?)\\|\\|",
        "\\*(?<italic>[^\\s*](?:[^*]*[^\\s*])?)\\*",
        "\\b_(?<under>[^_]+)_\\b",
        "\\[(?<label>[^\\]\\n]+)\\]\\(<?(?<target>https?://[^\\s)>]+)>?\\)",
        "<t:(?<unix>-?\\d{1,14})(?::(?<style>[tTdDfFR]))?>",
        "<@!?(?<user>\\d+)>",
        "<@&(?<role>\\d+)>",
        "<#(?<channel>\\d+)>",
        "</(?<command>[^:>]+):\\d+>",
        "<a?:(?<emoji>\\w+):\\d+>",
        "<?(?<url>https?://[^\\s<>\"]+[^\\s<>\".,;:!?)'\\]])>?",
        "(?<everyone>@everyone|@here)",
        "(?<newline>\\n)",
    ].join("|"),
    "gu",
);

let names = { user: () => null, role: () => null, channel: () => null, openChannel: () => {} };

export function setNames(lookups) {
    names = lookups;
}

export function markdown(text, { embed = false } = {}) {
    const root = document.createDocumentFragment();
    const parts = String(text ?? "").split(/```(?:([\w+-]+)\n)?([^]*?)```\n?/g);
    for (let index = 0; index < parts.length; index += 3) {
        if (parts[index]) root.append(...blocks(parts[index].replace(/^\n|\n$/g, index ? "" : "$&"), embed));
        if (index + 2 < parts.length) {
            root.append(h("pre", { class: "code", tabindex: "0" }, h("code", {}, parts[index + 2].replace(/^\n|\n$/g, ""))));
        }
    }
    return root;
}

function blocks(text, embed) {
    const out = [];
    let plain = [];
    const flush = () => {
        if (plain.length) out.push(h("div", { class: "text" }, inline(plain.join("\n"))));
        plain = [];
    };
    const lines = text.split("\n");
    for (let i = 0; i < lines.length; i++) {
        const line = lines[i];
        const heading = /^(#{1,3}) +(.+)/.exec(line);
        const small = /^-# +(.+)/.exec(line);
        const item = /^( *)(?:[-*]|(\d+)\.) +(.+)/.exec(line);
        if (heading) {
            flush();
            out.push(h("div", { class: `md-h${heading[1].length}`, role: "heading", "aria-level": heading[1].length + 2 }, inline(heading[2])));
        } else if (small) {
            flush();
            out.push(h("div", { class: "md-small" }, inline(small[1])));
        } else if (line.startsWith("> ") || line.startsWith(">>> ")) {
            flush();
            const quoted = line.startsWith(">>> ") ? [line.slice(4), ...lines.splice(i + 1)] : [line.slice(2)];
            while (!line.startsWith(">>> ") && lines[i + 1]?.startsWith("> ")) quoted.push(lines[++i].slice(2));
            out.push(h("blockquote", {}, blocks(quoted.join("\n"), embed)));
        } else if (item) {
            flush();
            const depth = Math.min(Math.floor(item[1].length / 2), 4);
            const mark = item[2] ? `${item[2]}.` : "•";
            out.push(h("div", { class: "md-item", style: `margin-left:${depth * 20}px` }, h("span", { "aria-hidden": "true" }, mark), h("span", {}, inline(item[3]))));
        } else {
            plain.push(line);
        }
    }
    flush();
    return out;
}

export function inline(text) {
    const out = [];
    let last = 0;
    for (const match of text.matchAll(INLINE)) {
        if (match.index > last) out.push(text.slice(last, match.index));
        out.push(node(match.groups, match[0]));
        last = match.index + match[0].length;
    }
    if (last < text.length) out.push(text.slice(last));
    return out;
}

function node(g, whole) {
    if (g.escaped) return g.escaped;
    if (g.code !== undefined) return h("code", { class: "inline-code" }, g.code.trim() ? g.code : whole);
    if (g.boldItalic) return h("strong", {}, h("em", {}, inline(g.boldItalic)));
    if (g.bold) return h("strong", {}, inline(g.bold));
    if (g.underline) return h("u", {}, inline(g.underline));
    if (g.strike) return h("s", {}, inline(g.strike));
    if (g.spoiler) return spoiler(inline(g.spoiler));
    if (g.italic || g.under) return h("em", {}, inline(g.italic ?? g.under));
    if (g.target) return link(g.target, inline(g.label));
    if (g.url) return link(g.url, g.url);
    if (g.unix) return timestamp(Number(g.unix), g.style);
    if (g.newline) return h("br");
    return mention(g, whole);
}

function mention(g, whole) {
    if (g.user) return h("span", { class: "mention", "data-user": g.user }, `@${names.user(g.user) ?? "pengguna tidak dikenal"}`);
    if (g.role) return h("span", { class: "mention", "data-role": g.role }, `@${names.role(g.role) ?? "role terhapus"}`);
    if (g.command) return h("span", { class: "mention" }, `/${g.command}`);
    if (g.emoji) return h("span", { class: "emoji-name", title: `:${g.emoji}:` }, `:${g.emoji}:`);
    if (g.everyone) return h("span", { class: "mention" }, g.everyone);
    if (!g.channel) return whole;
    const name = names.channel(g.channel);
    if (!name) return h("span", { class: "mention" }, "# tidak ada akses");
    return h("button", { class: "mention", type: "button", "data-open-channel": g.channel, onclick: () => names.openChannel(g.channel) }, `#${name}`);
}

export function link(url, content) {
    if (!isSafeUrl(url)) return h("span", {}, content);
    return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, content);
}

export function spoiler(content) {
    const reveal = (event) => {
        event.currentTarget.classList.add("shown");
        event.currentTarget.removeAttribute("role");
    };
    return h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, tekan untuk melihat", onclick: reveal, onkeydown: (event) => event.key === "Enter" && reveal(event) }, h("span", {}, content));
}
