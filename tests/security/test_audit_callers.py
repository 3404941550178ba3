"""Every change by staff says what was before it and what came after."""

from dataclasses import asdict

import pytest

from bot.services import panels, servers
from bot.services.panel_drafts import PanelDraft
from bot.services.panels import PauseReason
from bot.services.servers import ServerDraft
from catalog.services import categories, products
from catalog.services.categories import CategoryDraft
from catalog.services.products import ProductDraft
from inventory.models import StockItem
from inventory.services import imports, stock
from ppob.kit.errors import NotAllowed
from security.models import AuditEntry
from tenants.models import Guild
from tenants.services import guilds, settings, suspension
from tenants.services.settings import StoreDraft
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_guild, make_member, make_product
from tests.payments.racing import at_once

CHANNEL = 1_190_000_000_000_001_012


@pytest.fixture
def seller(in_arcadia):
    return make_member()


def newest():
    return AuditEntry.objects.order_by("-pk").first()


def told():
    entry = newest()
    return entry.action, entry.before, entry.after


def test_the_stores_settings(seller):
    draft = StoreDraft("Arcadia", "Asia/Makassar", "en", deposit_alert_hours=4)
    settings.change_store(actor=seller, draft=draft, now=NOON)

    assert told() == (
        "store.changed",
        {"time_zone": "Asia/Jakarta", "language": "id"},
        {"time_zone": "Asia/Makassar", "language": "en"},
    )
    assert newest().actor == seller.name


def test_stopping_and_resuming_a_store(in_arcadia):
    deed = {"tenant_id": in_arcadia.pk, "actor": "user:1", "now": NOON}
    suspension.suspend_store(**deed)
    stopped = told()
    suspension.resume_store(**deed)

    assert stopped == (
        "store.suspended",
        {"status": "active"},
        {"status": "suspended"},
    )
    assert told() == ("store.active", {"status": "suspended"}, {"status": "active"})


def test_the_bots_coming_and_going_once_each(in_arcadia):
    make_guild(discord_id=100, name="Old name")
    for _turn in range(2):
        guilds.bot_joined(guild_id=100, name="New name", now=NOON)
    for _turn in range(2):
        guilds.bot_left(guild_id=100, now=NOON)

    entries = AuditEntry.objects.order_by("pk").values_list("action", "actor", "data")
    assert list(entries) == [
        ("bot.joined", "bot", {"name": "New name"}),
        ("bot.left", "bot", {"name": "New name"}),
    ]
    assert Guild.objects.get().bot_joined_at is None


def test_a_product_from_the_first_price_to_its_end(seller):
    draft = ProductDraft(name="Netflix", price=10_000)
    product = products.add_product(actor=seller, draft=draft, now=NOON)
    added = told()
    dearer = ProductDraft(name="Netflix", price=12_000, minimum_stock=2)
    products.change_product(actor=seller, product=product, draft=dearer, now=NOON)
    changed = told()
    products.show_products(
        actor=seller, product_ids=[product.pk], is_visible=False, now=NOON
    )
    hidden = told()
    products.archive_product(actor=seller, product=product, now=NOON)

    action, before, after = added
    assert (action, before) == ("product.added", {})
    assert (after["price"], after["sku"], after["kind"]) == (10_000, "NETFLIX", "code")
    assert changed == (
        "product.changed",
        {"price": 10_000, "minimum_stock": 5},
        {"price": 12_000, "minimum_stock": 2},
    )
    assert hidden == (
        "product.hidden",
        {"is_visible": True},
        {"is_visible": False},
    )
    action, before, after = told()
    assert (action, before) == (
        "product.archived",
        {"is_active": True, "archived_at": None},
    )
    assert after == {"is_active": False, "archived_at": "2026-03-14T05:00:00Z"}
    assert newest().data == {"name": "Netflix", "sku": "NETFLIX"}


