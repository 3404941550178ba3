// The checkout page: counts down, presses the simulator's buttons, shows what happened.

const root = document.getElementById("checkout");
const toast = document.getElementById("toast");
const countdown = root.querySelector("[data-countdown]");
const log = root.querySelector("[data-log]");
const address = `${root.dataset.api}/transactions/${root.dataset.reference}`;
// The server's clock decides, not this device's.
const clockAhead = Number(root.dataset.now) * 1000 - Date.now();

const LABELS = {
    PAID: "Lunas",
    EXPIRED: "Kedaluwarsa",
    FAILED: "Gagal",
    REFUND: "Dana kembali",
    FORGED: "Palsu",
};

function rupiah(amount) {
    return `Rp ${amount.toLocaleString("id-ID")}`;
}

function showCountdown() {
    const left = Number(root.dataset.expiresAt) * 1000 - Date.now() - clockAhead;
    const seconds = Math.max(0, Math.ceil(left / 1000));
    const parts = [Math.floor((seconds % 3600) / 60), seconds % 60];
    if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
    countdown.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
    countdown.parentElement.classList.toggle("soon", seconds < 60);
}

function describe(callback) {
    const last = callback.answers.at(-1);
    if (!last) return ["", "menunggu"];
    const attempts = callback.answers.length > 1 ? `, ${callback.answers.length}×` : "";
    if (last.accepted) return ["accepted", `diterima (${last.status}${attempts})`];
    const reason = last.status ? `ditolak (${last.status}` : "tidak terjawab (–";
    return ["refused", `${reason}${attempts})${callback.is_done ? "" : ", diulang"}`];
}

function line(callback) {
    const [kind, text] = describe(callback);
    const item = document.createElement("li");
    const label = document.createElement("span");
    const result = document.createElement("span");
    label.textContent = `#${callback.number} ${LABELS[callback.label] ?? callback.label}`;
    result.textContent = text;
    result.className = kind;
    item.append(label, result);
    return item;
}

function show(transaction) {
    root.dataset.state = transaction.state;
    const paid = transaction.paid_amount ?? transaction.amount;
    root.querySelector("[data-paid]").textContent = rupiah(paid);
    root.querySelector("[data-mismatch]").hidden = paid === transaction.amount;
    root.querySelector("[data-match]").hidden = paid !== transaction.amount;
    root.querySelector("[data-empty]").hidden = transaction.callbacks.length > 0;
    const lines = transaction.callbacks.slice(-30).reverse().map(line);
    if (lines.map((item) => item.textContent).join() !== log.dataset.shown) {
        log.replaceChildren(...lines);
        log.dataset.shown = lines.map((item) => item.textContent).join();
    }
    for (const button of root.querySelectorAll("[data-needs]")) {
        button.disabled = !button.dataset.needs.split(" ").includes(transaction.state);
    }
}

function complain(sentence) {
    toast.textContent = sentence;
    toast.hidden = false;
    setTimeout(() => { toast.hidden = true; }, 4000);
}

async function refresh() {
    try {
        const response = await fetch(address);
        if (response.ok) show(await response.json());
    } catch {
        // The simulator is restarting; the next second tries again.
    }
}

function wish(button) {
    const { late, times, parallel, amountFrom } = button.dataset;
    const body = {};
    if (late) body.late = true;
    if (times) body.times = Number(times);
    if (parallel) body.parallel = true;
    if (amountFrom) body.amount = Number(document.getElementById(amountFrom).value);
    return body;
}

async function act(button) {
    button.disabled = true;
    try {
        const response = await fetch(`${address}/${button.dataset.action}`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(wish(button)),
        });
        if (!response.ok) complain("Tidak bisa dilakukan pada keadaan ini.");
    } catch {
        complain("Simulator tidak menjawab. Coba lagi.");
    }
    button.disabled = false;
    await refresh();
}

root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button) act(button);
});

showCountdown();
setInterval(showCountdown, 500);
refresh();
setInterval(refresh, 1000);
