"""A ticket's conversation as a page shows it to a person."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from bot.models import TicketMessage
from bot.presenters import markdown
from bot.presenters.markdown import Mentioned, Names


@dataclass(frozen=True)
class EmbedView:
    """A framed block; all words are HTML that is safe to show."""

    title: SafeString
    text: SafeString
    fields: tuple[tuple[SafeString, SafeString], ...]
    footer: str
    has_picture: bool


@dataclass(frozen=True)
class LineView:
    """One message: the row itself, and its words as HTML."""

    entry: TicketMessage
    text: SafeString
    embeds: tuple[EmbedView, ...]


def mentioned_in(entries: Iterable[TicketMessage]) -> Mentioned:
    """Whom and which channels the conversation names."""
    return markdown.mentioned(text for entry in entries for text in _texts(entry))


def lines(entries: Sequence[TicketMessage], names: Names) -> list[LineView]:
    """The messages, oldest first, for whoever may read the ticket."""
    return [
        LineView(
            entry,
            markdown.render(entry.content, names),
            tuple(_embed(embed, names) for embed in _embeds(entry)),
        )
        for entry in entries
    ]


def _embed(embed: dict[str, Any], names: Names) -> EmbedView:
    footer = embed.get("footer")
    return EmbedView(
        title=markdown.render(_word(embed, "title"), names),
        text=markdown.render(_word(embed, "description"), names),
        fields=tuple(
            (
                markdown.render(_word(item, "name"), names),
                markdown.render(_word(item, "value"), names),
            )
            for item in _fields(embed)
        ),
        footer=_word(footer, "text") if isinstance(footer, dict) else "",
        has_picture=bool(embed.get("image") or embed.get("thumbnail")),
    )


def _texts(entry: TicketMessage) -> Iterator[str]:
    yield entry.content
    for embed in _embeds(entry):
        yield _word(embed, "title")
        yield _word(embed, "description")
        for item in _fields(embed):
            yield _word(item, "name")
            yield _word(item, "value")


def _embeds(entry: TicketMessage) -> list[dict[str, Any]]:
    """What Discord sent; anything else was never an embed."""
    return [embed for embed in entry.embeds if isinstance(embed, dict)]


def _fields(embed: dict[str, Any]) -> list[dict[str, Any]]:
    fields = embed.get("fields")
    if not isinstance(fields, list):
        return []
    return [item for item in fields if isinstance(item, dict)]


def _word(embed: dict[str, Any], name: str) -> str:
    value = embed.get(name)
    return value if isinstance(value, str) else ""
