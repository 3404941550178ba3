"""A buyer tops up their balance, whatever they type and whenever the money comes."""

from datetime import timedelta

import pytest

from payments import tasks
from payments.events import DepositMoved
from payments.gateways.base import FactState
from payments.models import (
    Deposit,
    DepositEvent,
    LedgerEntry,
    Payment,
    UnmatchedMoney,
)
from payments.services.incoming import balance, charges, deposits, settlement
from payments.services.incoming.charges import MethodUnavailable
from payments.services.ledger import policy, wallets
from payments.services.orders import checkout
from payments.states import DepositStatus, PaymentStatus
from ppob.kit import clock
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.machine import IllegalMove
from ppob.kit.scope import no_tenant_scope, tenant_scope
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.hearing import heard
from tests.payments.acts import (
    LATE,
    balance_of,
    booked,
    books,
    fund,
    keep_no_balances,
    open_transfer,
    tell,
    top_up,
)

pytestmark = pytest.mark.usefixtures("right_books")


@pytest.fixture
def ayu(in_arcadia):
    return make_customer("ayu")


def status_of(row):
    row.refresh_from_db()
    return row.status


def gateway_deposit(customer, amount=50_000):
    """A deposit by QRIS that the gateway has accepted."""
    deposit = Deposit.objects.create(
        code="AAA-AAA",
        request_key="click",
        customer=customer,
        amount=amount,
        created_at=NOON,
        expires_at=LATE,
    )
    DepositEvent.objects.create(
        deposit=deposit, target="awaiting_payment", actor=customer.actor, at=NOON
    )
    return Payment.objects.create(
        deposit=deposit,
        method=make_gateway_method(),
        reference="T1-AAA-AAA-00000001",
        amount=amount,
        status=PaymentStatus.PENDING,
        created_at=NOON,
        expires_at=LATE,
    )


def test_a_deposit_by_gateway_is_credited(ayu):
    payment = gateway_deposit(ayu)

    with heard(DepositMoved) as news:
        assert tell(payment) == PaymentStatus.SETTLED

    deposit = payment.deposit
    assert status_of(deposit) == DepositStatus.CREDITED
    assert deposit.credited_at == NOON
    assert balance_of(ayu) == 50_000
    assert booked(f"settled:{payment.reference}") == {
        "clearing": 50_000,
        "wallet": -50_000,
    }
    assert [(fact.source, fact.target) for fact in news] == [
        (DepositStatus.AWAITING_PAYMENT, DepositStatus.CREDITED)
    ]


def test_the_code_of_a_transfer_is_credited_too(ayu, seller):
    payment = top_up(ayu, 50_000, method=make_transfer_method())

    settlement.confirm_transfer(actor=seller, payment=payment, now=NOON)

    assert 50_001 <= payment.amount <= 50_999
    assert balance_of(ayu) == payment.amount


def test_each_step_of_a_deposit_is_written_down(ayu):
    tell(top_up(ayu))

    events = DepositEvent.objects.order_by("pk").values_list(
        "source", "target", "actor"
    )
    assert list(events) == [
        ("", "awaiting_payment", ayu.actor),
        ("awaiting_payment", "credited", "gateway:manual"),
    ]


def test_a_deposit_that_is_told_often_is_credited_once(ayu):
    payment = top_up(ayu)

    for _ in range(10):
        tell(payment)

    assert balance_of(ayu) == 50_000
    assert LedgerEntry.objects.count() == 1


def test_a_deposit_that_comes_late_is_credited_all_the_same(ayu):
    payment = top_up(ayu)
    assert not deposits.expire_deposit(deposit_id=payment.deposit_id, now=NOON)
    assert deposits.expire_deposit(deposit_id=payment.deposit_id, now=LATE)
    assert not deposits.expire_deposit(deposit_id=payment.deposit_id, now=LATE)
    assert (status_of(payment.deposit), status_of(payment)) == ("expired", "expired")

    for _ in range(2):
        tell(payment, now=LATE)

    assert (status_of(payment.deposit), status_of(payment)) == ("credited", "settled")
    assert balance_of(ayu) == 50_000


