"""Read messages and forms the way a person does."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


class NotSeen(AssertionError):
    """What was looked or waited for is not there."""


def components_of(message: Json) -> Iterator[Json]:
    """Every component of a message or modal, nested ones too."""
    waiting = list(message.get("components") or [])
    while waiting:
        component = waiting.pop(0)
        yield component
        inner = list(component.get("components") or [])
        inner += [
            component[key] for key in ("accessory", "component") if key in component
        ]
        waiting = inner + waiting


def find_component(
    message: Json, *, label: str | None = None, is_menu: bool = False
) -> Json:
    """The button whose label contains `label`, or the first select menu."""
    for component in components_of(message):
        if is_menu and component["type"] in (3, 5, 6, 7, 8):
            return component
        if label is not None and label in str(component.get("label") or ""):
            return component
    raise NotSeen(f"no component {label or 'menu'} on the message")


def text_of(message: Json) -> str:
    """All words a reader sees: content, embeds, text displays, labels."""
    words = [str(message.get("content") or "")]
    for embed in message.get("embeds") or []:
        words += [str(embed.get(key) or "") for key in ("title", "description")]
        words += [f"{f['name']}\n{f['value']}" for f in embed.get("fields") or []]
        words.append(str((embed.get("footer") or {}).get("text") or ""))
    for component in components_of(message):
        words += [str(component.get(key) or "") for key in ("content", "label")]
    return "\n".join(word for word in words if word)
