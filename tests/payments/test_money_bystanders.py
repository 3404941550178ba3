"""Whose order, whose money: what one buyer does changes nothing of another's."""

from uuid import UUID

import pytest

from payments import selectors
from payments.gateways.base import FactState, OutcomeUnknown, ProviderRefused
from payments.models import Discrepancy, Payment, UnmatchedMoney
from payments.services import refunds
from payments.services.incoming import (
    balance,
    charges,
    deposits,
    methods,
    settlement,
    unapplied,
)
from payments.services.ledger import wallet_balance, wallets
from payments.services.ledger.wallets import Wallet
from payments.services.orders import checkout, completion, delivery, disclosure, expiry
from payments.states import OrderStatus, PaymentStatus, RefundStatus, RefundTo
from ppob.kit.errors import NotFound
from security.services import inbox
from security.states import InboxStatus
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_member,
    make_order,
    make_policy,
    make_product,
)
from tests.payments.acts import (
    LATE,
    balance_of,
    booked,
    deliver,
    fund,
    open_transfer,
    pending,
    refund,
    tell,
    top_up,
)
from tests.payments.gateways import answering, charge_for

pytestmark = pytest.mark.usefixtures("right_books", "bystanders")

PRICE = 10_000


@pytest.fixture
def ayu(in_arcadia):
    return make_customer("ayu")


def order_of(customer, *, codes=1, **fields):
    return make_order(
        make_product(price=PRICE, codes=codes), customer=customer, **fields
    )


def paid_by(customer, **news):
    order = order_of(customer)
    tell(pending(order, method=open_transfer()), **news)
    return fresh(order)


def fresh(row):
    row.refresh_from_db()
    return row


def test_a_sale(ayu, bystanders):
    order = order_of(ayu)
    first = pending(order, method=bystanders.get("method"))
    again = pending(order, method=bystanders.get("method"))
    other = pending(order, method=open_transfer(name="BNI"))

    tell(other)
    deliver(order)

    assert (first.order_id, first.pk) == (order.pk, again.pk)
    assert other.method.name == "BNI"
    assert fresh(first).status == PaymentStatus.SET_ASIDE
    codes = delivery.reveal_codes(customer=ayu, order_id=order.pk, now=NOON)
    assert [each.product_name for each in codes] == [order.lines.get().product_name]


def test_codes_are_read_by_their_own_buyer_alone(ayu, bystanders):
    theirs = bystanders.get("completed")

    with pytest.raises(NotFound):
        delivery.reveal_codes(customer=ayu, order_id=theirs.pk, now=NOON)


def test_codes_that_staff_opens_are_those_of_one_order(ayu, seller):
    order = deliver(paid_by(ayu))

    opened = disclosure.reveal_to_staff(
        actor=seller, order=order, reason="the buyer complains", now=NOON
    )

    assert [each.product_name for each in opened] == [order.lines.get().product_name]


def test_an_order_that_is_not_paid_in_time(ayu):
    order = order_of(ayu)
    payment = pending(order, method=open_transfer())

    assert expiry.expire_order(order_id=order.pk, now=LATE)

    assert fresh(order).status == OrderStatus.EXPIRED
    assert fresh(payment).status == PaymentStatus.EXPIRED


def test_an_order_that_is_cancelled(ayu):
    order = order_of(ayu)
    pending(order, method=open_transfer())

    checkout.cancel_order(order_id=order.pk, actor=ayu.actor, now=NOON)

    assert fresh(order).status == OrderStatus.CANCELLED
    assert selectors.find_open_payment(order.pk) is None


def test_a_late_order_takes_its_own_codes_again(ayu):
    order = order_of(ayu)
    payment = pending(order, method=open_transfer())
    expiry.expire_order(order_id=order.pk, now=LATE)

    tell(payment, now=LATE)

    assert fresh(order).status == OrderStatus.PAID


