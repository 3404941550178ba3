"""Reading who works in the store in scope and which servers it has."""

from tenants.models import Guild, Member
from tenants.states import Role

_RANK = {role: number for number, role in enumerate(Role.values)}


def list_members() -> list[Member]:
    """Everybody who works in the store, owners first."""
    members = Member.objects.select_related("user").order_by("pk")
    return sorted(members, key=lambda member: _RANK[member.role])


def list_guilds() -> list[Guild]:
    """The store's Discord servers, the first one first."""
    return list(Guild.objects.order_by("pk"))


def find_main_guild() -> Guild | None:
    """The server the store was opened for."""
    guild: Guild | None = Guild.objects.order_by("pk").first()
    return guild
