"""The Discord server a store's pages are about."""

from ppob.kit.errors import NotFound
from tenants import selectors
from tenants.models import Guild


def find_guild() -> Guild | None:
    """The store's server, or None for a store without one."""
    return selectors.find_main_guild()


def get_guild() -> Guild:
    """The store's server; raises NotFound."""
    guild = find_guild()
    if guild is None:
        raise NotFound
    return guild
