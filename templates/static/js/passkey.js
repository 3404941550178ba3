// <form data-passkey="get|create" data-options="…"> asks the browser for a passkey when it
// is sent, puts the answer into its `answer` field, and goes on.
// What travels is base64url text; what the browser takes and gives are bytes.

function toBytes(text) {
    const plain = text.replaceAll("-", "+").replaceAll("_", "/");
    return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

function toText(bytes) {
    const letters = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte));
    return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function known(list) {
    return (list ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));
}

async function create(asked) {
    const user = { ...asked.user, id: toBytes(asked.user.id) };
    const publicKey = {
        ...asked,
        challenge: toBytes(asked.challenge),
        user,
        excludeCredentials: known(asked.excludeCredentials),
    };
    const made = await navigator.credentials.create({ publicKey });
    return answerOf(made, ["clientDataJSON", "attestationObject"]);
}

async function get(asked) {
    const publicKey = {
        ...asked,
        challenge: toBytes(asked.challenge),
        allowCredentials: known(asked.allowCredentials),
    };
    const used = await navigator.credentials.get({ publicKey });
    return answerOf(used, ["clientDataJSON", "authenticatorData", "signature"]);
}

function answerOf(credential, parts) {
    const response = {};
    for (const part of parts) response[part] = toText(credential.response[part]);
    return {
        id: credential.id,
        rawId: toText(credential.rawId),
        type: credential.type,
        response,
        clientExtensionResults: credential.getClientExtensionResults(),
    };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
    const field = form.elements.namedItem("answer");
    const trouble = form.querySelector("[data-passkey-trouble]");
    form.addEventListener("submit", async (event) => {
        if (field.value) return;
        event.preventDefault();
        event.stopPropagation(); // the form is not on its way yet
        trouble.hidden = true;
        try {
            const { publicKey } = JSON.parse(form.dataset.options);
            const ask = form.dataset.passkey === "create" ? create : get;
            field.value = JSON.stringify(await ask(publicKey));
            form.requestSubmit();
        } catch {
            trouble.hidden = false;
        }
    });
}