def test_a_deposit_that_was_cancelled_is_credited_when_it_comes(ayu):
    payment = top_up(ayu)
    deposits.cancel_deposit(customer=ayu, deposit_id=payment.deposit_id, now=NOON)
    assert (status_of(payment.deposit), status_of(payment)) == ("cancelled", "expired")

    tell(payment)

    assert status_of(payment.deposit) == DepositStatus.CREDITED
    assert balance_of(ayu) == 50_000


def test_only_who_asked_for_a_deposit_cancels_it_and_only_while_it_is_open(ayu):
    payment = top_up(ayu)

    with pytest.raises(NotFound):
        deposits.cancel_deposit(
            customer=make_customer("bima"), deposit_id=payment.deposit_id, now=NOON
        )
    with pytest.raises(NotFound):
        deposits.cancel_deposit(customer=ayu, deposit_id=0, now=NOON)
    tell(payment)
    with pytest.raises(IllegalMove):
        deposits.cancel_deposit(customer=ayu, deposit_id=payment.deposit_id, now=NOON)

    assert status_of(payment.deposit) == DepositStatus.CREDITED


@pytest.mark.parametrize(
    ("received", "odd", "ends"),
    [
        (49_963, (49_963, "underpaid"), "awaiting_payment"),
        (50_037, (37, "overpaid"), "credited"),
    ],
)
def test_another_amount_is_credited_as_it_came(ayu, received, odd, ends):
    payment = top_up(ayu)

    for _ in range(2):
        tell(payment, amount=received)

    money = UnmatchedMoney.objects.get()
    assert (money.amount, money.reason, money.status) == (*odd, "credited")
    assert status_of(payment.deposit) == ends
    assert balance_of(ayu) == received


def test_the_last_part_of_a_deposit_ends_it(ayu):
    payment = top_up(ayu)

    for part in (20_000, 29_000, 1_000):
        tell(payment, amount=part)

    assert status_of(payment.deposit) == DepositStatus.CREDITED
    assert status_of(payment) == "settled"
    assert balance_of(ayu) == 50_000
    assert books() == {"clearing": 50_000, "wallet": -50_000}


def test_another_amount_waits_for_the_seller_where_no_balances_are_kept(ayu):
    payment = top_up(ayu)
    keep_no_balances()

    tell(payment, amount=49_963)

    assert UnmatchedMoney.objects.get().status == "open"
    assert books() == {"clearing": 49_963, "unmatched": -49_963}
    assert balance_of(ayu) == 0


def test_a_deposit_of_a_store_that_stopped_keeping_balances_is_still_credited(ayu):
    payment = top_up(ayu)
    keep_no_balances()

    tell(payment)

    assert balance_of(ayu) == 50_000


@pytest.mark.parametrize(
    "amount", [-50_000, -1, 0, 1, 9_999, 2_000_001, 10**9, 2**63 - 1]
)
def test_an_amount_out_of_range_is_refused_and_the_range_is_named(ayu, amount):
    with pytest.raises(InvalidInput, match=r"Rp 10\.000.*Rp 2\.000\.000"):
        top_up(ayu, amount)

    assert not Deposit.objects.exists()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", [10_000, 2_000_000])
def test_the_ends_of_the_range_are_fine(ayu, amount):
    fund(ayu, amount)

    assert balance_of(ayu) == amount


def test_over_the_cap_the_room_that_is_left_is_named(ayu):
    fund(ayu, 62_000)

    with pytest.raises(InvalidInput, match=r"Rp 1\.938\.000"):
        top_up(ayu, 1_938_001)
    top_up(ayu, 1_938_000)


def test_what_is_set_aside_and_what_is_coming_counts_for_the_cap(ayu):
    make_policy(wallet_limit=100_000)
    fund(ayu, 60_000)
    order = make_order(make_product(price=50_000, codes=1), customer=ayu)
    balance.reserve_balance(order_id=order.pk, now=NOON)
    top_up(ayu, 30_000)

    assert deposits.amount_range(ayu) == (10_000, 10_000)
    with pytest.raises(InvalidInput):
        top_up(ayu, 10_001)


def test_a_full_balance_has_room_for_nothing(ayu):
    fund(ayu, 2_000_000)

    with pytest.raises(InvalidInput, match="full"):
        top_up(ayu, 10_000)


