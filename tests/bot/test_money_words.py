"""Words about money and orders exist for every reason and status there is."""

from dataclasses import replace

import pytest

from bot import invariants, message_kinds
from bot.message_kinds import buyer_must_know
from bot.messages import credited, refunds, unapplied
from bot.presenters import orders
from bot.presenters.draft import FieldDraft
from bot.presenters.orders import OrderCard
from payments.models import Order, OrderLine, Payment, PaymentMethod, UnmatchedMoney
from payments.models import Refund as RefundRow
from payments.states import OrderStatus, RefundStatus, UnmatchedReason
from ppob.kit.i18n import speaking
from tenants.models import Customer
from tests.bot.test_order_messages import words
from tests.conftest import NOON

LANGUAGES = ["id", "en"]


def order_in(status: OrderStatus) -> Order:
    return Order(
        pk=1,
        code="K7F3QX",
        status=status,
        total=29_000,
        customer=Customer(discord_id=5, username="ayu"),
        created_at=NOON,
        expires_at=NOON,
        paid_at=NOON,
        delivered_at=NOON,
    )


def money_because(reason: UnmatchedReason) -> UnmatchedMoney:
    payment = Payment(
        order=order_in(OrderStatus.AWAITING_PAYMENT),
        amount=29_037,
        method=PaymentMethod(name="BCA"),
    )
    return UnmatchedMoney(
        pk=3, payment=payment, amount=28_937, reason=reason, due_at=NOON
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", UnmatchedReason)
def test_unapplied_money_names_amount_order_and_where_it_is(reason, language):
    found = unapplied.unapplied_of(money_because(reason))
    of_log = replace(found, page="https://x")

    with speaking(language):
        texts = [
            words(credited.draw_credited(replace(found, balance=28_937))),
            words(unapplied.draw_waiting(found)),
            words(unapplied.draw_asked_back(found)),
            words(credited.draw_credited_for_log(found)),
            words(unapplied.draw_unmatched_for_log(of_log)),
            words(unapplied.draw_asked_back_for_log(of_log)),
        ]

    for text in texts:
        assert "Rp 28.937" in text
        assert "#K7F3QX" in text
        assert "%(" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", OrderStatus)
def test_a_card_says_what_happens_next_in_every_status(status, language):
    line = OrderLine(product_name="Netflix", quantity=1, unit_price=29_000)
    found = OrderCard(
        order_in(status),
        [line],
        (FieldDraft("HEMAT", "−Rp 1.000", True),),
        first_seen_at=NOON,
        channel_id=901,
        page="https://toko.test/pembelian/x/",
    )

    with speaking(language):
        draft = orders.card(found)

    assert draft.embed.text.splitlines()[0]
    assert "<#901>" in draft.embed.text
    assert "Rp 29.000" in words(draft)
    assert f"<t:{int(NOON.timestamp())}:t>" in words(draft)
    reveals = [
        b.custom_id for row in draft.rows for b in row if "reveal" in b.custom_id
    ]
    is_readable = status in (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
    assert reveals == (["v1:reveal:1"] if is_readable else [])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", RefundStatus)
def test_every_step_of_a_refund_has_a_line_in_the_log(status, language):
    refund = RefundRow(
        order=order_in(OrderStatus.PAID), amount=29_000, reason="x", due_at=NOON
    )

    with speaking(language):
        told = refunds.refund_of(refund, [], status=status)
        text = words(refunds.draw_for_log(replace(told, page="https://x")))

    assert "Rp 29.000" in text
    assert "#K7F3QX" in text


def test_what_a_buyer_must_know_is_watched_over():
    [rule] = [r for r in invariants.INVARIANTS if r.name == "lost_message_goes_direct"]

    known = [code for code in message_kinds.registry() if buyer_must_know(code)]
    assert [code for code in known if f"'{code}'" not in rule.sql] == []
