"""A buyer's own page about an order, opened with a signed address and Discord."""

import pytest
from django.db import transaction
from django.test import Client

from bot.messages.orders import ReadyOrder, draw_ready
from bot.presenters.quantity import pieces_of
from inventory.models import PurchaseAttempt
from payments import purchase_links
from payments.models import Delivery, UnreachedBuyer
from payments.services.orders import delivery, unreached
from payments.states import BuyerNews, UnreachedStatus
from ppob.kit import clock
from ppob.kit.errors import NotFound
from tenants.services import suspension
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.money import make_delivered, make_paid, make_transfer
from tests.factories import make_order, make_user
from tests.inventory.suppliers import (
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)
from tests.payments.acts import open_transfer, pending, tell

pytestmark = pytest.mark.usefixtures("in_arcadia")


def signed_in(discord_id: int) -> Client:
    browser = Client()
    browser.force_login(make_user(discord_id=discord_id))
    browser.cookies["django_language"] = "en"
    return browser


def path_of(order) -> str:
    return "/pembelian/" + purchase_links.address_of(order).rpartition("/pembelian/")[2]


def code_of(order) -> str:
    [code] = delivery.reveal_codes(
        customer=order.customer, order_id=order.pk, now=clock.now()
    )
    return code.code


def test_whoever_is_not_signed_in_learns_nothing():
    order = make_delivered()
    visitor = Client()
    visitor.cookies["django_language"] = "en"

    for response in (visitor.get(path_of(order)), visitor.post(path_of(order))):
        words = text_of(response)
        assert response.status_code == 200
        assert "Sign in with Discord" in words
        assert order.code not in words
        assert "Arcadia" not in words
    assert not Delivery.objects.exclude(first_revealed_at=None).exists()


def test_the_buyer_reads_the_order_and_opens_the_codes():
    order = make_delivered()
    browser = signed_in(order.customer.discord_id)

    before = browser.get(path_of(order))
    after = browser.post(path_of(order))

    code = code_of(order)
    assert code not in before.content.decode()
    assert f"#{order.code}" in text_of(before)
    assert code in text_of(after)
    for response in (before, after):
        assert response["Cache-Control"] == "private, no-store"
    assert Delivery.objects.get(line__order=order).reveals == 2


def test_a_top_up_has_a_serial_number_and_no_codes(jobs, monkeypatch):
    product = make_topup(price=20_000)
    map_product(product, make_account())
    order = make_order(product, destination=SUCCEEDS)
    tell(pending(order, method=open_transfer()))
    with served_by(monkeypatch, Scripted()):
        jobs.run()
    browser = signed_in(order.customer.discord_id)

    before = text_of(browser.get(path_of(order)))
    after = text_of(browser.post(path_of(order)))

    assert "The top-up has arrived." in before
    assert "Show the serial number" in before
    assert f"SN-{PurchaseAttempt.objects.get().ref_id}" in after
    assert "codes" not in (before + after).lower()


@pytest.mark.parametrize("method", ["get", "post"])
def test_anybody_else_learns_nothing_not_even_the_seller(owner, method):
    order = make_delivered()
    stranger = signed_in(order.customer.discord_id + 1)
    seller = browser_of(owner)
    seller.cookies["django_language"] = "en"

    for browser in (stranger, seller):
        response = getattr(browser, method)(path_of(order))
        assert response.status_code == 403
        words = text_of(response)
        assert "belongs to another Discord account" in words
        assert order.code not in words
    assert not Delivery.objects.exclude(first_revealed_at=None).exists()


def test_an_address_that_we_did_not_sign_does_not_exist():
    order = make_delivered()
    right = path_of(order)
    browser = signed_in(order.customer.discord_id)

    token = right.split("/")[2]
    other = make_delivered()
    stolen = token.replace(order.public_id.hex, other.public_id.hex)
    for wrong in (token[:-1], token[:-1] + "x", token.upper(), stolen, "x", "1-2-3"):
        assert browser.get(f"/pembelian/{wrong}/").status_code == 404
        with pytest.raises(NotFound):
            purchase_links.read_token(wrong)
    assert purchase_links.read_token(token) == (order.tenant_id, order.public_id)


def test_a_paid_order_says_that_the_money_is_safe():
    order = make_paid()

    words = text_of(signed_in(order.customer.discord_id).get(path_of(order)))

    assert "Your money has arrived and is safe" in words
    assert "Open my codes" not in words


def test_an_unpaid_order_shows_no_button_and_gives_no_codes():
    order = make_transfer().order
    browser = signed_in(order.customer.discord_id)

    words = text_of(browser.get(path_of(order)))

    assert "not paid yet" in words
    assert browser.post(path_of(order)).status_code == 404


def test_codes_are_read_in_a_store_that_was_stopped(in_arcadia):
    order = make_delivered()
    suspension.suspend_store(tenant_id=in_arcadia.pk, actor="system", now=clock.now())

    page = signed_in(order.customer.discord_id).post(path_of(order))

    assert code_of(order) in text_of(page)


def test_who_opens_the_page_has_been_reached():
    order = make_delivered()
    with transaction.atomic():
        unreached.report(
            order.customer, order=order, news=BuyerNews.ORDER_READY, now=clock.now()
        )
    browser = signed_in(order.customer.discord_id)

    browser.head(path_of(order))
    assert UnreachedBuyer.objects.get().status == UnreachedStatus.OPEN
    browser.get(path_of(order))

    assert UnreachedBuyer.objects.get().status == UnreachedStatus.READ


def test_the_seller_finds_the_address_on_the_order_and_in_the_queue(owner):
    order = make_delivered()
    browser = browser_of(owner)
    browser.cookies["django_language"] = "en"
    address = purchase_links.address_of(order)
    page, queue = f"/toko/arcadia/pesanan/{order.public_id}/", "/toko/arcadia/uang/"
    assert address not in text_of(browser.get(page))

    with transaction.atomic():
        found = unreached.report(
            order.customer, order=order, news=BuyerNews.ORDER_READY, now=clock.now()
        )

    assert address in text_of(browser.get(page))
    words = text_of(browser.get(queue))
    assert address in words
    assert "A buyer could not be reached" in words
    assert "The goods are ready" in words

    told = f"/toko/arcadia/pembeli/kabar/{found.public_id}/sampai/"
    browser.post(told, {"note": "called her"})

    found.refresh_from_db()
    assert (found.status, found.note) == (UnreachedStatus.TOLD, "called her")
    assert "A buyer could not be reached" not in text_of(browser.get(queue))


@pytest.mark.parametrize(
    ("site", "is_simulated", "has_link"),
    [
        ("https://toko.example.com", False, True),
        ("http://localhost:8000", True, True),  # the buyer is on this machine, too
        ("http://localhost:8000", False, False),
        ("http://127.0.0.1:8000", False, False),
        ("http://[::1]:8000", False, False),
    ],
)
def test_a_message_only_names_an_address_that_its_buyer_can_open(
    settings, site, is_simulated, has_link
):
    settings.SITE_URL, settings.IS_SIMULATED = site, is_simulated
    order = make_delivered()

    address = purchase_links.find_address(order)
    lines = tuple(map(pieces_of, order.lines.all()))
    ready = draw_ready(ReadyOrder(order.pk, order.code, lines, 5, page=address))

    assert address == (purchase_links.address_of(order) if has_link else "")
    assert [each.url for row in ready.rows for each in row if each.url] == (
        [address] if has_link else []
    )
    assert ready.rows[0][0].custom_id == f"v1:reveal:{order.pk}"
