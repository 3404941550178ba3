// Times the way Discord shows them, in Indonesian; relative ones keep themselves current.
import { h } from "/page/dom.js";

const LOCALE = "id-ID";
const STYLES = {
    t: { timeStyle: "short" },
    T: { timeStyle: "medium" },
    d: { dateStyle: "short" },
    D: { dateStyle: "long" },
    f: { dateStyle: "long", timeStyle: "short" },
    F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relativeFormat = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });

export function format(date, style) {
    return new Intl.DateTimeFormat(LOCALE, STYLES[style]).format(date);
}

export function relative(date) {
    const seconds = Math.round((date.getTime() - Date.now()) / 1000);
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[5];
    return relativeFormat.format(Math.trunc(seconds / size), unit);
}

export function timestamp(unix, style = "f") {
    const date = new Date(unix * 1000);
    const text = style === "R" ? relative(date) : format(date, style);
    return h("time", { class: "timestamp", datetime: date.toISOString(), title: format(date, "F"), "data-relative": style === "R" ? unix : null }, text);
}

export function messageTime(date) {
    const today = new Date();
    const yesterday = new Date(today.getTime() - 86400000);
    if (date.toDateString() === today.toDateString()) return `Hari ini pukul ${format(date, "t")}`;
    if (date.toDateString() === yesterday.toDateString()) return `Kemarin pukul ${format(date, "t")}`;
    return `${format(date, "d")} ${format(date, "t")}`;
}

setInterval(() => {
    for (const element of document.querySelectorAll("time[data-relative]")) {
        const text = relative(new Date(Number(element.dataset.relative) * 1000));
        if (element.textContent !== text) element.textContent = text;
    }
}, 1000);
