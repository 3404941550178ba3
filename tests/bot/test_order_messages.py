"""What buyers and sellers are told when something happens."""

import json
from datetime import timedelta

import pytest
from django.db import transaction

from bot.access import NotYours
from bot.models import OutgoingMessage, Ticket
from bot.presenters import bill
from bot.services import buyer, sending, ticket_channels, tickets
from bot.services.announcing import announce
from bot.services.wording import write
from bot.states import TicketStatus
from inventory.models import StockAlert
from inventory.services import alerts
from payments.gateways import qris
from payments.gateways.instructions import Qris, pack
from payments.models import Payment, UnmatchedMoney
from payments.services.incoming import settlement
from payments.services.orders import completion, delivery, expiry
from payments.states import PaymentStatus
from ppob.kit.errors import NotFound
from tests.bot.conftest import Store, outbox_kinds
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_product,
    make_transfer_method,
)
from tests.payments.test_sale import pay

MINUTE = timedelta(minutes=1)
QRIS = [
    ("00", "01"),
    ("01", "12"),
    ("52", "5999"),
    ("53", "360"),
    ("54", "29000"),
    ("58", "ID"),
    ("59", "RIZKY STORE"),
    ("60", "JAKARTA"),
]


@pytest.fixture
def ticket(store: Store) -> Ticket:
    opened = tickets.open_ticket(
        customer=store.buyer,
        guild_id=store.guild.pk,
        product_id=store.product.pk,
        panel_id=store.panel.pk,
        request_key="discord:1",
        now=NOON,
    )
    ticket_channels.channel_ready(opened.ticket.pk, channel_id=901, name="ticket-ayu")
    return opened.ticket


def choose_transfer(store: Store, ticket: Ticket):
    method = make_transfer_method()
    return buyer.pay_with(
        customer=store.buyer, order_id=ticket.order_id, method_id=method.pk, now=NOON
    )


def sold(store: Store, ticket: Ticket, jobs):
    payment = choose_transfer(store, ticket)
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=NOON + MINUTE)
    jobs.run()
    ticket.refresh_from_db()
    return payment


def drafts():
    """Every message in words, as it would be sent now."""
    ids = list(OutgoingMessage.objects.order_by("pk").values_list("pk", flat=True))
    OutgoingMessage.objects.update(due_at=NOON)
    for message in sending.claim(ids, now=NOON):
        if message.kind not in ("retire_buttons", "close_ticket", "remove_message"):
            yield message.kind, write(message)


def words(draft):
    embed = draft.embed
    parts = [draft.text]
    if embed is not None:
        parts += [embed.title, embed.text, embed.footer]
        parts += [f"{field.name} {field.value}" for field in embed.fields]
    return "\n".join(parts)


def test_a_sale_is_told_step_by_step_in_this_order(store, ticket, jobs):
    sold(store, ticket, jobs)
    completion.leave_review(
        customer=store.buyer, order_id=ticket.order_id, stars=5, now=NOON
    )

    to_ticket = OutgoingMessage.objects.filter(ticket=ticket).order_by("pk")
    kinds = [row.kind for row in to_ticket if row.kind != "retire_buttons"]
    assert kinds == [
        "ticket_guide",
        "payment_instructions",
        "payment_received",
        "order_ready",
        "order_completed",
    ]
    to_log = OutgoingMessage.objects.filter(channel_id=77, kind__startswith="log")
    to_log = to_log.order_by("pk")
    assert [row.kind for row in to_log] == [
        "log_payment_received",
        "log_order_completed",
    ]


def test_the_ticket_follows_its_order(store, ticket, jobs):
    sold(store, ticket, jobs)
    assert ticket.status == TicketStatus.PAID
    assert ticket.closes_at >= NOON + timedelta(hours=24)

    completion.leave_review(
        customer=store.buyer, order_id=ticket.order_id, stars=4, now=NOON
    )

    ticket.refresh_from_db()
    assert ticket.status == TicketStatus.COMPLETED
    assert ticket.closes_at == NOON + timedelta(seconds=300)


def test_an_expired_order_tells_the_buyer_and_takes_the_buttons_away(store, ticket):
    choose_transfer(store, ticket)

    expiry.expire_order(order_id=ticket.order_id, now=NOON + timedelta(hours=2))

    ticket.refresh_from_db()
    assert sorted(outbox_kinds()[-3:]) == [
        "order_expired",
        "retire_buttons",
        "retire_buttons",
    ]
    assert ticket.status == TicketStatus.OPEN
    assert ticket.closes_at is not None


def test_late_money_reopens_a_closed_ticket(store, ticket, jobs):
    payment = choose_transfer(store, ticket)
    expiry.expire_order(order_id=ticket.order_id, now=NOON + timedelta(hours=2))
    tickets.close_ticket(ticket.pk, now=NOON + timedelta(hours=3))

    pay(payment, now=NOON + timedelta(hours=4))
    jobs.run()

    ticket.refresh_from_db()
    assert ticket.status == TicketStatus.PAID
    assert ticket.closed_at is None
    texts = dict(drafts())
    assert "late" in words(texts["payment_received"]) or "terlambat" in words(
        texts["payment_received"]
    )


