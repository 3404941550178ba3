"""Which category a new ticket's channel goes into, and the next one when it is full.

Discord takes 50 channels in a category and 500 in a server. The first category is the
seller's choice or one of our own; when it is full, “<its name> 2” follows, and so on.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import discord

CATEGORY_NAME = "TIKET"
CATEGORY_CHANNELS = 50

_HIDDEN = discord.PermissionOverwrite(view_channel=False)
_BOT = discord.PermissionOverwrite(view_channel=True, manage_channels=True)


class Categories:
    """Finds a category with room, and makes one when there is none."""

    def __init__(self) -> None:
        # A rush of buyers makes one category, not one each.
        self._making: dict[int, asyncio.Lock] = {}
        # Channels that are being made: Discord tells of them afterwards.
        self._coming: Counter[int] = Counter()

    async def find(
        self, guild: discord.Guild, *, chosen_id: int | None, full: set[int]
    ) -> discord.CategoryChannel:
        """A category that takes one more channel; `full` ones are passed over."""
        found = self._with_room(guild, chosen_id, full)
        if found is not None:
            return found
        lock = self._making.setdefault(guild.id, asyncio.Lock())
        async with lock:
            found = self._with_room(guild, chosen_id, full)
            return found or await _make(guild, _series(guild, chosen_id))

    @contextmanager
    def one_more_in(self, category: discord.CategoryChannel) -> Iterator[None]:
        """A channel is being made there; others count it already."""
        self._coming[category.id] += 1
        try:
            yield
        finally:
            self._coming[category.id] -= 1

    def _with_room(
        self, guild: discord.Guild, chosen_id: int | None, full: set[int]
    ) -> discord.CategoryChannel | None:
        for category in _series(guild, chosen_id):
            taken = len(category.channels) + self._coming[category.id]
            if category.id not in full and taken < CATEGORY_CHANNELS:
                return category
        return None


def _series(
    guild: discord.Guild, chosen_id: int | None
) -> list[discord.CategoryChannel]:
    """The first category and those that follow it, in their order."""
    chosen = guild.get_channel(chosen_id) if chosen_id is not None else None
    first = (
        chosen
        if isinstance(chosen, discord.CategoryChannel)
        else discord.utils.get(guild.categories, name=CATEGORY_NAME)
    )
    if first is None:
        return []
    following = re.compile(rf"{re.escape(first.name)} (\d{{1,3}})")
    numbered = [
        (int(match[1]), category)
        for category in guild.categories
        if (match := following.fullmatch(category.name)) and category.id != first.id
    ]
    return [
        first,
        *(category for _number, category in sorted(numbered, key=_by_number)),
    ]


def _by_number(entry: tuple[int, discord.CategoryChannel]) -> tuple[int, int]:
    number, category = entry
    return number, category.id


async def _make(
    guild: discord.Guild, series: list[discord.CategoryChannel]
) -> discord.CategoryChannel:
    """The next category: hidden from everybody, beside the one before."""
    name = CATEGORY_NAME
    if series:
        taken = {category.name for category in guild.categories}
        numbers = (f"{series[0].name} {number}" for number in count(2))
        name = next(found for found in numbers if found not in taken)
    return await guild.create_category(
        name[:100],
        overwrites={guild.default_role: _HIDDEN, guild.me: _BOT},
        reason="Category for tickets",
    )
