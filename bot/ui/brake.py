"""How fast one person may press: counted before anything is looked up for them.

The count lives in Valkey, so a press that is too much costs no work of the database.
"""

from datetime import timedelta

import discord
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bot import bridge
from bot.presenters.text import countdown
from ppob.kit import clock, rate
from ppob.kit.errors import DomainError
from ppob.kit.i18n import filled

WITHIN_SECS = 10


class TooManyPresses(DomainError):
    """This person presses faster than anybody reads; nothing was done."""

    code = "TOO_MANY_PRESSES"
    http_status = 429


async def count_press(interaction: discord.Interaction) -> None:
    """Count a press, form or command of this person here; raises TooManyPresses."""
    await bridge.across(count, interaction.guild_id, interaction.user.id)


def count(guild_id: int | None, user_id: int) -> None:
    """The same for whoever is in a thread of the services already."""
    wait_secs = rate.count(
        f"presses:server-{guild_id or 0}:user-{user_id}",
        limit=settings.MOST_PRESSES,
        secs=WITHIN_SECS,
    )
    if wait_secs:
        raise TooManyPresses(
            filled(
                _("That was very fast, so nothing was done. Try again %(when)s."),
                when=countdown(clock.now() + timedelta(seconds=wait_secs)),
            )
        )
