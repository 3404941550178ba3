"""A store with a server, a product and a panel."""

from dataclasses import dataclass

import pytest

from bot.models import OutgoingMessage, Panel, Ticket
from bot.services import tickets
from catalog.models import Product
from ppob.kit import clock
from tenants.models import Customer, Guild, Member, Tenant
from tests.bystanders import bystanders
from tests.conftest import NOON
from tests.factories import (
    ServerSettingsFactory,
    make_customer,
    make_guild,
    make_member,
    make_panel,
    make_product,
)

__all__ = ["bystanders"]


@dataclass
class Store:
    """What most tests need of a store."""

    tenant: Tenant
    guild: Guild
    seller: Member
    buyer: Customer
    product: Product
    panel: Panel


@pytest.fixture
def store(in_arcadia: Tenant, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Arcadia with one product of three codes, a panel and a log channel."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    guild = make_guild(bot_joined_at=NOON)
    ServerSettingsFactory(guild=guild, log_channel_id=77)
    return Store(
        tenant=in_arcadia,
        guild=guild,
        seller=make_member(),
        buyer=make_customer("ayu"),
        product=make_product(name="Netflix 1 Bulan", price=29_000, codes=3),
        panel=make_panel(guild=guild, channel_id=55),
    )


@pytest.fixture
def ticket(store: Store) -> Ticket:
    """The buyer has pressed Buy; the ticket's channel is still to be made."""
    return tickets.open_ticket(
        customer=store.buyer,
        guild_id=store.guild.pk,
        product_id=store.product.pk,
        panel_id=None,
        request_key="discord:1",
        now=NOON,
    ).ticket


def outbox_kinds() -> list[str]:
    """What waits to be sent or was sent, oldest first."""
    return list(OutgoingMessage.objects.order_by("pk").values_list("kind", flat=True))
