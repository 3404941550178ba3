"""What one buyer may take of what is scarce, also with many clicks at once."""

from datetime import timedelta
from functools import partial

import pytest

from payments import locks
from payments.gateways.unique_amount import MAXIMUM
from payments.models import Deposit, Order, Payment
from payments.services.incoming import charges, deposits
from payments.services.incoming.charges import COOLDOWN, MethodUnavailable
from payments.services.ledger import quotas
from payments.services.ledger.quotas import (
    MOST_AMOUNTS,
    MOST_OPEN_ORDERS,
    MOST_UNPAID_PIECES,
    TooManyAmounts,
    TooManyOrders,
    TooMuchUnpaid,
)
from payments.services.orders import checkout, delivery
from payments.services.orders.quote import Item
from ppob.kit.i18n import speaking
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import pending, tell, top_up
from tests.payments.invariants import violations
from tests.payments.racing import at_once, meeting
from tests.payments.test_query_counts import counting

MINUTE = timedelta(minutes=1)
PRICE = 10_000


@pytest.fixture
def product(in_arcadia):
    return make_product(price=PRICE, codes=90)


@pytest.fixture
def method(in_arcadia):
    return make_transfer_method()


@pytest.fixture
def ayu(in_arcadia):
    return make_customer("ayu")


@pytest.fixture
def bima(in_arcadia):
    """Another buyer, whom nothing of this concerns."""
    return make_customer("bima")


def take_codes(method, *, but):
    """All amounts of one price are asked for, but the last few."""
    order = make_order()
    rows = [
        Payment(
            order=order,
            method=method,
            reference=f"taken-{code}",
            amount=PRICE + code,
            unique_code=code,
            reserves_amount=True,
            status="expired",
            created_at=NOON - timedelta(days=5),
            expires_at=NOON,
        )
        for code in range(1, MAXIMUM + 1 - but)
    ]
    Payment.objects.bulk_create(rows)
    assert codes_left(method) == but


def codes_left(method):
    taken = Payment.objects.filter(
        method=method, reserves_amount=True, amount__gt=PRICE, amount__lte=PRICE + 999
    )
    return MAXIMUM - taken.count()


# --- When amounts run short ---


@pytest.mark.parametrize("left", [1, 2, MAXIMUM])
def test_the_last_amount_is_found_with_as_few_statements_as_the_first(
    method, product, ayu, left
):
    take_codes(method, but=left)
    order = make_order(product, customer=ayu)

    with counting() as statements:
        payment = charges.choose_method(
            order_id=order.pk, method_id=method.public_id, now=NOON
        )

    assert len(statements) == 11
    assert payment.status == "pending"
    assert MAXIMUM - left < payment.unique_code <= MAXIMUM
    assert payment.amount == PRICE + payment.unique_code
    assert codes_left(method) == left - 1


def test_without_a_free_amount_the_buyer_is_told_and_nothing_changes(
    method, product, ayu
):
    take_codes(method, but=0)
    order = make_order(product, customer=ayu)
    count, other = Payment.objects.count(), make_transfer_method(name="BNI")

    with counting() as statements, pytest.raises(MethodUnavailable) as refusal:
        charges.choose_method(order_id=order.pk, method_id=method.public_id, now=NOON)

    assert len(statements) == 8  # with the rollback
    with speaking("en"):
        assert str(refusal.value) == (
            "Too many transfers are waiting. Please choose another payment method."
        )
    assert Payment.objects.count() == count
    order.refresh_from_db()
    assert order.expires_at == NOON + charges.CHOOSING
    assert pending(order, method=other).status == "pending"


def test_few_amounts_and_many_buyers_at_once(method, product):
    take_codes(method, but=3)
    orders = [make_order(product) for _ in range(8)]

    results = at_once(
        [
            partial(
                charges.choose_method,
                order_id=order.pk,
                method_id=method.public_id,
                now=NOON,
            )
            for order in orders
        ]
    )

    given = [each for each in results if isinstance(each, Payment)]
    refused = [each for each in results if isinstance(each, MethodUnavailable)]
    assert (len(given), len(refused)) == (3, 5)
    assert sorted(payment.unique_code for payment in given) == [997, 998, 999]
    assert codes_left(method) == 0


def test_amounts_of_another_price_and_another_account_are_not_in_the_way(
    method, product, ayu
):
    take_codes(method, but=0)
    cheaper = make_product(price=PRICE - 1_000, codes=1)

    payment = pending(make_order(cheaper, customer=ayu), method=method)

    assert payment.amount == PRICE - 1_000 + payment.unique_code


# --- Limits of one buyer ---


def test_a_buyer_has_ten_unpaid_orders_and_no_more(product, ayu, bima):
    for _ in range(MOST_OPEN_ORDERS):
        make_order(product, customer=ayu)
    before = list(Order.objects.order_by("pk").values())

    with pytest.raises(TooManyOrders) as refusal:
        make_order(product, customer=ayu)

    with speaking("en"):
        assert str(refusal.value) == (
            "You have 10 unpaid orders. Pay or cancel one of them first."
        )
    assert list(Order.objects.order_by("pk").values()) == before
    make_order(product, customer=bima)
    mine = Order.objects.filter(customer=ayu).first()
    checkout.cancel_order(order_id=mine.pk, actor=ayu.actor, now=NOON)
    make_order(product, customer=ayu)


