// Listens to "this changed" from the server and refetches the parts of the page that
// name the topic: <section data-live="orders money" hx-get="…" hx-trigger="refresh">.
const root = document.querySelector("[data-live-socket]");
const lamp = document.querySelector("[data-live-state]");
const LONGEST_WAIT_MS = 30_000;
const SENT_AWAY = 4404;
const TOO_MANY = 4429;
const SETTLED_MS = 1_500;
let wait = 1_000;
const due = new Set();
let timer = 0;

function show(state) {
    if (!lamp) return;
    lamp.hidden = false;
    lamp.dataset.state = state;
    lamp.textContent = lamp.dataset[state] ?? "";
}

function parts() {
    return [...document.querySelectorAll("[data-live]")];
}

const TYPING = "textarea, select, input:not([type=checkbox], [type=radio])";

function isBusy(part) {
    const focused = document.activeElement;
    const isTyping = part.contains(focused) && focused.matches(TYPING);
    // A form that was just opened would close under the reader's hand.
    return isTyping || part.querySelector("details.reveal[open]") !== null;
}

function refresh(part) {
    if (isBusy(part)) {
        // Somebody is at work in there; look again in a moment.
        due.add(part.id);
        timer ||= window.setTimeout(flush, 3_000);
        return;
    }
    window.htmx.trigger(part, "refresh");
}

function flush() {
    timer = 0;
    const ids = new Set(due);
    due.clear();
    parts().filter((part) => ids.has(part.id)).forEach(refresh);
}

function changed(topic) {
    for (const part of parts()) {
        if (topic === "*" || part.dataset.live.split(" ").includes(topic)) {
            due.add(part.id);
        }
    }
    // Many nudges within a moment cost one request.
    timer ||= window.setTimeout(flush, 250);
}

function connect() {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    const address = `${scheme}://${window.location.host}${root.dataset.liveSocket}`;
    const socket = new WebSocket(address);
    socket.addEventListener("open", () => {
        wait = 1_000;
        show("on");
        // What changed since the page was rendered was told to nobody.
        changed("*");
    });
    socket.addEventListener("message", (event) => {
        changed(JSON.parse(event.data).topic);
    });
    socket.addEventListener("close", (event) => {
        const isFull = event.code === TOO_MANY;
        show(isFull ? "full" : "off");
        if (event.code === SENT_AWAY) {
            // No member any more, or signed out: the address itself says it best. A page
            // that was sent away at once is not asked again and again.
            if (performance.now() > SETTLED_MS) window.location.reload();
            return;
        }
        // Too many pages listen: this one asks for its parts again whenever it knocks.
        if (isFull) wait = LONGEST_WAIT_MS;
        window.setTimeout(connect, wait * (0.75 + Math.random() / 2));
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
}

// What was asked for before a form was opened may arrive afterwards.
document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    if (!part.matches("[data-live]") || !isBusy(part)) return;
    event.detail.shouldSwap = false;
    refresh(part);
});

// Ticked rows stay ticked when their list is fetched again.
let ticked = [];
document.addEventListener("htmx:beforeSwap", (event) => {
    const boxes = event.detail.target.querySelectorAll("input[type=checkbox]:checked");
    ticked = [...boxes].map((box) => `${box.name}=${box.value}`);
});
document.addEventListener("htmx:afterSwap", () => {
    for (const box of document.querySelectorAll("input[type=checkbox][value]")) {
        if (ticked.includes(`${box.name}=${box.value}`)) box.checked = true;
    }
    ticked = [];
});

if (root && "WebSocket" in window) connect();
