// Counts pasted codes while one types: how many, how many twice, how many blank.
const area = document.querySelector("[data-codes]");
const counter = document.querySelector("[data-codes-count]");

// A quoted code may have several lines; one that is not closed goes on to the end.
const RECORD = /[ \t]*"(?:[^"]|"")*(?:"[^\n]*|$)|[^\n]+|(?<=\n|^)(?=\n)/g;

function count() {
    const text = area.value.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    const records = (text.match(RECORD) ?? []).map((record) => record.trim());
    const filled = records.filter(Boolean);
    const different = new Set(filled).size;
    counter.textContent = counter.dataset.text
        .replace("{codes}", different)
        .replace("{twice}", filled.length - different)
        .replace("{blank}", records.length - filled.length);
}

if (area && counter) {
    area.addEventListener("input", count);
    count();
}
