"""The balance in Discord: what it shows, topping up, paying with it."""

import pytest

from bot.access import NotYours
from bot.models import OutgoingMessage
from bot.presenters import paying
from bot.presenters import wallet as drawn
from bot.presenters.draft import ButtonDraft, MenuDraft
from bot.services import buyer, wallet
from payments.models import Deposit, Order
from payments.services.incoming import settlement
from payments.services.incoming.balance import BalanceShort
from payments.services.incoming.deposits import TooManyDeposits, WalletOff
from payments.states import DepositStatus, OrderStatus, PaymentStatus
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.i18n import speaking
from tenants.services import suspension
from tenants.services.suspension import StoreClosed
from tests.bot.test_order_messages import MINUTE, ticket, words
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_order,
    make_policy,
    make_transfer_method,
)

__all__ = ["ticket"]


@pytest.fixture
def account(store):
    return make_transfer_method(uses_unique_code=False)


def ask(store, account, amount=50_000, key="click"):
    return wallet.request_deposit(
        customer=store.buyer,
        amount=amount,
        method_id=account.pk,
        request_key=key,
        now=NOON,
    )


def fill(store, account, amount=50_000):
    payment = ask(store, account, amount, key=f"fill:{amount}")
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=NOON)


def buttons(draft):
    return [
        part.custom_id
        for row in draft.rows
        for part in ([row] if isinstance(row, MenuDraft) else row)
    ]


def label_of(draft, custom_id) -> str:
    found = [
        part
        for row in draft.rows
        if not isinstance(row, MenuDraft)
        for part in row
        if isinstance(part, ButtonDraft) and part.custom_id == custom_id
    ]
    return found[0].label


def shown(store):
    with speaking("en"):
        return drawn.view(wallet.view(customer=store.buyer))


# --- Looking --------------------------------------------------------------------------


def test_an_empty_balance_says_so(store):
    draft = shown(store)

    assert "**Rp 0** can be spent" in words(draft)
    assert "Nothing happened here yet" in words(draft)
    assert buttons(draft) == ["v1:topup", "v1:lines:0"]


def test_every_change_opens_its_order(store, account, ticket):
    fill(store, account)
    buyer.pay_from_balance(customer=store.buyer, order_id=ticket.order_id, now=NOON)

    draft = shown(store)

    assert "**Rp 21.000** can be spent · Rp 29.000 tied up" in words(draft)
    assert f"Rp 29.000 for #{ticket.order.code}, being delivered" in words(draft)
    [menu] = [row for row in draft.rows if isinstance(row, MenuDraft)]
    assert menu.custom_id == "v1:orders"
    assert [option.value for option in menu.options] == [str(ticket.order_id)]
    text = words(draft)
    assert f"**−Rp 29.000** paid #{ticket.order.code}" in text
    assert f"**+Rp 50.000** top-up #{Deposit.objects.get().code}" in text


def test_what_is_set_aside_is_shown_with_its_order(store, account, ticket):
    fill(store, account, 12_000)
    buyer.set_aside(customer=store.buyer, order_id=ticket.order_id, now=NOON)

    text = words(shown(store))

    assert "**Rp 0** can be spent · Rp 12.000 tied up" in text
    assert f"Rp 12.000 for #{ticket.order.code}, waits for the rest" in text


def test_the_statement_comes_in_pages(store, account):
    make_policy(wallet_limit=5_000_000)
    for number in range(12):
        fill(store, account, 10_000 + number)

    first, before = wallet.statement(customer=store.buyer, before=None)
    second, end = wallet.statement(customer=store.buyer, before=before)

    amounts = [line.amount for line in first + second]
    assert amounts == [10_011 - number for number in range(12)]
    assert (len(first), len(second), end) == (10, 2, None)
    with speaking("en"):
        draft = drawn.statement(second, next_before=end, is_first=False)
    assert buttons(draft) == ["v1:lines:0"]


