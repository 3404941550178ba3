// The JSON API, as the person of this tab.
let me = null;

export function actAs(person) {
    me = person;
    document.cookie = `local_discord_person=${person.id}; path=/; samesite=lax`;
}

export function myId() {
    return me?.id;
}

export class Refused extends Error {}

async function request(path, options = {}) {
    let response;
    try {
        response = await fetch(`/sim/api${path}`, options);
    } catch {
        throw new Refused("Discord lokal tidak bisa dihubungi.");
    }
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refused(body.message ?? `Gagal (${response.status})`);
    return body;
}

export function get(path) {
    return request(path);
}

export function asMe(path, options) {
    return request(`/people/${me.id}${path}`, options);
}

export function send(path, body = {}, files = [], method = "POST") {
    return asMe(path, { method, ...encoded(body, files) });
}

export function world(path, method, body = {}) {
    return request(path, { method, ...encoded(body, []) });
}

// `files`: [part name, File] pairs.
function encoded(body, files) {
    if (!files.length) {
        return { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    }
    const form = new FormData();
    form.append("payload", JSON.stringify(body));
    for (const [name, file] of files) form.append(name, file, file.name);
    return { body: form };
}

export function listen(onNews, onBack) {
    const source = new EventSource(`/sim/api/people/${me.id}/events`);
    let opened = false;
    source.onopen = () => {
        if (opened) onBack();
        opened = true;
    };
    source.onmessage = (event) => onNews(JSON.parse(event.data));
    return source;
}
