"""Servers that came or went while nobody listened."""

from bot.cross_tenant.serving import Serving
from tenants.models import Guild


def list_changed_guilds(
    serving: Serving, *, present: set[int], may_have_left: bool = True
) -> list[Guild]:
    """Connected servers about which our rows and Discord disagree.

    `present` are the Discord ids of the servers the bot is in now. Whether the bot left
    one takes reading all rows, and is asked only where it `may_have_left`.
    """
    rows = Guild.across_tenants.filter(serving.condition)
    came = rows.filter(bot_joined_at=None, discord_id__in=present)
    if not may_have_left:
        return list(came.order_by("pk"))
    went = rows.filter(bot_joined_at__isnull=False).exclude(discord_id__in=present)
    return [*came.order_by("pk"), *went.order_by("pk")]