def test_a_top_up_that_is_not_paid_can_be_opened_again(store, account):
    payment = ask(store, account)

    draft = shown(store)

    assert f"#{payment.subject.code} · Rp 50.000" in words(draft)
    assert f"v1:howto:{payment.pk}" in buttons(draft)
    again = wallet.how_to_pay(customer=store.buyer, payment_id=payment.pk)
    with speaking("en"):
        text = words(drawn.how_to_pay(again, is_sent=False))
    assert "Transfer Rp 50.000" in text
    with pytest.raises(NotYours):
        wallet.how_to_pay(customer=make_customer("citra"), payment_id=payment.pk)


# --- Topping up -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["-50000", "0", "1e9", "50,5", "💸", "", "lima puluh", "9.999", "3jt"]
)
def test_amounts_outside_the_range_are_refused_with_the_range(store, typed):
    with pytest.raises(InvalidInput) as refusal, speaking("en"):
        wallet.deposit_offer(customer=store.buyer, typed=typed)

    with speaking("en"):
        assert "Rp 10.000 to Rp 2.000.000" in str(refusal.value)
    assert not Deposit.objects.exists()


@pytest.mark.parametrize("typed", ["50rb", "50.000", "50000", "Rp 50.000", " 50k "])
def test_amounts_are_read_as_people_write_them(store, account, typed):
    offer = wallet.deposit_offer(customer=store.buyer, typed=typed)

    assert offer.amount == 50_000
    with speaking("en"):
        draft = drawn.choose_method(offer)
    assert buttons(draft) == [f"v1:fundwith:50000:{account.pk}"]
    assert "Rp 10.000 to Rp 2.000.000" in words(draft)


def test_usual_amounts_are_offered_as_far_as_there_is_room(store, account):
    make_policy(wallet_limit=60_000)

    with speaking("en"):
        draft = drawn.choose_amount(
            wallet.deposit_offer(customer=store.buyer, typed=None)
        )

    assert buttons(draft) == [
        "v1:fund:10000",
        "v1:fund:25000",
        "v1:fund:50000",
        "v1:fundother",
    ]
    assert "pays nothing out" in words(draft)


def test_a_full_balance_says_how_much_room_is_left(store, account):
    make_policy(wallet_limit=55_000)
    fill(store, account)

    with pytest.raises(InvalidInput) as refusal, speaking("en"):
        wallet.deposit_offer(customer=store.buyer, typed=None)

    with speaking("en"):
        assert "room for Rp 5.000" in str(refusal.value)


def test_a_store_without_balances_takes_no_top_up(store):
    make_policy(wallet_is_on=False)

    with pytest.raises(WalletOff):
        wallet.deposit_offer(customer=store.buyer, typed="50rb")
    assert buttons(shown(store)) == ["v1:lines:0"]


def test_the_same_click_asks_once_and_sends_how_to_pay_once(store, account):
    first, second = ask(store, account), ask(store, account)

    assert first.pk == second.pk
    sent = OutgoingMessage.objects.get(kind="deposit_instructions")
    assert sent.recipient_id == store.buyer.discord_id


def test_a_fast_way_to_pay_is_answered_on_the_spot_only(store, monkeypatch):
    monkeypatch.setattr(
        "payments.services.incoming.charges.request_charge", lambda **arguments: None
    )
    payment = ask(store, make_gateway_method())

    assert payment.status == PaymentStatus.CREATED
    assert not OutgoingMessage.objects.filter(kind="deposit_instructions").exists()
    with speaking("en"):
        text = words(drawn.how_to_pay(payment, is_sent=False))
    assert "being prepared" in text


def test_three_unpaid_top_ups_are_enough_and_one_can_be_cancelled(store, account):
    payments = [ask(store, account, key=f"click:{number}") for number in range(3)]
    with pytest.raises(TooManyDeposits):
        ask(store, account, key="click:4")
    first = payments[0].deposit

    with pytest.raises(NotFound):
        wallet.cancel_deposit(
            customer=make_customer("citra"), deposit_id=first.pk, now=NOON
        )
    ended = wallet.cancel_deposit(customer=store.buyer, deposit_id=first.pk, now=NOON)

    assert ended.status == DepositStatus.CANCELLED
    assert ask(store, account, key="click:4").status == PaymentStatus.PENDING


