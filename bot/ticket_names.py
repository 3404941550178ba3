"""What a ticket's channel is called."""

import re
import unicodedata
from uuid import UUID

NAME_CHARACTERS = 90  # Discord takes 100; the number needs its place


def slug(text: str, *, otherwise: str) -> str:
    """Letters and digits of any script, lower case, joined by hyphens."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "-", text).strip("-") or otherwise


def base_name(template: str, *, username: str, product: str, code: str) -> str:
    """The name a seller's template gives, such as `ticket-ayu-netflix-1-bulan`."""
    parts = {
        "username": slug(username, otherwise="buyer")[:32],
        "product": slug(product, otherwise="order")[:40],
        "order": slug(code, otherwise="order"),
    }
    filled = re.sub(r"{(\w+)}", lambda found: parts.get(found[1], ""), template)
    return slug(filled, otherwise="ticket")[:NAME_CHARACTERS].strip("-")


def topic(*, code: str, reference: UUID) -> str:
    """What stands below the channel's name; its end finds a channel after a crash."""
    return f"#{code} · {reference}"


def reference_of(text: str | None) -> UUID | None:
    """The ticket that a channel's topic names, if it is one of ours."""
    found = re.fullmatch(r"#\S+ · ([0-9a-f-]{36})", text or "")
    try:
        return UUID(found[1]) if found else None
    except ValueError:
        return None


def is_topic(text: str | None) -> bool:
    """Whether a channel with this topic may be one of ours."""
    return bool(re.fullmatch(r"#\S+ · [0-9a-f-]{36}", text or ""))


def attempts(name: str, *, number: int, reference: str) -> list[str]:
    """Names to try one after the other.

    The next one is needed when a channel of that name exists or when Discord's word
    filter refuses it; it may even dislike a number.
    """
    return [name, f"{name}-{number:04d}", f"ticket-{number:04d}", f"t-{reference[:8]}"]
