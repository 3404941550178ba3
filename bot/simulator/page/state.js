// What this tab knows: the person, the servers, the open channel.
export const state = {
    me: null,
    people: [],
    home: { guilds: [], dms: [], other_guilds: [], bot: {} },
    guildId: null, // null: direct messages
    channelId: null,
    limit: 50,
};

export function guild() {
    return state.home.guilds.find((item) => item.id === state.guildId) ?? null;
}

export function allChannels() {
    return [...state.home.guilds.flatMap((item) => item.channels), ...state.home.dms];
}

export function channel() {
    return allChannels().find((item) => item.id === state.channelId) ?? null;
}

export function userName(id) {
    const member = guild()?.members.find((item) => item.id === id);
    const person = state.people.find((item) => item.id === id);
    return member?.name ?? person?.display_name ?? (id === state.home.bot.id ? state.home.bot.name : null);
}

export function roleName(id) {
    return guild()?.roles.find((role) => role.id === id)?.name.replace(/^@/, "") ?? null;
}

export function channelName(id) {
    return allChannels().find((item) => item.id === id)?.name ?? null;
}

function people() {
    const members = guild()?.members ?? [{ ...state.me, name: state.me.display_name }, state.home.bot];
    return members.map((member) => ({ value: member.id, label: member.name, description: member.username, picture: member.avatar_url }));
}

function roles() {
    return (guild()?.roles ?? []).map((role) => ({ value: role.id, label: role.name, emoji: "@" }));
}

function channels(types) {
    const listed = (guild()?.channels ?? []).filter((item) => !types?.length || types.includes(item.type));
    return listed.map((item) => ({ value: item.id, label: item.name, emoji: "#" }));
}

// The items of a select component or a command option, by what it asks for.
export function entities(kind, types) {
    if (kind === "user") return people();
    if (kind === "role") return roles();
    if (kind === "channel") return channels(types);
    return [...people(), ...roles()];
}

export function choices(node) {
    const kinds = { 5: "user", 6: "role", 7: "mentionable", 8: "channel" };
    if (node.type in kinds) {
        const chosen = new Set((node.default_values ?? []).map((item) => String(item.id)));
        return entities(kinds[node.type], node.channel_types).map((item) => ({ ...item, selected: chosen.has(item.value) }));
    }
    return (node.options ?? []).map((option) => ({
        value: option.value,
        label: option.label,
        description: option.description,
        emoji: option.emoji ? (option.emoji.id ? `:${option.emoji.name}:` : option.emoji.name) : null,
        selected: Boolean(option.default),
    }));
}

const key = () => `seen:${state.me.id}`;

export function seen() {
    return JSON.parse(localStorage.getItem(key()) ?? "{}");
}

export function markSeen(channelId, messageId) {
    const known = seen();
    if (BigInt(known[channelId] ?? 0) >= BigInt(messageId)) return;
    known[channelId] = messageId;
    localStorage.setItem(key(), JSON.stringify(known));
}

export function isUnread(item) {
    return Boolean(item.last_message_id) && BigInt(item.last_message_id) > BigInt(seen()[item.id] ?? 0);
}
