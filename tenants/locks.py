"""Row locks of the stores app."""

from tenants.models import Guild, Tenant


def lock_store(tenant_id: int) -> Tenant:
    """The store, so that nobody else changes it until the transaction ends."""
    # References to the store go on: orders must not wait for a change of settings.
    stores = Tenant.objects.select_for_update(of=("self",), no_key=True)
    return stores.get(pk=tenant_id)


def lock_guild(discord_id: int) -> Guild | None:
    """The store's server with this Discord id, locked in the same way."""
    guild: Guild | None = (
        Guild.objects.filter(discord_id=discord_id)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    return guild
