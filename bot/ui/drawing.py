"""Drafts in discord.py's terms.

The views made here are only drawings: clicks are recognised by their custom id (see
`bot.ui.clicks`). They are stopped before they are sent, so the library never stores
them: nothing piles up in memory or disturbs the recognised ids.
"""

import io
from typing import Any

import discord
from discord import ui

from bot.presenters.draft import (
    ButtonDraft,
    Draft,
    EmbedDraft,
    FileDraft,
    MenuDraft,
    Row,
)


def to_button(draft: ButtonDraft) -> ui.Button[Any]:
    """The button in the library's terms."""
    # Cut in one place: one letter too many, and Discord refuses the whole message.
    if draft.url:
        return ui.Button(label=draft.label[:80], url=draft.url)
    return ui.Button(
        label=draft.label[:80],
        custom_id=draft.custom_id,
        style=discord.ButtonStyle(draft.style),
        disabled=draft.is_disabled,
    )


def to_menu(draft: MenuDraft) -> ui.Select[Any]:
    """The menu in the library's terms."""
    options = [
        discord.SelectOption(
            label=option.label[:100],
            value=option.value,
            description=option.description[:100] or None,
        )
        for option in draft.options[:25]
    ]
    return ui.Select(
        custom_id=draft.custom_id,
        placeholder=draft.placeholder[:150],
        options=options,
    )


def to_view(rows: tuple[Row, ...]) -> ui.View | None:
    """Up to five rows of buttons or menus; None without any."""
    if not rows:
        return None
    view = ui.View(timeout=None)
    # A menu has its row to itself: the library lets buttons join it, Discord does not.
    for number, row in enumerate(rows[:5]):
        items = [to_menu(row)] if isinstance(row, MenuDraft) else map(to_button, row)
        for item in items:
            item.row = number
            view.add_item(item)
    view.stop()
    return view


def to_embed(draft: EmbedDraft) -> discord.Embed:
    """The embed, cut to what Discord accepts."""
    embed = discord.Embed(
        title=draft.title[:256] or None,
        description=draft.text[:4096] or None,
        colour=discord.Colour(draft.colour),
    )
    # Discord takes 25 fields and none that is empty; the library does not look.
    for field in draft.fields[:25]:
        embed.add_field(
            name=field.name[:256] or "\u200b",
            value=field.value[:1024] or "\u200b",
            inline=field.is_inline,
        )
    if draft.image:
        embed.set_image(url=draft.image)
    if draft.thumbnail:
        embed.set_thumbnail(url=draft.thumbnail)
    if draft.footer:
        embed.set_footer(text=draft.footer[:2048])
    while len(embed) > 6000 and embed.fields:
        embed.remove_field(-1)
    return embed


def to_files(files: tuple[FileDraft, ...]) -> list[discord.File]:
    """Fresh file objects: the library uses each only once."""
    return [discord.File(io.BytesIO(file.data), file.name) for file in files]


def to_message(draft: Draft) -> dict[str, Any]:
    """The arguments of `send` for this draft; it pings `mentions` and nobody else."""
    people = [discord.Object(user_id) for user_id in draft.mentions]
    # Said each time: otherwise Discord pings whomever the text names.
    message: dict[str, Any] = {
        "allowed_mentions": discord.AllowedMentions(
            everyone=False, roles=False, users=people, replied_user=False
        )
    }
    if draft.text:
        message["content"] = draft.text[:2000]
    if draft.embed is not None:
        message["embed"] = to_embed(draft.embed)
    if (view := to_view(draft.rows)) is not None:
        message["view"] = view
    if draft.files:
        message["files"] = to_files(draft.files)
    return message
