// Counts pasted codes while one types: how many, how many twice, how many blank.
const area = document.querySelector("[data-codes]");
const counter = document.querySelector("[data-codes-count]");

function count() {
    const lines = area.value.split(/\r?\n/).map((line) => line.trim());
    if (lines.at(-1) === "") lines.pop();
    const filled = lines.filter(Boolean);
    const different = new Set(filled).size;
    counter.textContent = counter.dataset.text
        .replace("{codes}", different)
        .replace("{twice}", filled.length - different)
        .replace("{blank}", lines.length - filled.length);
}

if (area && counter) {
    area.addEventListener("input", count);
    count();
}
