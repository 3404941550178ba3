"""What buyers and sellers are told about money that goes another way than usual."""

from datetime import timedelta

import pytest

from bot.cross_tenant.buyers import find_tenant
from bot.models import OutgoingMessage, Ticket
from bot.services import sending, tickets, wallet
from bot.services.wording import write
from bot.states import TicketStatus
from payments.gateways.base import FactState
from payments.models import Deposit, Payment, Refund, UnmatchedMoney
from payments.services import refunds
from payments.services.incoming import settlement, unapplied
from payments.services.orders import expiry
from payments.services.refunds import RefundDraft
from payments.states import OrderStatus, RefundTo
from ppob.kit.errors import NotFound
from ppob.kit.i18n import speaking
from tenants.states import Role
from tests.bot.conftest import Store
from tests.bot.test_order_messages import MINUTE, choose_transfer, sold, ticket, words
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_policy,
    make_transfer_method,
)
from tests.payments.acts import keep_no_balances, tell

__all__ = ["ticket"]

HOUR = timedelta(hours=1)


def told(kind: str):
    """The newest message of this kind in words, with its buttons' ids, and its row."""
    row = OutgoingMessage.objects.filter(kind=kind).latest("pk")
    OutgoingMessage.objects.filter(pk=row.pk).update(due_at=NOON, status="queued")
    [message] = sending.claim([row.pk], now=NOON)
    draft = write(message)
    assert draft is not None
    buttons = [
        button.custom_id
        for buttons in draft.rows
        if isinstance(buttons, tuple)
        for button in buttons
    ]
    return words(draft), buttons, row


@pytest.fixture(autouse=True)
def english(store: Store):
    """Sentences are compared in the source language."""
    type(store.tenant).objects.update(language="en")
    type(store.buyer).objects.update(language="en")
    store.buyer.refresh_from_db()


def refund(store, order, amount, to=RefundTo.BALANCE, key="r1"):
    order.refresh_from_db()
    draft = RefundDraft(
        amount=amount,
        to=to,
        reason="Kode tidak bisa dipakai",
        request_key=key,
        seen_refunded=order.refunded,
    )
    return refunds.request_refund(
        actor=store.seller, order=order, draft=draft, now=NOON
    )


def test_too_little_money_names_what_is_missing_and_two_ways_on(store, ticket):
    payment = choose_transfer(store, ticket)

    tell(payment, amount=payment.net - 100)

    text, buttons, row = told("money_credited")
    money = UnmatchedMoney.objects.get()
    assert "Rp 100 are missing" in text
    assert "now Rp " in text
    assert buttons == [f"v1:split:{ticket.order_id}", f"v1:askback:{money.pk}"]
    assert row.ticket_id == ticket.pk
    seller, _buttons, _row = told("log_money_credited")
    assert "Nothing to do" in seller


def test_too_much_money_pays_and_the_rest_is_the_buyers(store, ticket):
    payment = choose_transfer(store, ticket)

    tell(payment, amount=payment.amount + 500)

    text, buttons, _row = told("money_credited")
    money = UnmatchedMoney.objects.get()
    assert "**Rp 500** more than asked" in text
    assert buttons == [f"v1:askback:{money.pk}"]


def test_paying_twice_is_told_with_both_payments(store, ticket, jobs):
    first = choose_transfer(store, ticket)
    second = choose_transfer(store, ticket)
    tell(second)

    tell(first)

    text, _buttons, _row = told("money_credited")
    assert "already paid" in text


def test_late_money_without_stock_goes_to_the_balance_with_an_apology(store, ticket):
    payment = choose_transfer(store, ticket)
    expiry.expire_order(order_id=ticket.order_id, now=NOON + 2 * HOUR)
    for number in range(3):
        tickets.open_ticket(
            customer=make_customer(f"other{number}"),
            guild_id=store.guild.pk,
            product_id=store.product.pk,
            panel_id=None,
            request_key=f"other{number}",
            now=NOON,
        )

    tell(payment, now=NOON + 3 * HOUR)

    text, buttons, _row = told("money_credited")
    assert "We are sorry" in text
    assert f"#{ticket.order.code}" in text
    assert len(buttons) == 1


