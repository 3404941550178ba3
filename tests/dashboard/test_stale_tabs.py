"""A tab that was opened earlier overwrites nothing that was saved since."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from bot.models import Panel, ServerSettings
from bot.services import panels, servers
from bot.services.panels import PanelDraft
from catalog.models import Product
from catalog.services import products
from catalog.services.drafts import ProductDraft
from inventory.models import SupplierProduct
from inventory.services import supplier_products
from payments.models import MoneyPolicy, PaymentMethod
from payments.services.incoming import methods
from payments.services.incoming.methods import AccountDraft
from payments.services.ledger import policy
from payments.services.ledger.policy import PolicyDraft
from payments.states import MethodKind
from ppob.kit.errors import NotFound
from ppob.kit.versions import ChangedMeanwhile, version_of
from security.models import AuditEntry
from tenants.models import Tenant
from tenants.services import settings
from tenants.services.settings import StoreDraft
from tests.conftest import NOON
from tests.dashboard.conftest import text_of
from tests.dashboard.editing import fields_of, open_form
from tests.factories import (
    make_gateway_method,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.inventory.suppliers import make_account, make_topup, map_product
from tests.payments.racing import at_once, meeting

RULES = "/toko/arcadia/saldo/batas/"
STALE = "This was changed after you opened the page. Nothing was saved."


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@dataclass(frozen=True)
class Edited:
    """One edit form: where it is, a change each of two people, and what is stored."""

    address: str
    first: dict[str, str]
    second: dict[str, str]
    stored: Callable[[], dict[str, Any]]


@pytest.fixture
def open_discord(discord, with_bot) -> None:
    """The bot is in the server, for the pages that ask."""
    discord._assert_all_called = False
    with_bot()


@pytest.fixture(
    params=[
        "product",
        "rules",
        "store",
        "account",
        "merchant",
        "goods",
        "panel",
        "server",
    ]
)
def edited(request, owner, guild, open_discord) -> Edited:
    return MAKERS[request.param](owner, guild)


def a_product(owner, guild) -> Edited:
    product = make_product(name="Netflix", price=10_000, description="Old words")
    return Edited(
        f"/toko/arcadia/produk/{product.public_id}/",
        {"price": "29.000"},
        {"description": "New words"},
        lambda: dict(products.facts_of(Product.objects.get())),
    )


def the_rules(owner, guild) -> Edited:
    make_policy()
    return Edited(
        RULES,
        {"refund_approval_above": "Rp 100.000"},
        {"deposit_min": "20rb"},
        lambda: dict(policy.facts_of(MoneyPolicy.objects.get())),
    )


def the_store(owner, guild) -> Edited:
    return Edited(
        "/toko/arcadia/pengaturan/",
        {"time_zone": "Asia/Makassar"},
        {"name": "Arcadia Two"},
        lambda: dict(settings.facts_of(Tenant.objects.get())),
    )


def an_account(owner, guild) -> Edited:
    method = make_transfer_method()
    return Edited(
        f"/toko/arcadia/pembayaran/{method.public_id}/",
        {"account_number": "999888777"},
        {"instructions": "Say the code"},
        lambda: dict(methods.facts_of(PaymentMethod.objects.get())),
    )


def a_merchant(owner, guild) -> Edited:
    method = make_gateway_method()
    return Edited(
        f"/toko/arcadia/pembayaran/{method.public_id}/",
        {"private_key": "the-first-new-key"},
        {"private_key": "the-second-new-key"},
        lambda: dict(methods.facts_of(PaymentMethod.objects.get())),
    )


def a_line_of_goods(owner, guild) -> Edited:
    option = map_product(make_topup(name="Old"), make_account())
    other = make_topup(name="New")
    return Edited(
        f"/toko/arcadia/pemasok/barang/{option.public_id}/",
        {"product": str(other.pk)},
        {"destination_format": "+{account}"},
        lambda: dict(supplier_products.facts_of(SupplierProduct.objects.get())),
    )


def a_panel(owner, guild) -> Edited:
    draft = PanelDraft(guild_id=guild.pk, channel_id=11, title="Old panel")
    panel = panels.place_panel(actor=owner, draft=draft, now=NOON)
    return Edited(
        f"/toko/arcadia/panel/{panel.public_id}/",
        {"colour": "#ff8800"},
        {"title": "New panel"},
        lambda: dict(panels.facts_of(Panel.objects.get())),
    )


def the_server(owner, guild) -> Edited:
    servers.settings_of(guild.pk)
    return Edited(
        "/toko/arcadia/pengaturan/discord/",
        {"log_channel_id": "12"},
        {"auto_close_secs": "900"},
        lambda: dict(servers.facts_of(ServerSettings.objects.get())),
    )


MAKERS = {
    "product": a_product,
    "rules": the_rules,
    "store": the_store,
    "account": an_account,
    "merchant": a_merchant,
    "goods": a_line_of_goods,
    "panel": a_panel,
    "server": the_server,
}


# --- Every edit form ------------------------------------------------------------------


def test_the_second_of_two_tabs_writes_nothing_and_is_asked(english, edited):
    first, second = (open_form(english, edited.address) for _ in range(2))
    assert english.post(edited.address, first | edited.first).status_code == 302
    saved, deeds = edited.stored(), AuditEntry.objects.count()

    answer = english.post(edited.address, second | edited.second)

    assert answer.status_code == 200
    assert STALE in text_of(answer)
    assert edited.stored() == saved
    assert AuditEntry.objects.count() == deeds


def test_what_is_saved_after_the_question_keeps_both_changes(english, edited):
    first, second = (open_form(english, edited.address) for _ in range(2))
    before = edited.stored()
    english.post(edited.address, first | edited.first)
    asked = english.post(edited.address, second | edited.second)

    done = english.post(edited.address, fields_of(asked) | edited.second)

    assert done.status_code == 302
    changed = {name for name, value in edited.stored().items() if value != before[name]}
    assert changed == {
        {"private_key": "keys"}.get(name, name) for name in edited.first | edited.second
    }


@pytest.mark.parametrize("seen", ["", "price:0000000000000000", "<b>", "a:b:c :"])
def test_a_form_without_a_readable_version_writes_nothing(english, edited, seen):
    tab, before = open_form(english, edited.address), edited.stored()

    answer = english.post(edited.address, tab | edited.first | {"seen": seen})

    assert STALE in text_of(answer)
    assert edited.stored() == before


def test_a_change_of_something_else_does_not_disturb(english, owner, guild):
    edit = a_product(owner, guild)
    tab = open_form(english, edit.address)
    other = make_product(price=5_000)
    english.post(
        f"/toko/arcadia/produk/{other.public_id}/",
        open_form(english, f"/toko/arcadia/produk/{other.public_id}/")
        | {"price": "6.000"},
    )

    assert english.post(edit.address, tab | edit.second).status_code == 302

    other.refresh_from_db()
    assert other.price == 6_000


# --- What was seen: a description took the price back and the refund limit up ---------


@pytest.fixture
def asked(english, owner, guild):
    """A product whose price went up while somebody wrote another description."""
    edit = a_product(owner, guild)
    first, second = (open_form(english, edit.address) for _ in range(2))
    english.post(edit.address, first | {"price": "29.000"})
    return edit, english.post(edit.address, second | {"description": "New words"})


def test_both_values_stand_side_by_side_and_the_untouched_one_gives_way(asked):
    _edit, page = asked

    words, form = text_of(page), fields_of(page)

    assert "Saved now: Rp 29.000" in words
    assert "What you typed: Rp 10.000" in words
    assert form["pick-price"] == "newer"
    # Only what both sides changed is asked; the description is this person's alone.
    assert "pick-description" not in form


def test_the_newer_price_stays_and_the_description_is_saved(english, asked):
    edit, page = asked

    english.post(edit.address, fields_of(page))

    product = Product.objects.get()
    assert (product.price, product.description) == (29_000, "New words")


def test_taking_the_old_price_knowingly_is_possible(english, asked):
    edit, page = asked

    english.post(edit.address, fields_of(page) | {"pick-price": "mine"})

    assert Product.objects.get().price == 10_000


def test_whoever_types_a_third_price_means_it(english, asked):
    edit, page = asked

    english.post(edit.address, fields_of(page) | {"price": "31.000"})

    assert Product.objects.get().price == 31_000


def test_a_third_change_between_question_and_answer_is_asked_again(english, asked):
    edit, page = asked
    Product.objects.update(price=33_000)

    again = english.post(edit.address, fields_of(page) | {"pick-price": "mine"})

    assert "Saved now: Rp 33.000" in text_of(again)
    assert Product.objects.get().price == 33_000


def test_the_refund_limit_does_not_go_back_up(english, owner):
    make_policy()
    first, second = (open_form(english, RULES) for _ in range(2))
    english.post(RULES, first | {"refund_approval_above": "0"})

    page = english.post(RULES, second | {"wallet_limit": "3jt"})
    english.post(RULES, fields_of(page))

    limits = MoneyPolicy.objects.get()
    assert (limits.refund_approval_above, limits.wallet_limit) == (0, 3_000_000)


def test_a_choice_and_a_tick_are_asked_in_words(english, owner, guild):
    edit = a_product(owner, guild)
    tab = open_form(english, edit.address)
    Product.objects.update(is_active=False)

    page = english.post(edit.address, tab | {"description": "New words"})
    assert "Saved now: No" in text_of(page)
    assert "What you typed: Yes" in text_of(page)
    english.post(edit.address, fields_of(page))

    product = Product.objects.get()
    assert (product.is_active, product.description) == (False, "New words")


def test_a_key_is_never_shown_not_even_when_two_people_change_it(english, owner, guild):
    edit = a_merchant(owner, guild)
    first, second = (open_form(english, edit.address) for _ in range(2))
    english.post(edit.address, first | edit.first)

    page = english.post(edit.address, second | edit.second).content.decode()

    assert "the-first-new-key" not in page
    assert "the-second-new-key" not in page


def test_a_panel_that_somebody_removed_is_not_there(
    english, owner, guild, open_discord
):
    edit = a_panel(owner, guild)
    panel = Panel.objects.get()
    draft = PanelDraft(guild_id=guild.pk, channel_id=11)
    panels.remove_panel(actor=owner, panel=panel, now=NOON)

    assert english.get(edit.address).status_code == 404
    with pytest.raises(NotFound):
        panels.change_panel(actor=owner, panel=panel, draft=draft, now=NOON)
    with pytest.raises(NotFound):
        panels.remove_panel(actor=owner, panel=panel, now=NOON)


# --- Two people at the same moment ----------------------------------------------------


def savers(owner, guild) -> dict[str, list[Callable[[], Any]]]:
    """For every service that changes something: two people who read the same."""
    product, method = make_product(name="Netflix"), make_transfer_method()
    make_policy()
    tenant, server = Tenant.objects.get(), servers.settings_of(guild.pk)
    placed = PanelDraft(guild_id=guild.pk, channel_id=11, title="Old")
    panel = panels.place_panel(actor=owner, draft=placed, now=NOON)
    names = ("Ayu", "Bima")

    def act(service, facts, draft, **things):
        save = partial(service, actor=owner, seen=version_of(facts), now=NOON)
        return [partial(save, **things, draft=draft(name)) for name in names]

    return {
        "product": act(
            products.change_product,
            products.facts_of(product),
            lambda name: ProductDraft(name=name, price=10_000, sku=product.sku),
            product=product,
        ),
        "policy": act(
            policy.change_policy,
            policy.facts_of(MoneyPolicy.objects.get()),
            lambda name: PolicyDraft(True, 2_000_000, 5_000 + len(name), 0, 0),
        ),
        "method": act(
            methods.change_method,
            methods.facts_of(method),
            lambda name: AccountDraft(MethodKind.BANK, "BCA", "1234567890", name),
            method=method,
        ),
        "goods": mappers(owner, names),
        "store": act(
            settings.change_store,
            settings.facts_of(tenant),
            lambda name: StoreDraft(name, "Asia/Jakarta", "id", 4),
        ),
        "server": act(
            servers.change_settings,
            servers.facts_of(server),
            lambda name: servers.ServerDraft(auto_close_secs=60 * len(name)),
            guild=guild,
        ),
        "panel": act(
            panels.change_panel,
            panels.facts_of(panel),
            lambda name: PanelDraft(guild_id=guild.pk, channel_id=11, title=name),
            panel=panel,
        ),
    }


def mappers(owner, names) -> list[Callable[[], Any]]:
    """Each maps the same line of a price list to another product."""
    option = map_product(None, make_account())
    seen = version_of(supplier_products.facts_of(option))
    return [
        partial(
            supplier_products.map_product,
            actor=owner,
            option=option,
            product=make_topup(name=name),
            now=NOON,
            seen=seen,
        )
        for name in names
    ]


@pytest.mark.parametrize(
    "kind", ["product", "policy", "method", "goods", "store", "server", "panel"]
)
def test_of_two_people_who_save_at_once_exactly_one_wins(owner, guild, kind):
    works = savers(owner, guild)[kind]
    deeds = AuditEntry.objects.count()

    results = at_once(works)

    lost = [result for result in results if isinstance(result, ChangedMeanwhile)]
    assert len(lost) == 1
    assert AuditEntry.objects.count() == deeds + 1


def test_control_without_the_lock_both_win(owner, guild, monkeypatch):
    works = savers(owner, guild)["product"]
    meet = meeting(2)

    def look(product):
        found = Product.objects.get(pk=product.pk)
        meet()
        return found

    monkeypatch.setattr(products, "_lock", look)

    results = at_once(works)

    assert not [one for one in results if isinstance(one, ChangedMeanwhile)]


def test_a_limit_that_waits_for_its_day_is_not_raised_again_by_an_old_tab(
    english, owner
):
    make_policy(refund_approval_above=100_000)
    english.post(RULES, open_form(english, RULES) | {"refund_approval_above": "900rb"})
    first, second = (open_form(english, RULES) for _ in range(2))
    assert second["refund_approval_above"] == "Rp 900.000"
    english.post(RULES, first | {"refund_approval_above": "50.000"})

    page = english.post(RULES, second | {"wallet_limit": "3jt"})
    form = fields_of(page)
    assert form["pick-refund_approval_above"] == "newer"
    assert "pick-wallet_limit" not in form
    english.post(RULES, form)

    limits = MoneyPolicy.objects.get()
    assert (limits.refund_approval_above, limits.raised_from) == (50_000, None)
    assert limits.wallet_limit == 3_000_000