def test_the_click_of_another_buyer(ayu):
    with pytest.raises(checkout.RequestTaken):
        order_of(ayu, request_key="bystander:9100001")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (None, PaymentStatus.PENDING),
        (OutcomeUnknown("time-out"), PaymentStatus.CREATED),
        (ProviderRefused("no", "NO"), PaymentStatus.FAILED),
    ],
)
def test_a_gateway_is_asked_about_one_payment(ayu, answer, status):
    order = order_of(ayu, method=make_gateway_method())
    payment = Payment.objects.get(order=order)

    with answering(*([answer] if answer else [])) as gateway:
        charges.request_charge(payment_id=payment.pk, now=NOON)

    assert gateway.asked == [f"create {payment.reference}"]
    assert fresh(payment).status == status


def test_an_answer_that_comes_after_the_money(ayu):
    order = order_of(ayu, method=make_gateway_method())
    payment = Payment.objects.get(order=order)

    def money_comes_first(_question):
        tell(payment)
        return charge_for(payment)

    with answering(money_comes_first):
        charges.request_charge(payment_id=payment.pk, now=NOON)

    assert fresh(payment).status == PaymentStatus.SETTLED
    assert payment.gateway_reference == f"G-{payment.reference}"


def test_asking_what_became_of_a_payment(ayu):
    order = order_of(ayu, method=make_gateway_method())
    payment = Payment.objects.get(order=order)
    with answering():
        charges.request_charge(payment_id=payment.pk, now=NOON)

    with answering(ProviderRefused("unknown", "NOT_FOUND")):
        settlement.check_payment(payment_id=payment.pk, now=LATE)

    assert fresh(payment).checked_at == LATE


def test_saying_that_a_transfer_was_made(ayu):
    payment = pending(order_of(ayu), method=open_transfer())

    settlement.buyer_says_paid(payment_id=payment.pk, now=NOON)

    assert fresh(payment).buyer_says_paid_at == NOON


def test_a_transfer_is_confirmed_however_many_others_were(ayu, seller, bystanders):
    theirs = UnmatchedMoney.objects.get(payment__order__isnull=False)
    assert theirs.event_key == "settled:10777"
    payment = pending(order_of(ayu), method=open_transfer())

    tell(payment, amount=PRICE + 777, event_key="settled:10777")

    assert fresh(payment).status == PaymentStatus.SETTLED
    assert balance_of(ayu) == 777


# --- Balances -------------------------------------------------------------------------


def test_a_share_is_set_aside_and_given_back(ayu):
    fund(ayu, 14_000)
    order = order_of(ayu)

    first = balance.reserve_balance(order_id=order.pk, now=NOON)
    again = balance.reserve_balance(order_id=order.pk, now=NOON)

    assert (first.pk, first.amount) == (again.pk, PRICE - 1_000)
    assert wallets.wallet_of(ayu) == Wallet(balance=5_000, reserved=9_000, held=0)
    checkout.cancel_order(order_id=order.pk, actor=ayu.actor, now=NOON)
    assert wallets.wallet_of(ayu) == Wallet(balance=14_000, reserved=0, held=0)
    assert [line.amount for line in wallets.statement(ayu)] == [9_000, -9_000, 14_000]


def test_a_share_and_the_rest_pay_the_order(ayu):
    fund(ayu, 14_000)
    order = order_of(ayu)
    balance.reserve_balance(order_id=order.pk, now=NOON)

    tell(pending(order, method=open_transfer()))

    assert fresh(order).status == OrderStatus.PAID
    assert wallets.wallet_of(ayu) == Wallet(balance=5_000, reserved=0, held=9_000)


def test_somebody_without_money_has_nothing(ayu):
    order = order_of(ayu)

    assert wallets.wallet_of(ayu) == Wallet(0, 0, 0)
    assert wallets.statement(ayu) == []
    assert wallet_balance(ayu.pk) == 0
    with pytest.raises(balance.BalanceShort) as refusal:
        balance.pay_with_balance(order_id=order.pk, now=NOON)
    assert (refusal.value.balance, refusal.value.missing) == (0, PRICE)
    with pytest.raises(balance.BalanceShort):
        balance.reserve_balance(order_id=order.pk, now=NOON)


