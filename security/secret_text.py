"""Text that looks like a credential somebody pasted into the wrong field."""

import re

MIN_LONG_WORD = 32

# Prefixes and shapes that nothing but a credential has.
_KNOWN = re.compile(
    r"[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"  # a Discord bot token
    r"|\bmfa\.[\w-]{40,}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"  # a JSON web token
    r"|\b(?:sk|rk|pk)_(?:live|test)_\w{16,}"
    r"|\bxnd_(?:production|development|public_\w+?)_\w{16,}"
    r"|\b(?:SB-)?Mid-(?:server|client)-[\w-]{12,}"
    r"|\bgh[pousr]_\w{30,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\bAIza[\w-]{30,}"
    r"|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/[\w-]{20,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_WORD = re.compile(rf"[\w+/=-]{{{MIN_LONG_WORD},}}")


def is_known_token(text: str) -> bool:
    """Whether the text contains a credential of a well-known shape.

    Codes for sale may be long and random, so nothing else counts for them.
    """
    return _KNOWN.search(text) is not None


def looks_like_secret(text: str) -> bool:
    """Whether text that people read contains a token or a long, random-looking key.

    Addresses are left alone: they may be long without being secret.
    """
    if is_known_token(text):
        return True
    words = (word for word in text.split() if "://" not in word)
    return any(_is_mixed(found[0]) for word in words for found in _WORD.finditer(word))


def _is_mixed(word: str) -> bool:
    # SKUs and product names are long sometimes, but not in both cases or in hex.
    if _HEX.fullmatch(word):
        return not word.isdigit()
    digits = sum(letter.isdigit() for letter in word)
    return digits >= 4 and word.upper() != word and word.lower() != word
