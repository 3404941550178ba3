"""Every form over something that exists carries the version it read."""

from typing import Any

import pytest
from django.urls import resolve

from bot.models import Ticket
from bot.services import panels
from bot.services.panels import PanelDraft
from inventory.models import StockBatch, StockItem
from inventory.services import drafts
from inventory.services.drafts import Upload
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from inventory.suppliers.registry import spec_of
from ppob.kit import clock
from tests.conftest import NOON
from tests.dashboard.editing import forms_of
from tests.dashboard.money import make_delivered, make_stalled, make_transfer
from tests.dashboard.test_every_page import PAGES, POSTS, address
from tests.factories import (
    PriceRuleFactory,
    make_customer,
    make_gateway_method,
    make_order,
    make_product,
    make_transfer_method,
)
from tests.inventory.contract.stage import account_of
from tests.inventory.suppliers import make_account, make_topup, map_product


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def open_discord(discord, with_bot) -> None:
    """The bot is in the server, for the pages that ask."""
    discord._assert_all_called = False
    with_bot()


# Forms with something to type that write nothing over: they add a row, or say why or
# how much, and the service compares with what is there under its lock.
OTHERS = {
    "catalog:add-product": "adds a product",
    "catalog:add-price-rule": "adds a rule",
    "inventory:stock": "adds codes",
    "payments:add-account": "adds a method",
    "payments:add-gateway": "adds a method",
    "bot:add-panel": "adds a panel",
    "payments:open-codes": "says why",
    "payments:confirm-transfer": "says what came in; a payment is confirmed once",
    "payments:reject-transfer": "says why; a payment is rejected once",
    "payments:refund-order": "carries request_key and seen_refunded of its own",
    "catalog:show-products": "ticks products to reach one state",
    "inventory:draft": "a list that is looked at; it carries its own revision",
    "inventory:keep-draft": "carries the revision of the list that was shown",
    "inventory:change-codes": "ticks codes to reach one state, and says why",
    "inventory:withdraw-batch": "says why; a batch is withdrawn once",
    "inventory:reveal-code": "says why",
    "inventory:connect-supplier": "adds an account",
    "inventory:supplier-keys": "shows nothing; what is left empty stays as it is",
    "inventory:import-goods": "adds products of goods that are none yet",
    "inventory:add-goods": "adds goods that were not entered yet",
    "inventory:match-goods": "ticks pairs that were shown, each compared under a lock",
    "payments:decide-top-up": "says what was seen; a purchase is decided once",
    "payments:note-contradiction": "says how; it is noted once",
    "payments:block-buyer": "says why; to reach one state",
    "tenants:invite-member": "adds an invitation",
    "tenants:change-role": "carries the role that was seen",
    "tenants:offer-store": "adds an offer",
}


def make_batch(owner, product) -> StockBatch:
    upload = Upload(text="BBB-1")
    draft = drafts.prepare(actor=owner, product=product, upload=upload, now=clock.now())
    drafts.keep(
        actor=owner,
        public_id=draft.public_id,
        revision=draft.revision,
        now=clock.now(),
    )
    return StockBatch.objects.order_by("-pk").first()


def make_ticket(guild) -> Ticket:
    product = make_product(codes=1)
    order = make_order(product, customer=make_customer("dewi"))
    return Ticket.objects.create(
        number=1,
        order=order,
        customer=order.customer,
        product=product,
        guild=guild,
        channel_id=42,
        name="ticket-dewi",
        created_at=NOON,
    )


def things_with_pages(owner, guild) -> dict[str, Any]:
    """Something of each kind that has a page of its own, by the page's name."""
    things = {
        "catalog:product": make_product(),
        "catalog:price-rule": PriceRuleFactory(),
        "inventory:product-prices": make_product(),
        "inventory:stock": make_product(codes=1),
        "payments:order": make_transfer().order,
        "payments:open-codes": make_delivered(),
        "payments:change-method": make_transfer_method(),
        "payments:wallet": make_customer("citra"),
        "bot:panel": panels.place_panel(
            actor=owner,
            draft=PanelDraft(guild_id=guild.pk, channel_id=11),
            now=NOON,
        ),
        "bot:ticket": make_ticket(guild),
    }
    stocked = things["inventory:stock"]
    things["inventory:codes"] = stocked
    things["inventory:reveal-code"] = StockItem.objects.get(product=stocked)
    things["inventory:batch"] = make_batch(owner, stocked)
    things["inventory:draft"] = drafts.prepare(
        actor=owner, product=stocked, upload=Upload(text="AAA-1"), now=clock.now()
    )
    things["payments:refund-order"] = things["payments:open-codes"]
    things["inventory:supplier"] = things["inventory:supplier-keys"] = make_account()
    things["inventory:match-goods"] = things["inventory:supplier"]
    things["inventory:price-changes"] = things["inventory:supplier"]
    things["inventory:routes"] = make_topup()
    things["inventory:map-goods"] = map_product(None, make_account(TOKO_DEWI))
    things["inventory:add-goods"] = account_of(spec_of("apigames"))
    things["inventory:change-goods"] = map_product(None, things["inventory:add-goods"])
    things["payments:top-up"] = make_stalled()
    return things


def test_every_form_over_something_that_exists_carries_its_version(
    english, owner, guild, open_discord
):
    things = things_with_pages(owner, guild)
    versioned = set()
    for name in sorted(set(PAGES) - POSTS - {"bot:attachment"}):
        thing = things.get(name)
        assert thing is not None or "public_id" not in PAGES[name], name
        url = address(name, public_id=getattr(thing, "public_id", None))
        page = english.get(url)
        assert page.status_code == 200, name
        for form in forms_of(page):
            target = resolve((form.action or url).partition("?")[0]).view_name
            if not form.is_typed:
                continue
            if "seen" in form.values:
                versioned.add(target)
            else:
                assert target in OTHERS, f"{target} on {name} carries no version"

    assert versioned == {
        "catalog:product",
        "catalog:price-rule",
        "catalog:price-terms",
        "inventory:map-goods",
        "inventory:change-goods",
        "payments:change-method",
        "payments:change-tier",
        "payments:policy",
        "bot:panel",
        "bot:server-settings",
        "tenants:settings",
    }


def test_an_order_page_has_no_form_over_the_order(english, owner):
    make_order()
    make_gateway_method()

    page = english.get(address("payments:orders"))

    assert all("seen" not in form.values for form in forms_of(page))
