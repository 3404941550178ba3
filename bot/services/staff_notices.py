"""Telling a store's owners who joined, left, or has another role.

The log channel gets a line. Owners who did not do it themselves get a direct message as
well, wherever the bot can carry one: it is how a theft of the store would be noticed.
"""

from dataclasses import asdict
from datetime import datetime

from bot.services import outbox
from ppob.kit.db import require_transaction
from tenants.models import Member
from tenants.news import StaffEvent, StaffNews
from tenants.states import Role

KIND = "staff_changed"


def staff_changed(news: StaffNews, *, now: datetime) -> None:
    """Write the messages, in the transaction of the change itself."""
    require_transaction()
    payload = asdict(news)
    key = f"staff:{news.entry}"
    outbox.to_log(kind=KIND, payload=payload, dedupe_key=f"{key}:log", now=now)
    guild_id = outbox.find_some_guild()
    if guild_id is None:
        return
    for discord_id in sorted(_whom_to_tell(news)):
        outbox.to_person(
            guild_id=guild_id,
            recipient_id=discord_id,
            kind=KIND,
            payload=payload,
            dedupe_key=f"{key}:{discord_id}",
            now=now,
        )


def _whom_to_tell(news: StaffNews) -> set[int]:
    """The Discord ids of the other owners, and of whom it is about if they must act."""
    told = Member.objects.filter(role=Role.OWNER)
    ids = set(told.values_list("user_id", "user__discord_id"))
    if news.event == StaffEvent.OFFERED:
        about = Member.objects.filter(user_id=news.user_id)
        ids |= set(about.values_list("user_id", "user__discord_id"))
    return {discord for user, discord in ids if discord and user != news.by_id}