def test_the_refusal_is_in_the_buyers_language(product, ayu):
    for _ in range(MOST_OPEN_ORDERS):
        make_order(product, customer=ayu)

    with pytest.raises(TooManyOrders) as refusal:
        make_order(product, customer=ayu)

    with speaking("id"):
        assert "10 pesanan" in str(refusal.value)


def test_the_same_click_at_the_limit_finds_its_order(product, ayu):
    for number in range(MOST_OPEN_ORDERS):
        last = make_order(product, customer=ayu, request_key=f"click:{number}")

    again = make_order(product, customer=ayu, request_key=f"click:{number}")

    assert again.pk == last.pk
    assert Order.objects.count() == MOST_OPEN_ORDERS


def test_a_buyer_sets_sixty_pieces_aside_in_a_day_without_paying(product, ayu, bima):
    for number in range(3):
        order = make_order(product, customer=ayu, quantity=20)
        if number:
            checkout.cancel_order(order_id=order.pk, actor=ayu.actor, now=NOON)
    assert MOST_UNPAID_PIECES == 60

    with pytest.raises(TooMuchUnpaid):
        make_order(product, customer=ayu)

    make_order(product, customer=bima)
    make_order(product, customer=ayu, now=NOON + timedelta(days=1))


def test_exactly_the_last_piece_is_allowed(product, ayu):
    for quantity in (20, 20, 19):
        make_order(product, customer=ayu, quantity=quantity)

    make_order(product, customer=ayu)

    with pytest.raises(TooMuchUnpaid):
        make_order(product, customer=ayu)


def test_what_was_paid_does_not_count(product, ayu, jobs):
    for _ in range(3):
        order = make_order(product, customer=ayu, quantity=20)
        tell(pending(order))
        delivery.deliver_order(order_id=order.pk, now=NOON)

    make_order(product, customer=ayu, quantity=20)


def burn(customer, method, product, *, times, now=NOON):
    for _ in range(times):
        order = make_order(product, customer=customer, now=now)
        pending(order, method=method, now=now)
        checkout.cancel_order(order_id=order.pk, actor=customer.actor, now=now)


def test_a_buyer_reserves_twenty_amounts_and_no_more(product, method, ayu, bima):
    burn(ayu, method, product, times=MOST_AMOUNTS)
    order = make_order(product, customer=ayu)

    with pytest.raises(TooManyAmounts):
        pending(order, method=method)
    with pytest.raises(TooManyAmounts):
        make_order(product, customer=ayu, method=method)

    assert Payment.objects.filter(reserves_amount=True).count() == MOST_AMOUNTS
    assert Order.objects.filter(status="awaiting_payment").count() == 1
    pending(make_order(product, customer=bima), method=method)
    plain = make_transfer_method(name="BNI", uses_unique_code=False)
    assert pending(order, method=plain).status == "pending"
    later = NOON + COOLDOWN + MINUTE
    charges.release_amounts(now=later)
    pending(make_order(product, customer=ayu, now=later), method=method, now=later)


def test_top_ups_use_the_same_amounts(product, method, ayu, bima):
    make_policy(deposit_min=1_000)
    burn(ayu, method, product, times=MOST_AMOUNTS - 1)
    payment = top_up(ayu, method=method)
    deposits.cancel_deposit(customer=ayu, deposit_id=payment.deposit_id, now=NOON)

    with pytest.raises(TooManyAmounts):
        top_up(ayu, method=method)

    assert Deposit.objects.count() == 1
    assert top_up(bima, method=method).status == "pending"


def place(customer, product, number):
    return checkout.place_order(
        customer=customer,
        items=[Item(product.pk)],
        request_key=f"{customer.username}:{number}",
        now=NOON,
    )


def test_clicks_at_once_do_not_pass_the_limit_and_would_without_the_lock(
    product, ayu, bima, monkeypatch, superuser
):
    for number in range(MOST_OPEN_ORDERS - 1):
        place(ayu, product, f"before-{number}")
        place(bima, product, f"before-{number}")

    results = at_once([partial(place, ayu, product, number) for number in range(6)])

    assert sum(isinstance(each, TooManyOrders) for each in results) == 5
    assert Order.objects.filter(customer=ayu).count() == MOST_OPEN_ORDERS
    assert violations(superuser) == {}

    meet, free = meeting(6), locks.Standing(is_store_open=True, is_blocked=False)
    monkeypatch.setattr(locks, "lock_standing", lambda pk: free)
    count = quotas.count_usage

    def count_when_all_are_there(*arguments, **options):
        usage = count(*arguments, **options)
        meet()
        return usage

    monkeypatch.setattr(quotas, "count_usage", count_when_all_are_there)
    at_once([partial(place, bima, product, number) for number in range(6)])
    assert Order.objects.filter(customer=bima).count() > MOST_OPEN_ORDERS
    assert "buyer_within_quota" in violations(superuser)


def test_transfers_at_once_do_not_pass_the_limit(product, method, ayu, superuser):
    burn(ayu, method, product, times=MOST_AMOUNTS - 1)
    orders = [make_order(product, customer=ayu) for _ in range(6)]

    results = at_once([partial(pending, order, method=method) for order in orders])

    assert sum(isinstance(each, TooManyAmounts) for each in results) == 5
    assert Payment.objects.filter(reserves_amount=True).count() == MOST_AMOUNTS
    assert violations(superuser) == {}