def test_saying_a_top_up_is_paid_tells_the_seller(store, account):
    payment = ask(store, account)

    answer = buyer.say_paid(customer=store.buyer, payment_id=payment.pk, now=NOON)

    assert (answer.status, answer.is_automatic) == (PaymentStatus.PENDING, False)
    assert OutgoingMessage.objects.filter(kind="log_transfer").count() == 1
    with speaking("en"):
        assert "Rp 50.000" in words(paying.transfer_noted(answer.payment))


def test_the_answer_of_a_gateway_is_honest(store, account):
    payment = ask(store, account)
    until = int(payment.expires_at.timestamp())

    with speaking("en"):
        text = words(paying.check_answer(payment, PaymentStatus.PENDING))

    assert "Not to be seen at BCA yet" in text
    assert "every 20 seconds until" in text
    assert f"<t:{until}:t>" in text


# --- Paying ---------------------------------------------------------------------------


def test_the_balance_is_offered_with_what_is_in_it(store, account, ticket):
    fill(store, account, 12_000)

    offer = buyer.methods_for(customer=store.buyer, order_id=ticket.order_id)
    with speaking("en"):
        draft = paying.choose(offer)

    balance = f"v1:balance:{ticket.order_id}"
    assert buttons(draft) == [f"v1:pay:{ticket.order_id}:{account.pk}", balance]
    assert label_of(draft, balance) == "Balance (Rp 12.000)"


def test_nobody_without_a_balance_is_offered_one(store, account, ticket):
    other = make_order(customer=make_customer("citra"))
    fill(store, account, 12_000)

    offer = buyer.methods_for(customer=other.customer, order_id=other.pk)
    with speaking("en"):
        assert "v1:balance" not in "".join(buttons(paying.choose(offer)))


def test_enough_balance_pays_at_once(store, account, ticket, jobs):
    fill(store, account)

    buyer.pay_from_balance(customer=store.buyer, order_id=ticket.order_id, now=NOON)
    jobs.run()

    ticket.refresh_from_db()
    assert ticket.order.status == OrderStatus.DELIVERED
    kinds = OutgoingMessage.objects.filter(ticket=ticket).order_by("pk")
    assert [row.kind for row in kinds if row.kind != "retire_buttons"] == [
        "ticket_guide",
        "payment_received",
        "order_ready",
    ]


def test_too_little_balance_takes_nothing_and_offers_the_rest(store, account, ticket):
    fill(store, account, 12_000)

    with pytest.raises(BalanceShort) as short:
        buyer.pay_from_balance(customer=store.buyer, order_id=ticket.order_id, now=NOON)
    with speaking("en"):
        draft = paying.balance_short(ticket.order_id, short.value)

    split = f"v1:split:{ticket.order_id}"
    assert label_of(draft, split) == "Use Rp 12.000 + pay Rp 17.000"
    assert "Nothing was taken" in words(draft)
    assert wallet.view(customer=store.buyer).wallet.balance == 12_000


def test_a_rest_that_no_gateway_takes_is_made_larger(store, account, ticket):
    fill(store, account, 28_500)

    with pytest.raises(BalanceShort) as short:
        buyer.pay_from_balance(customer=store.buyer, order_id=ticket.order_id, now=NOON)
    with speaking("en"):
        draft = paying.balance_short(ticket.order_id, short.value)
    offer = buyer.set_aside(customer=store.buyer, order_id=ticket.order_id, now=NOON)

    split = f"v1:split:{ticket.order_id}"
    assert label_of(draft, split) == "Use Rp 28.000 + pay Rp 1.000"
    assert offer.reserved == 28_000