def test_a_store_without_balances_decides_itself(store, ticket):
    keep_no_balances()
    payment = choose_transfer(store, ticket)

    tell(payment, amount=payment.net - 100)

    buyer, buttons, _row = told("money_unmatched")
    seller, _buttons, _row = told("log_money_unmatched")
    assert "Rp 100 are missing" in buyer
    assert "counts towards it" in buyer
    assert buttons == []
    assert "dashboard" in seller


def test_money_that_the_buyer_wants_back_is_told_to_both_once(store, ticket):
    payment = choose_transfer(store, ticket)
    tell(payment, amount=payment.net - 100)
    money = UnmatchedMoney.objects.get()

    wallet.ask_back(customer=store.buyer, money_id=money.pk, now=NOON)
    with pytest.raises(unapplied.AskedBefore):
        wallet.ask_back(customer=store.buyer, money_id=money.pk, now=NOON)

    buyer, _buttons, _row = told("money_asked_back")
    seller, _buttons, _row = told("log_money_asked_back")
    assert "goes back to where you paid from" in buyer
    assert "wants" in seller
    assert OutgoingMessage.objects.filter(kind="money_asked_back").count() == 1


def test_money_asked_back_and_credited_after_all_is_told_again(store, ticket):
    payment = choose_transfer(store, ticket)
    tell(payment, amount=payment.net - 100)
    money = UnmatchedMoney.objects.get()
    wallet.ask_back(customer=store.buyer, money_id=money.pk, now=NOON + MINUTE)

    unapplied.credit_buyer(actor=store.seller, money=money, now=NOON + HOUR)

    sent = OutgoingMessage.objects.filter(kind="money_credited")
    assert len(set(sent.values_list("dedupe_key", flat=True))) == 2


def test_strangers_cannot_ask_for_somebody_elses_money(store, ticket):
    payment = choose_transfer(store, ticket)
    tell(payment, amount=payment.net - 100)
    money = UnmatchedMoney.objects.get()

    with pytest.raises(NotFound):
        wallet.ask_back(customer=make_customer("citra"), money_id=money.pk, now=NOON)


def test_a_credited_deposit_is_told_directly_and_in_the_log(store):
    method = make_transfer_method()
    payment = wallet.request_deposit(
        customer=store.buyer,
        amount=50_000,
        method_id=method.pk,
        request_key="click",
        now=NOON,
    )

    settlement.confirm_transfer(actor=store.seller, payment=payment, now=NOON + MINUTE)

    text, _buttons, row = told("deposit_credited")
    seller, _buttons, _row = told("log_deposit_credited")
    amount = f"{payment.amount:,}".replace(",", ".")
    assert f"+Rp {amount}" in text
    assert f"now **Rp {amount}**" in text
    assert (row.ticket_id, row.recipient_id) == (None, store.buyer.discord_id)
    assert f"topped up **Rp {amount}**" in seller


def test_a_refund_to_the_balance_is_told_once(store, ticket, jobs):
    sold(store, ticket, jobs)

    refund(store, ticket.order, 29_000)

    text, _buttons, _row = told("refund_done")
    assert "**Rp 29.000** of order" in text
    assert "on your balance" in text
    waiting = OutgoingMessage.objects.filter(kind="refund_paying_out").first()
    assert waiting is None or write_of(waiting) is None


def write_of(row):
    OutgoingMessage.objects.filter(pk=row.pk).update(due_at=NOON)
    [message] = sending.claim([row.pk], now=NOON)
    return write(message)


def test_a_refund_to_the_source_is_told_when_asked_for_and_when_sent(
    store, ticket, jobs
):
    sold(store, ticket, jobs)

    found = refund(store, ticket.order, 10_000, RefundTo.SOURCE)
    text, _buttons, _row = told("refund_paying_out")
    seller, _buttons, _row = told("log_refund")
    assert "where it came from: BCA" in text
    assert "Send it until" in seller

    refunds.note_paid_out(
        actor=store.seller, refund=found, note="transfer BCA 123", now=NOON
    )
    text, _buttons, _row = told("refund_done")
    assert "sent back to where you paid from" in text


def test_a_source_that_takes_nothing_back_is_told_as_balance(store, ticket, jobs):
    sold(store, ticket, jobs)
    found = refund(store, ticket.order, 10_000, RefundTo.SOURCE)

    refunds.turn_to_balance(actor=store.seller, refund=found, now=NOON)

    text, _buttons, _row = told("refund_done")
    assert "on your balance" in text
    assert "sent back" not in text