def test_the_whole_price_from_the_balance(ayu):
    fund(ayu, PRICE)
    order = order_of(ayu)

    balance.pay_with_balance(order_id=order.pk, now=NOON)

    assert fresh(order).status == OrderStatus.PAID
    assert balance_of(ayu) == 0


def test_the_room_for_more_is_the_buyers_own(ayu):
    make_policy(deposit_min=10_000, wallet_limit=100_000)

    assert deposits.amount_range(ayu) == (10_000, 100_000)
    for _turn in range(3):
        top_up(ayu, 30_000)
    assert deposits.amount_range(ayu) == (10_000, 10_000)


def test_a_top_up_is_found_by_its_own_click(ayu, bystanders):
    theirs = bystanders.get("deposit")
    first = top_up(ayu, 20_000, key="mine")
    top_up(make_customer("later"), 20_000)

    assert top_up(ayu, 20_000, key="mine").pk == first.pk
    with pytest.raises(checkout.RequestTaken):
        top_up(ayu, 20_000, key=theirs.request_key)


def test_a_top_up_goes_to_the_method_that_was_chosen(ayu):
    method = open_transfer(name="BNI")

    assert top_up(ayu, 20_000, method=method).method_id == method.pk


def test_a_top_up_that_ends(ayu, bystanders):
    first, second = top_up(ayu, 20_000), top_up(ayu, 30_000)

    deposits.cancel_deposit(customer=ayu, deposit_id=first.deposit_id, now=NOON)
    assert deposits.expire_deposit(deposit_id=second.deposit_id, now=LATE)

    assert fresh(first).status == fresh(second).status == PaymentStatus.EXPIRED
    with pytest.raises(NotFound):
        deposits.cancel_deposit(
            customer=ayu, deposit_id=bystanders.get("deposit").pk, now=NOON
        )


# --- Refunds --------------------------------------------------------------------------


def test_an_order_is_refunded_to_its_source(ayu, seller):
    order = paid_by(ayu)

    on_its_way = refund(seller, order, to=RefundTo.SOURCE)
    assert fresh(order).status == OrderStatus.REFUNDING
    refunds.note_paid_out(actor=seller, refund=on_its_way, note="BCA", now=NOON)

    assert booked(f"paid_out:{on_its_way.public_id}") == {
        "payable": PRICE,
        "clearing": -PRICE,
    }
    assert fresh(order).status == OrderStatus.REFUNDED
    assert fresh(on_its_way).status == RefundStatus.DONE


def test_a_refund_to_its_source_is_turned_to_the_balance(ayu, seller):
    order = paid_by(ayu)
    on_its_way = refund(seller, order, to=RefundTo.SOURCE)

    refunds.turn_to_balance(actor=seller, refund=on_its_way, now=NOON)

    assert balance_of(ayu) == PRICE


def test_a_refund_of_another_order_that_waits_is_not_in_the_way(ayu, seller):
    order = deliver(paid_by(ayu))

    assert selectors.find_awaiting_refund(order) is None
    done = refund(seller, order, 4_000, key="mine")

    assert done.amount == 4_000
    assert selectors.find_refund("mine") == done
    assert selectors.find_refund("nobody's") is None


def test_a_second_person_approves_one_refund(ayu, seller):
    make_policy(refund_approval_above=5_000)
    order = paid_by(ayu)
    waiting = refund(seller, order)

    refunds.approve_refund(actor=make_member(), refund=waiting, now=NOON)

    assert fresh(waiting).status == RefundStatus.DONE
    assert balance_of(ayu) == PRICE


def test_a_second_person_rejects_one_refund(ayu, seller):
    make_policy(refund_approval_above=5_000)
    waiting = refund(seller, paid_by(ayu))

    refunds.reject_refund(actor=make_member(), refund=waiting, reason="no", now=NOON)

    assert fresh(waiting).status == RefundStatus.REJECTED


