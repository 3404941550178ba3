"""Discord's messages on their way into a ticket's transcript."""

import discord

from bot import bridge
from bot.services import transcripts
from bot.services.transcripts import FILE_TYPES, MAX_FILE_BYTES, KeptFile, KeptMessage


async def keep(tenant_id: int, message: discord.Message) -> None:
    """Write a message of a ticket's channel down, with copies of its files."""
    files: list[KeptFile] = []
    if message.attachments and not await bridge.call(
        tenant_id,
        transcripts.is_kept,
        discord_id=message.id,
        channel_id=message.channel.id,
    ):
        files = [await _copy(attachment) for attachment in message.attachments]
    kept = KeptMessage(
        discord_id=message.id,
        channel_id=message.channel.id,
        author_id=message.author.id,
        author_name=message.author.display_name,
        is_bot=message.author.bot,
        content=message.content,
        embeds=[dict(embed.to_dict()) for embed in message.embeds],
        at=message.created_at,
        edited_at=message.edited_at,
    )
    await bridge.call(tenant_id, transcripts.keep_message, kept, files=files)


async def _copy(attachment: discord.Attachment) -> KeptFile:
    content_type = (attachment.content_type or "").split(";")[0]
    data = None
    if attachment.size <= MAX_FILE_BYTES and content_type in FILE_TYPES:
        try:
            data = await attachment.read()
        except (discord.HTTPException, OSError):
            data = None
    return KeptFile(attachment.filename, attachment.size, content_type, data)