def test_a_refund_that_needs_a_second_person_is_told_to_the_seller_alone(
    store, ticket, jobs
):
    sold(store, ticket, jobs)
    make_policy(refund_approval_above=1_000)

    found = refund(store, ticket.order, 29_000)
    text, _buttons, _row = told("log_refund")
    assert "second person" in text
    assert not OutgoingMessage.objects.filter(kind__startswith="refund_").exists()

    refunds.reject_refund(
        actor=make_member(Role.ADMIN), refund=found, reason="no", now=NOON
    )
    text, _buttons, _row = told("log_refund")
    assert "rejected" in text
    assert Refund.objects.count() == 1


def test_an_undelivered_order_that_is_refunded_closes_its_ticket(store, ticket):
    payment = choose_transfer(store, ticket)
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=NOON)

    refund(store, ticket.order, 29_000)

    ticket.order.refresh_from_db()
    ticket.refresh_from_db()
    assert ticket.order.status == OrderStatus.REFUNDED
    assert (ticket.status, ticket.closes_at is not None) == (TicketStatus.PAID, True)


def test_money_taken_back_by_the_provider_is_told_to_both(store, ticket, jobs):
    payment = sold(store, ticket, jobs)

    tell(payment, FactState.REVERSED)

    buyer, _buttons, _row = told("payment_reversed")
    seller, _buttons, _row = told("log_payment_reversed")
    assert "taken back by BCA" in buyer
    assert "your loss" in seller


def test_in_direct_messages_the_ids_of_a_button_say_which_store(store, ticket):
    payment = choose_transfer(store, ticket)
    tell(payment, amount=payment.net - 100)
    deposited = wallet.request_deposit(
        customer=store.buyer,
        amount=50_000,
        method_id=payment.method_id,
        request_key="click",
        now=NOON,
    )
    ids = [
        {"order": ticket.order_id},
        {"payment": Payment.objects.earliest("pk").pk},
        {"money": UnmatchedMoney.objects.get().pk},
        {"deposit": Deposit.objects.get().pk},
        {"payment": deposited.pk, "amount": 3},
    ]

    buyer_id = store.buyer.discord_id
    found = [find_tenant(named, buyer_id=buyer_id) for named in ids]
    assert found == [store.tenant.pk] * 5
    assert find_tenant({"order": 999_999}, buyer_id=buyer_id) is None
    assert find_tenant({"page": 1}, buyer_id=buyer_id) is None
    assert [find_tenant(named, buyer_id=buyer_id + 1) for named in ids] == [None] * 5


def test_a_store_named_by_a_button_counts_for_its_own_buyers(store, ticket, borealis):
    buyer_id = store.buyer.discord_id
    make_customer("other", discord_id=buyer_id + 1)  # known there, never ordered

    found = {
        (who, where.pk): find_tenant({"store": where.pk, "before": 0}, buyer_id=who)
        for who in (buyer_id, buyer_id + 1)
        for where in (store.tenant, borealis)
    }

    assert found.pop((buyer_id, store.tenant.pk)) == store.tenant.pk
    assert set(found.values()) == {None}


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_money_message_can_be_worded_in_both_languages(
    store, ticket, jobs, language
):
    payment = sold(store, ticket, jobs)
    tell(payment, amount=payment.amount + 1, event_key="more")
    tell(payment, amount=payment.amount - 1, event_key="less")
    refund(store, ticket.order, 5_000)
    refund(store, ticket.order, 5_000, RefundTo.SOURCE, key="r2")
    tell(payment, FactState.REVERSED)

    type(store.tenant).objects.update(language=language)
    type(store.buyer).objects.update(language=language)
    rows = OutgoingMessage.objects.exclude(
        kind__in=["retire_buttons", "close_ticket", "remove_message"]
    )
    rows.update(due_at=NOON, status="queued")
    claimed = sending.claim(list(rows.values_list("pk", flat=True)), now=NOON)

    drafts = [write(message) for message in claimed]
    with speaking(language):
        assert all(draft is None or words(draft).strip() for draft in drafts)
    assert Ticket.objects.count() == 1
