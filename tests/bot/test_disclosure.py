"""Codes opened by staff: with a reason, in the audit trail, and told to the buyer."""

import pytest
from django.urls import reverse

from bot.access import NotYours
from bot.models import OutgoingMessage, Ticket
from bot.services import buyer, own_orders, sending, tickets
from bot.services.wording import write
from payments import selectors
from payments.models import Delivery
from payments.services.ledger import quotas
from payments.services.orders import delivery, disclosure
from payments.services.orders.disclosure import NothingToOpen
from ppob.kit.errors import InvalidInput, NotAllowed, NotFound
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tenants.states import Role
from tests.bot.conftest import Store, outbox_kinds
from tests.bot.test_order_messages import MINUTE, sold, ticket, words
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of
from tests.factories import make_customer, make_member, make_order

__all__ = ["ticket"]

REASON = "Pembeli bilang kodenya tidak bisa dipakai"


def codes_of(store: Store, order) -> list[str]:
    found = delivery.reveal_codes(customer=store.buyer, order_id=order.pk, now=NOON)
    return [code.code for code in found]


def open_codes(store: Store, order, reason=REASON, member=None):
    return disclosure.reveal_to_staff(
        actor=member or store.seller, order=order, reason=reason, now=NOON
    )


def address(order) -> str:
    return reverse("payments:open-codes", args=["arcadia", order.public_id])


@pytest.fixture
def order(store: Store, ticket: Ticket, jobs):
    sold(store, ticket, jobs)
    return ticket.order


def test_staff_read_the_codes_and_leave_a_trail(store, order):
    [shown] = open_codes(store, order)

    assert shown.code not in repr(shown)
    entry = AuditEntry.objects.get(action="codes.revealed_by_staff")
    assert (entry.actor, entry.reason) == (store.seller.name, REASON)
    assert entry.object == f"order:{order.public_id}"
    assert entry.data == {"code": order.code, "units": 1}
    assert not Delivery.objects.exclude(first_revealed_at=None).exists()
    assert [shown.code] == codes_of(store, order)


def test_the_buyer_is_told_each_time_and_why(store, order):
    open_codes(store, order)
    open_codes(store, order, reason="Masih soal kode yang sama, cek lagi")

    found = OutgoingMessage.objects.filter(kind="codes_disclosed").order_by("pk")
    assert found.count() == 2
    found.update(due_at=NOON)
    claimed = sending.claim([row.pk for row in found], now=NOON)
    with speaking("en"):
        told = [words(write(message)) for message in claimed]
    assert [REASON in told[0], "Masih soal" in told[1]] == [True, True]
    assert all(f"#{order.code}" in text for text in told)
    assert claimed[0].ticket_id == Ticket.objects.get().pk


def test_without_an_open_ticket_the_buyer_is_told_directly(store, order):
    tickets.close_ticket(Ticket.objects.get().pk, now=NOON)

    open_codes(store, order)

    message = OutgoingMessage.objects.get(kind="codes_disclosed")
    assert (message.ticket_id, message.recipient_id) == (None, store.buyer.discord_id)


@pytest.mark.parametrize("reason", ["", "terlalu", "   pendek    ", "x" * 201])
def test_a_reason_is_needed(store, order, reason):
    with pytest.raises(InvalidInput) as refusal:
        open_codes(store, order, reason=reason)

    assert refusal.value.field == "reason"
    assert not AuditEntry.objects.filter(action__startswith="codes.").exists()
    assert "codes_disclosed" not in outbox_kinds()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER])
def test_only_owner_and_admin_may(store, order, role):
    with pytest.raises(NotAllowed):
        open_codes(store, order, member=make_member(role))

    assert "codes_disclosed" not in outbox_kinds()


def test_what_was_not_delivered_cannot_be_opened(store):
    with pytest.raises(NothingToOpen):
        open_codes(store, make_order(store.product))


def test_another_store_opens_nothing(store, order, borealis):
    with tenant_scope(borealis.pk):
        stranger = make_member()
        with pytest.raises(NothingToOpen):
            open_codes(store, order, member=stranger)
    page = browser_of(stranger).get(address(order))

    assert page.status_code == 404


def test_the_page_shows_the_codes_once(store, order):
    browser = browser_of(store.seller)
    before = browser.get(address(order))
    refused = browser.post(address(order), {"reason": "pendek"})
    shown = browser.post(address(order), {"reason": REASON})
    again = browser.get(address(order))

    [code] = codes_of(store, order)
    pages = [page.content.decode() for page in (before, refused, shown, again)]
    assert [code in page for page in pages] == [False, False, True, False]
    assert "no-store" in shown["Cache-Control"]
    assert AuditEntry.objects.filter(action="codes.revealed_by_staff").count() == 1


def test_the_order_page_offers_it_to_those_who_may(store, order):
    page = reverse("payments:order", args=["arcadia", order.public_id])

    owner = browser_of(store.seller).get(page).content.decode()
    cashier = browser_of(make_member(Role.CASHIER)).get(page).content.decode()

    assert address(order) in owner
    assert address(order) not in cashier


def test_a_strangers_press_is_refused_and_in_the_audit_trail(store, order):
    stranger = make_customer("citra")

    with pytest.raises(NotYours):
        buyer.look_at_codes(customer=stranger, order_id=order.pk, now=NOON)

    entry = AuditEntry.objects.get(action="codes.refused")
    assert (entry.actor, entry.object) == (stranger.actor, f"order:{order.public_id}")
    assert selectors.first_revealed([order.pk]) == {}


def test_the_first_look_is_remembered(store, order):
    first = buyer.look_at_codes(customer=store.buyer, order_id=order.pk, now=NOON)
    later = buyer.look_at_codes(
        customer=store.buyer, order_id=order.pk, now=NOON + MINUTE
    )
    card = own_orders.card(customer=store.buyer, order_id=order.pk)

    assert [first.first_seen_at, later.first_seen_at] == [NOON, NOON]
    assert card.first_seen_at == NOON
    assert card.channel_id == 901


def test_a_buyers_orders_come_in_pages(store, monkeypatch):
    monkeypatch.setattr(quotas, "MOST_OPEN_ORDERS", 12)
    made = [make_order(customer=store.buyer) for _ in range(12)]
    make_order(customer=make_customer("citra"))

    first = own_orders.history(customer=store.buyer)
    second = own_orders.history(customer=store.buyer, before=first.next_before)

    assert [len(first.orders), len(second.orders)] == [10, 2]
    assert [first.is_first, second.is_first] == [True, False]
    assert second.next_before is None
    everything = [order.pk for order in first.orders + second.orders]
    assert everything == [order.pk for order in reversed(made)]


def test_other_peoples_orders_have_no_card(store, order):
    with pytest.raises(NotYours):
        own_orders.card(customer=make_customer("citra"), order_id=order.pk)
    with pytest.raises(NotFound):
        own_orders.card(customer=store.buyer, order_id=999_999)
