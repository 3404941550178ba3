"""The conversation of a ticket, kept as it was written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bot.models import Ticket, TicketMessage
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.ids import new_id

MAX_FILE_BYTES = 10 * 1024 * 1024  # what Discord lets everybody upload
FILE_TYPES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "text/plain": "txt",
}


@dataclass(frozen=True)
class KeptFile:
    """A file of a message. `data` is None if it was too large or of another kind."""

    name: str
    size: int
    content_type: str
    data: bytes | None


@dataclass(frozen=True)
class KeptMessage:
    """A message as Discord shows it at this moment. Ids are Discord's."""

    discord_id: int
    channel_id: int
    author_id: int
    author_name: str
    is_bot: bool
    content: str
    embeds: list[dict[str, Any]]
    at: datetime
    edited_at: datetime | None


def is_kept(*, discord_id: int, channel_id: int) -> bool:
    """Whether this message is in a transcript already."""
    return TicketMessage.objects.filter(
        discord_id=discord_id, ticket__channel_id=channel_id
    ).exists()


def keep_message(message: KeptMessage, *, files: list[KeptFile]) -> None:
    """Write a message down, or what it was changed to."""
    ticket = Ticket.objects.filter(channel_id=message.channel_id).first()
    if ticket is None:
        return
    changed = TicketMessage.objects.filter(
        ticket=ticket, discord_id=message.discord_id
    ).update(
        content=message.content, embeds=message.embeds, edited_at=message.edited_at
    )
    if changed:
        return
    # Before the transaction: storage may be slow, and a file alone harms nobody.
    attachments = [_store(ticket, file) for file in files]
    with unit_of_work("bot.keep_message"):
        row = TicketMessage(
            ticket=ticket,
            discord_id=message.discord_id,
            author_id=message.author_id,
            author_name=message.author_name[:64],
            is_bot=message.is_bot,
            content=message.content,
            embeds=message.embeds,
            attachments=attachments,
            at=message.at,
            edited_at=message.edited_at,
        )
        # The event and the last sweep of the channel may both bring it.
        TicketMessage.objects.bulk_create([row], ignore_conflicts=True)
        live.announce(ticket.tenant_id, "tickets", ticket=str(ticket.public_id))


def note_deleted(*, channel_id: int, discord_ids: list[int], now: datetime) -> None:
    """Messages were deleted in Discord; the transcript keeps them and says so."""
    TicketMessage.objects.filter(
        ticket__channel_id=channel_id, discord_id__in=discord_ids, deleted_at=None
    ).update(deleted_at=now)


def _store(ticket: Ticket, file: KeptFile) -> dict[str, Any]:
    """Copy a file to our storage; its name there says nothing about it."""
    kept = {"name": file.name[:100], "size": file.size, "file": ""}
    if file.data is not None:
        ending = FILE_TYPES[file.content_type]
        # Copied, because Discord's own addresses of files expire.
        path = f"tickets/{ticket.public_id}/{new_id()}.{ending}"
        kept["file"] = default_storage.save(path, ContentFile(file.data))
    return kept
