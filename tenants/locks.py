"""Row locks of the stores app."""

from tenants.models import Customer, Guild, Handover, Invitation, Tenant


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


def lock_invitation(invitation_id: int) -> Invitation | None:
    """The store's invitation; whoever else accepts or withdraws it waits."""
    invitation: Invitation | None = (
        Invitation.objects.filter(pk=invitation_id)
        .select_for_update(of=("self",))
        .first()
    )
    return invitation


def lock_handover(handover_id: int) -> Handover | None:
    """The store's offer; whoever else answers it waits."""
    handover: Handover | None = (
        Handover.objects.filter(pk=handover_id).select_for_update(of=("self",)).first()
    )
    return handover


def lock_customer(customer_id: int) -> Customer:
    """The store's buyer; their orders are placed before or after, not meanwhile."""
    # NO KEY: rows that refer to the buyer go on.
    customers = Customer.objects.select_for_update(of=("self",), no_key=True)
    found: Customer = customers.get(pk=customer_id)
    return found
