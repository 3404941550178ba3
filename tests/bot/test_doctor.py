"""What the bot asks for when it is added: what it uses, and nothing else."""

import discord

from bot.runtime import channel_maker
from bot.services import doctor


def granted(overwrite: discord.PermissionOverwrite) -> int:
    return overwrite.pair()[0].value


def test_the_bot_asks_for_six_rights():
    asked = {
        name
        for name, is_asked in discord.Permissions(doctor.INVITE_PERMISSIONS)
        if is_asked
    }

    assert asked == {
        "read_messages",  # the library's older word for seeing a channel
        "send_messages",
        "embed_links",
        "attach_files",
        "read_message_history",
        "manage_channels",
    }


def test_it_asks_for_every_right_that_a_tickets_channel_hands_on():
    """Discord refuses a channel that grants what its maker hasn't."""
    for overwrite in (channel_maker._BOT, channel_maker._READ_WRITE):
        assert granted(overwrite) & ~doctor.INVITE_PERMISSIONS == 0