def test_balance_and_transfer_together_pay_one_order(store, account, ticket, jobs):
    fill(store, account, 12_000)

    offer = buyer.set_aside(customer=store.buyer, order_id=ticket.order_id, now=NOON)
    with speaking("en"):
        text = words(paying.choose(offer))
    payment = buyer.pay_with(
        customer=store.buyer, order_id=ticket.order_id, method_id=account.pk, now=NOON
    )
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=NOON + MINUTE)
    jobs.run()

    assert "Rp 12.000 of your balance is set aside" in text
    assert "**Rp 17.000**" in text
    assert payment.amount == 17_000
    assert Order.objects.get(pk=ticket.order_id).status == OrderStatus.DELIVERED
    assert wallet.view(customer=store.buyer).wallet.balance == 0


def test_an_account_that_shows_an_old_amount_loses_its_buttons(store, account, ticket):
    fill(store, account, 12_000)
    buyer.pay_with(
        customer=store.buyer, order_id=ticket.order_id, method_id=account.pk, now=NOON
    )
    shown = OutgoingMessage.objects.get(kind="payment_instructions")

    buyer.set_aside(customer=store.buyer, order_id=ticket.order_id, now=NOON)

    retired = OutgoingMessage.objects.filter(kind="retire_buttons")
    assert [row.payload for row in retired] == [{"outgoing": shown.pk}]


def test_nobody_pays_with_somebody_elses_balance(store, account, ticket):
    fill(store, account)
    stranger = make_customer("citra")

    for deed in (buyer.pay_from_balance, buyer.set_aside):
        with pytest.raises(NotYours):
            deed(customer=stranger, order_id=ticket.order_id, now=NOON)

    assert wallet.view(customer=store.buyer).wallet.balance == 50_000


def stop(store) -> None:
    suspension.suspend_store(tenant_id=store.buyer.tenant_id, actor="staff", now=NOON)


def test_a_stopped_store_shows_the_balance_and_lets_it_be_asked_back(store, account):
    make_policy()
    fill(store, account)
    stop(store)

    with speaking("en"):
        draft = shown(store)
    assert "Rp 50.000** can be spent" in words(draft)
    assert "Your balance is safe" in words(draft)
    assert buttons(draft)[-2:] == ["v1:askall", "v1:lines:0"]

    money = wallet.ask_balance_back(customer=store.buyer, now=NOON)

    assert money.amount == 50_000
    with speaking("en"):
        assert "Rp 50.000 left your balance" in words(drawn.sent_back(money))
        assert "v1:askall" not in buttons(shown(store))
    kinds = OutgoingMessage.objects.filter(kind__contains="asked_back")
    assert {row.kind for row in kinds} == {"money_asked_back", "log_money_asked_back"}


def test_an_open_store_has_no_such_button(store, account):
    make_policy()
    fill(store, account)

    assert "v1:askall" not in buttons(shown(store))


def test_a_stopped_store_takes_no_top_up(store, account):
    make_policy()
    stop(store)

    with pytest.raises(StoreClosed):
        wallet.deposit_offer(customer=store.buyer, typed="50rb")
    with pytest.raises(StoreClosed):
        ask(store, account)

    assert not Deposit.objects.exists()


@pytest.mark.parametrize(
    "typed", ["Rp 50.000", "50.000,00", "50.000,-", "Rp\u00a050.000", "50 000"]
)
def test_a_top_up_is_typed_as_people_write_money_here(store, account, typed):
    make_policy()

    assert wallet.deposit_offer(customer=store.buyer, typed=typed).amount == 50_000


def test_an_amount_that_can_be_read_in_two_ways_is_asked_again(store, account):
    make_policy()

    with pytest.raises(InvalidInput) as refusal, speaking("en"):
        wallet.deposit_offer(customer=store.buyer, typed="50,000")

    with speaking("en"):
        assert "can be read in two ways" in str(refusal.value)
