"""A panel in Discord's two notations, and the fingerprint that tells them apart."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.presenters.draft import EmbedDraft, FieldDraft
from bot.presenters.panel import PanelCard, PanelView
from bot.presenters.text import plain, styled
from bot.states import PanelLayout
from bot.ui.drawing import to_button, to_embed, to_menu, to_view

VIEW_CHARACTERS = 4000


@dataclass(frozen=True)
class PanelPayload:
    """What Discord gets: an embed with buttons below, or a view that is everything."""

    embed: discord.Embed | None
    view: ui.View | ui.LayoutView | None

    @property
    def fingerprint(self) -> str:
        """Equal for equal pictures."""
        body = {
            "embed": self.embed.to_dict() if self.embed else None,
            "components": self.view.to_components() if self.view else [],
        }
        text = json.dumps(body, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def to_send(self) -> dict[str, Any]:
        """The arguments of `send`."""
        message: dict[str, Any] = {"allowed_mentions": discord.AllowedMentions.none()}
        if self.embed is not None:
            message["embed"] = self.embed
        if self.view is not None:
            message["view"] = self.view
        return message

    def to_edit(self) -> dict[str, Any]:
        """The arguments of `edit`; everything the other layout had is emptied."""
        # Discord takes cards only where content, embeds and attachments are emptied.
        return {
            "content": None,
            "embeds": [self.embed] if self.embed is not None else [],
            "attachments": [],
            "view": self.view,
            "allowed_mentions": discord.AllowedMentions.none(),
        }


def to_discord(view: PanelView) -> PanelPayload:
    """The panel as Discord wants it. Call it on the event loop."""
    if view.layout == PanelLayout.CLASSIC:
        return _classic(view)
    return PanelPayload(embed=None, view=_cards(view))


def _classic(view: PanelView) -> PanelPayload:
    embed = to_embed(
        EmbedDraft(
            title=plain(view.title, 100),
            text=styled(view.description, 400),
            colour=view.colour,
            fields=tuple(
                FieldDraft(plain(field.name, 80), plain_lines(field.value), True)
                for field in view.fields
            ),
        )
    )
    rows = (view.buttons,) if view.menu is None else (view.buttons, view.menu)
    return PanelPayload(embed=embed, view=to_view(rows))


def plain_lines(text: str) -> str:
    """Several lines, each as it was typed; `|` separates and formats nothing alone."""
    return "\n".join(plain(line, 200).replace("\\|", "|") for line in text.split("\n"))


def _cards(view: PanelView) -> ui.LayoutView:
    # As an object: the library drops a plain 0, which is black.
    box: ui.Container[Any] = ui.Container(accent_colour=discord.Colour(view.colour))
    head = f"## {plain(view.title, 100)}\n{styled(view.description, 400)}".strip()
    box.add_item(ui.TextDisplay(head))
    for card, text in zip(view.cards, _card_texts(view.cards, len(head)), strict=True):
        box.add_item(ui.Section(text, accessory=to_button(card.button)))
    if view.menu is not None:
        box.add_item(ui.ActionRow(to_menu(view.menu)))
    box.add_item(ui.ActionRow(*map(to_button, view.buttons)))
    layout = ui.LayoutView(timeout=None)
    layout.add_item(box)
    layout.stop()
    return layout


def _card_texts(cards: tuple[PanelCard, ...], used: int) -> list[str]:
    """The words of all cards; without descriptions when they would not fit."""
    full = [_card_text(card, has_description=True) for card in cards]
    # Discord counts all texts of a message together; the library does not.
    if used + sum(map(len, full)) <= VIEW_CHARACTERS:
        return full
    return [_card_text(card, has_description=False) for card in cards]


def _card_text(card: PanelCard, *, has_description: bool) -> str:
    lines = [f"**{plain(card.title, 80)}**", plain_lines(card.line)]
    if has_description and card.description:
        lines.append(f"-# {plain_lines(card.description)}")
    return "\n".join(lines)