def test_money_that_fits_nothing_is_told_to_buyer_and_seller(store, ticket):
    payment = choose_transfer(store, ticket)

    pay(payment, amount=payment.net - 100)

    assert UnmatchedMoney.objects.count() == 1
    assert outbox_kinds()[-2:] == ["money_credited", "log_money_credited"]


def test_another_way_to_pay_replaces_the_first(store, ticket):
    first = choose_transfer(store, ticket)
    second = choose_transfer(store, ticket)

    first.refresh_from_db()
    assert (first.status, second.status) == ("set_aside", "pending")
    texts = [draft for kind, draft in drafts() if kind == "payment_instructions"]
    assert texts[0] is None  # nothing to say any more
    assert str(second.amount) in words(texts[1])


def test_saying_paid_tells_the_seller_once(store, ticket):
    payment = choose_transfer(store, ticket)

    for _press in range(3):
        answer = buyer.say_paid(customer=store.buyer, payment_id=payment.pk, now=NOON)

    assert (answer.is_automatic, answer.status) == (False, PaymentStatus.PENDING)
    assert outbox_kinds().count("log_transfer") == 1


def test_a_stranger_cannot_use_the_buyers_buttons(store, ticket, jobs):
    payment = sold(store, ticket, jobs)
    stranger = make_customer("citra")

    with pytest.raises(NotYours):
        buyer.look_at_codes(customer=stranger, order_id=ticket.order_id, now=NOON)
    with pytest.raises(NotYours):
        buyer.say_paid(customer=stranger, payment_id=payment.pk, now=NOON)
    with pytest.raises(NotYours):
        buyer.pay_with(
            customer=stranger, order_id=ticket.order_id, method_id=1, now=NOON
        )
    with pytest.raises(NotYours):
        buyer.methods_for(customer=stranger, order_id=ticket.order_id)
    with pytest.raises(NotFound):
        buyer.look_at_codes(customer=stranger, order_id=999_999, now=NOON)


def test_a_product_that_runs_low_is_told_once_per_level(store):
    product = make_product(name="Spotify", codes=2, minimum_stock=5)

    alerts.check_product(product_id=product.pk, now=NOON)
    alerts.check_product(product_id=product.pk, now=NOON)

    [(kind, draft)] = list(drafts())
    assert kind == "stock_alert"
    assert "🔴" in words(draft)
    assert "Spotify" in words(draft)


def test_a_level_is_told_once_whenever_it_is_told_again(store):
    product = make_product(name="Spotify", codes=2, minimum_stock=5)
    alerts.check_product(product_id=product.pk, now=NOON)
    alert = StockAlert.objects.get()

    with transaction.atomic():
        announce(
            "stock.ran_low",
            alert_id=alert.pk,
            product_id=product.pk,
            level=alert.level,
            available=2,
            now=NOON + timedelta(minutes=1),
        )

    assert len(list(drafts())) == 1


def test_no_message_contains_a_code(store, ticket, jobs):
    sold(store, ticket, jobs)
    codes = delivery.reveal_codes(
        customer=store.buyer, order_id=ticket.order_id, now=NOON
    )

    said = "\n".join(words(draft) for _kind, draft in drafts() if draft)
    stored = json.dumps(list(OutgoingMessage.objects.values_list("payload", flat=True)))

    assert codes[0].code not in said + stored


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_message_can_be_worded(store, ticket, jobs, language):
    store.buyer.language = language
    store.buyer.save()
    payment = sold(store, ticket, jobs)
    pay(payment, amount=payment.amount + 1, event_key="second")
    completion.leave_review(
        customer=store.buyer, order_id=ticket.order_id, stars=5, text="Ok", now=NOON
    )

    kinds = [kind for kind, draft in drafts() if draft is None or words(draft).strip()]

    assert {"ticket_guide", "order_ready", "order_completed"} <= set(kinds)


def test_qris_instructions_carry_the_code_as_a_picture(store, ticket):
    method = make_gateway_method()
    payment = Payment.objects.create(
        order=ticket.order,
        method=method,
        reference="T1",
        amount=29_000,
        instructions=pack(Qris(qris.compose(QRIS))),
        pay_url="https://pay.example/1",
        created_at=NOON,
        expires_at=NOON + MINUTE,
    )

    draft = bill.instructions(payment)

    [picture] = draft.files
    assert picture.data.startswith(b"\x89PNG")
    assert draft.embed.image == f"attachment://{picture.name}"
    assert "RIZKY STORE" in words(draft)
    assert "Rp 29.000" in words(draft)
    assert draft.rows[0][-1].url == "https://pay.example/1"