def test_what_cannot_be_delivered_is_refunded(ayu):
    order = paid_by(ayu)

    assert refunds.refund_overdue(order_id=order.pk, before=NOON, now=LATE)

    assert fresh(order).status == OrderStatus.REFUNDED
    assert balance_of(ayu) == PRICE


# --- Money that fits nothing ----------------------------------------------------------


@pytest.fixture
def surplus(ayu):
    """Ayu paid 500 rupiah too much; they are on her balance."""
    order = paid_by(ayu, amount=PRICE + 500)
    return UnmatchedMoney.objects.get(payment__order=order)


def test_unapplied_money_goes_to_the_balance_of_its_buyer(ayu, surplus):
    assert (surplus.amount, balance_of(ayu)) == (500, 500)


def test_unapplied_money_is_asked_back_and_returned(ayu, surplus, seller, bystanders):
    unapplied.ask_return(customer=ayu, money_id=surplus.pk, now=NOON)
    unapplied.note_returned(actor=seller, money=surplus, note="BCA", now=NOON)

    assert fresh(surplus).status == "returned"
    with pytest.raises(NotFound):
        unapplied.ask_return(customer=ayu, money_id=bystanders.get("odd").pk, now=NOON)


def test_unapplied_money_that_was_asked_back_is_given_again(ayu, surplus, seller):
    unapplied.ask_return(customer=ayu, money_id=surplus.pk, now=NOON)
    unapplied.credit_buyer(actor=seller, money=surplus, now=NOON)

    assert balance_of(ayu) == 500


def test_news_is_compared_with_the_receipt_of_its_own_payment(ayu):
    payment = pending(order_of(ayu), method=open_transfer())

    for _turn in range(2):
        tell(payment, amount=PRICE + 500, event_key="settled:10777")

    assert balance_of(ayu) == 500
    assert not Discrepancy.objects.exists()


def test_money_that_the_gateway_takes_back(ayu, seller):
    order = paid_by(ayu)
    refund(seller, order, 4_000, to=RefundTo.SOURCE)

    tell(order.payments.get(), FactState.REVERSED)

    assert fresh(order).status == OrderStatus.REFUNDED
    assert fresh(order.payments.get()).status == PaymentStatus.REVERSED


# --- Callbacks ------------------------------------------------------------------------


def test_a_callback_is_taken_and_closed_alone(bystanders):
    event, _is_new = inbox.store_event(
        source="gateway:tripay", target=UUID(int=8), headers={}, body=b"mine", now=NOON
    )

    claimed = inbox.claim_event(event.pk, now=NOON)
    assert claimed is not None
    assert fresh(event).attempts == 1
    inbox.close_event(claimed, InboxStatus.PROCESSED, result="done", now=NOON)

    assert (fresh(event).status, event.result) == ("processed", "done")


# --- Everything else ------------------------------------------------------------------


def test_a_review(ayu):
    order = deliver(paid_by(ayu))

    review = completion.leave_review(customer=ayu, order_id=order.pk, stars=5, now=NOON)

    assert (review.order_id, review.stars) == (order.pk, 5)
    assert fresh(order).status == OrderStatus.COMPLETED


def test_nobody_rates_anothers_order(ayu, bystanders):
    with pytest.raises(NotFound):
        completion.leave_review(
            customer=ayu, order_id=bystanders.get("delivered").pk, stars=1, now=NOON
        )


def test_what_a_buyer_sees_is_their_own(ayu, bystanders):
    order = order_of(ayu)
    payment = pending(order, method=open_transfer())
    seen = bystanders.get("completed")

    assert selectors.orders_of(ayu) == [order]
    assert selectors.find_open_payment(order.pk) == payment
    assert list(selectors.first_revealed([seen.pk])) == [seen.pk]
    assert selectors.first_revealed([order.pk]) == {}


def test_a_method_is_switched_off_alone(seller):
    method = open_transfer(name="BNI")

    methods.switch_method(actor=seller, method=method, is_active=False, now=NOON)

    assert not fresh(method).is_active
    assert len(selectors.active_methods()) >= 3