def test_two_changes_at_once_each_tell_what_the_other_left(seller):
    product = make_product(name="Netflix", price=1)

    def change(price):
        draft = ProductDraft(name="Netflix", price=price, sku=product.sku)
        products.change_product(actor=seller, product=product, draft=draft, now=NOON)

    at_once([lambda price=price: change(price) for price in range(2, 10)])

    entries = AuditEntry.objects.order_by("pk")
    steps = [(entry.before["price"], entry.after["price"]) for entry in entries]
    assert [before for before, _after in steps] == [
        1,
        *(after for _before, after in steps[:-1]),
    ]
    product.refresh_from_db()
    assert product.price == steps[-1][1]


def test_a_category_new_and_changed(seller):
    draft = CategoryDraft(code="ML", name="Mobile Legends")
    categories.keep_category(actor=seller, draft=draft, now=NOON)
    new = told()
    draft = CategoryDraft(code="ML", name="Mobile Legends", position=3)
    categories.keep_category(actor=seller, draft=draft, now=NOON)

    assert new[:2] == ("category.kept", {})
    assert new[2]["name"] == "Mobile Legends"
    assert told() == ("category.kept", {"position": 0}, {"position": 3})


def test_a_products_category_is_told_by_its_name(seller):
    category = categories.keep_category(
        actor=seller, draft=CategoryDraft(code="ML", name="Mobile Legends"), now=NOON
    )
    product = make_product(name="Netflix", sku="NETFLIX")
    draft = ProductDraft(name="Netflix", price=10_000, category_id=category.pk)
    products.change_product(actor=seller, product=product, draft=draft, now=NOON)

    assert told() == (
        "product.changed",
        {"category": None},
        {"category": "Mobile Legends"},
    )


def test_codes_in_and_out_by_their_number_alone(seller):
    product = make_product(name="Netflix")
    imports.add_codes(actor=seller, product=product, text="AAA-1\nAAA-2", now=NOON)
    added = newest()
    ids = list(StockItem.objects.values_list("public_id", flat=True))
    stock.void_items(product=product, item_ids=ids, actor=seller.name, now=NOON)

    assert added.data == {"name": "Netflix", "added": 2, "refused": 0}
    assert newest().action == "stock.voided"
    assert newest().data == {"name": "Netflix", "voided": 2}
    assert "AAA" not in str([added.data, newest().data])


def test_a_panel_from_its_place_to_its_removal(seller):
    guild = make_guild()
    draft = PanelDraft(guild_id=guild.pk, channel_id=CHANNEL)
    panel = panels.place_panel(actor=seller, draft=draft, now=NOON)
    placed = told()
    renamed = PanelDraft(guild_id=guild.pk, channel_id=CHANNEL, title="Sale")
    panels.change_panel(actor=seller, panel=panel, draft=renamed, now=NOON)
    changed = told()
    panels.pause_panel(panel.pk, reason=PauseReason.GONE, now=NOON)
    panel.refresh_from_db()
    panels.resume_panel(actor=seller, panel=panel, now=NOON)
    resumed = told()
    panels.remove_panel(actor=seller, panel=panel, now=NOON)

    action, before, after = placed
    assert (action, before) == ("panel.placed", {})
    assert after == asdict(draft) | {"channel_id": str(CHANNEL)}
    assert changed == ("panel.changed", {"title": draft.title}, {"title": "Sale"})
    assert resumed == (
        "panel.resumed",
        {"status": "paused", "reason": "gone"},
        {"status": "active", "reason": ""},
    )
    assert told() == (
        "panel.removed",
        {"title": "Sale", "channel_id": str(CHANNEL)},
        {},
    )


def test_a_servers_settings(seller):
    guild = make_guild(name="Arcadia")
    draft = ServerDraft(log_channel_id=CHANNEL, auto_close_secs=60)
    servers.change_settings(actor=seller, guild=guild, draft=draft, now=NOON)

    assert told() == (
        "server.changed",
        {"log_channel_id": None, "auto_close_secs": 300},
        {"log_channel_id": str(CHANNEL), "auto_close_secs": 60},
    )
    assert newest().data == {"name": "Arcadia"}


def test_what_was_refused_is_not_written_down(in_arcadia):
    viewer = make_member(Role.VIEWER)
    product = make_product()

    with pytest.raises(NotAllowed):
        products.archive_product(actor=viewer, product=product, now=NOON)

    assert not AuditEntry.objects.exists()