def test_a_store_holds_no_more_of_others_money_than_it_may(ayu):
    make_policy(wallet_limit=100_000, float_limit=150_000)
    fund(make_customer("bima"), 100_000)

    with pytest.raises(deposits.FloatFull):
        top_up(ayu, 50_001)

    fund(ayu, 50_000)
    assert balance_of(ayu) == 50_000


def test_a_buyer_has_three_deposits_open_at_most(ayu):
    first, *_rest = [top_up(ayu, 20_000) for _ in range(3)]

    with pytest.raises(deposits.TooManyDeposits):
        top_up(ayu, 20_000)
    top_up(make_customer("bima"), 20_000)
    deposits.cancel_deposit(customer=ayu, deposit_id=first.deposit_id, now=NOON)
    top_up(ayu, 20_000)

    assert Deposit.objects.filter(customer=ayu).count() == 4


def test_a_store_without_balances_takes_no_deposits(ayu):
    keep_no_balances()

    with pytest.raises(deposits.WalletOff):
        top_up(ayu)

    assert not Deposit.objects.exists()


def test_the_same_click_is_one_deposit(ayu):
    method = open_transfer()

    payments = {top_up(ayu, 50_000, method=method, key="click").pk for _ in range(3)}

    assert len(payments) == Deposit.objects.count() == Payment.objects.count() == 1


def test_another_buyers_click_gives_nobody_their_deposit(ayu):
    top_up(make_customer("bima"), key="click")

    with pytest.raises(checkout.RequestTaken):
        top_up(ayu, key="click")

    assert Deposit.objects.count() == 1


def test_the_click_after_a_deposit_was_paid_asks_for_nothing_new(ayu):
    payment = top_up(ayu, key="click")
    tell(payment)

    again = top_up(ayu, key="click")

    assert (again.pk, again.status) == (payment.pk, PaymentStatus.SETTLED)
    assert balance_of(ayu) == 50_000


def test_a_method_that_is_not_offered_takes_no_deposit(ayu, borealis):
    with tenant_scope(borealis.pk):
        theirs = make_transfer_method()
    off = make_transfer_method(is_active=False)
    saldo = wallets.balance_method(now=NOON)

    for method in (theirs, off, saldo):
        with pytest.raises(MethodUnavailable):
            top_up(ayu, method=method)

    assert not Deposit.objects.exists()


def test_deposits_never_ask_for_an_amount_that_an_order_asks_for(ayu):
    method = make_transfer_method()
    order = make_order(make_product(price=20_000, codes=1))
    asked = charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=NOON
    )

    amounts = {top_up(make_customer(), 20_000, method=method).amount for _ in range(10)}

    assert len(amounts) == 10
    assert asked.amount not in amounts


def test_deposits_of_all_stores_expire(ayu, borealis, monkeypatch):
    ours = top_up(ayu).deposit
    with tenant_scope(borealis.pk):
        theirs = top_up(make_customer()).deposit
    monkeypatch.setattr(clock, "now", lambda: LATE)

    with no_tenant_scope():
        tasks.expire_deposits()

    found = Deposit.across_tenants.filter(pk__in=[ours.pk, theirs.pk])
    assert set(found.values_list("status", flat=True)) == {"expired"}


def test_a_deposit_that_the_gateway_gave_up_still_expires_and_still_credits(ayu):
    payment = gateway_deposit(ayu)
    tell(payment, FactState.FAILED)
    deposits.expire_deposit(
        deposit_id=payment.deposit_id, now=LATE + timedelta(minutes=1)
    )

    tell(payment, now=LATE)

    assert balance_of(ayu) == 50_000


def test_the_limits_of_a_store_have_limits_too(seller):
    def change(**limits):
        defaults = {
            "wallet_is_on": True,
            "wallet_limit": 500_000,
            "deposit_min": 5_000,
            "refund_approval_above": 100_000,
            "surplus_approval_above": 10_000,
        }
        draft = policy.PolicyDraft(**{**defaults, **limits})
        return policy.change_policy(actor=seller, draft=draft, now=NOON)

    assert change().wallet_limit == 500_000
    for wrong in (
        {"deposit_min": 999},
        {"deposit_min": 500_001},
        {"wallet_limit": 20_000_001},
        {"refund_approval_above": -1},
        {"surplus_approval_above": -1},
    ):
        with pytest.raises(InvalidInput):
            change(**wrong)

    assert policy.find_policy().deposit_min == 5_000
