"""Changing the way to pay: the same amount and the same charge come back, and no later.

An order never gets a second amount on one account, and its stock is never held for
longer than from its birth on was allowed.
"""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from bot.models import OutgoingMessage
from bot.presenters import paying
from bot.services import buyer, tickets
from inventory.models import Hold
from payments import selectors
from payments.gateways.base import FactState
from payments.gateways.tripay.simulator import world
from payments.models import Order, Payment, PaymentEvent, PaymentMethod, UnmatchedMoney
from payments.models.order import LONGEST_WAIT
from payments.services.incoming import balance, charges, deposits, settlement
from payments.services.incoming.charges import (
    CHOOSING,
    COOLDOWN,
    MethodUnavailable,
    TooLate,
)
from payments.services.ledger import quotas
from payments.services.ledger.quotas import TooManySwitches
from payments.services.orders import expiry
from payments.simulator.client import GatewayControl
from payments.simulator.server import make_app
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.i18n import speaking
from ppob.local.simulators.serving import serving
from tests.bot.conftest import outbox_kinds
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_guild,
    make_member,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import fund, pending, tell, top_up

pytestmark = pytest.mark.usefixtures("right_books")

MINUTE = timedelta(minutes=1)


@pytest.fixture
def accounts(in_arcadia):
    """Three accounts that wait for an hour."""
    return [make_transfer_method(name=name) for name in ("BCA", "BNI", "DANA")]


@pytest.fixture
def order(in_arcadia):
    return make_order(make_product(price=20_000, codes=2))


@pytest.fixture
def bystander(accounts):
    """Somebody else's order that waits for a transfer to the first account."""
    payment = pending(method=accounts[0])
    before = stored(payment)
    yield payment
    assert stored(payment) == before
    assert payment.order.status == OrderStatus.AWAITING_PAYMENT


def choose(order, method, *, now=NOON):
    return charges.choose_method(order_id=order.pk, method_id=method.public_id, now=now)


def stored(row):
    return type(row).objects.filter(pk=row.pk).values().get()


def of(order):
    return Payment.objects.filter(order=order, from_balance=False).order_by("pk")


def moves(payment):
    events = PaymentEvent.objects.filter(payment=payment).order_by("pk")
    return list(events.values_list("source", "target"))


@pytest.mark.parametrize("most", [quotas.MOST_SWITCHES, 1_000])
def test_forty_changes_use_one_amount_per_account_and_no_more_time(
    order, accounts, bystander, monkeypatch, most
):
    monkeypatch.setattr(quotas, "MOST_SWITCHES", most)
    step, changed, refused = timedelta(seconds=80), 0, 0
    shown, amounts = choose(order, accounts[0]), {}
    for press in range(1, 41):
        method = accounts[press % 3]
        try:
            payment = choose(order, method, now=NOON + press * step)
        except TooManySwitches:
            refused += 1
            continue
        changed += payment.pk != shown.pk
        shown = payment
        amounts.setdefault(method.pk, set()).add((payment.pk, payment.amount))

    order.refresh_from_db()
    hold = Hold.objects.get(holder=order.lines.get().public_id)
    codes = of(order).filter(reserves_amount=True).values_list("unique_code", flat=True)
    print(
        f"presses 40, changed {changed}, refused {refused}, payments"
        f" {of(order).count()}, unique codes {len(codes)}, held for"
        f" {order.expires_at - order.created_at}"
    )
    assert (changed, refused) == ((20, 14) if most < 40 else (40, 0))
    assert of(order).count() == 3
    assert len(codes) == 3
    assert all(len(given) == 1 for given in amounts.values())
    assert order.created_at == NOON
    longest = NOON + CHOOSING + timedelta(hours=1)
    assert order.expires_at == hold.expires_at <= longest
    assert of(order).filter(status=PaymentStatus.PENDING).count() == 1


def test_coming_back_shows_the_first_payment_again(order, accounts, bystander):
    first, other = accounts[:2]
    shown = choose(order, first)
    away = choose(order, other, now=NOON + MINUTE)
    aside = stored(shown)

    again = choose(order, first, now=NOON + 2 * MINUTE)

    assert again.pk == shown.pk
    assert (aside["status"], aside["expires_at"]) == ("set_aside", shown.expires_at)
    assert (again.amount, again.unique_code) == (shown.amount, shown.unique_code)
    assert (again.reference, again.status) == (shown.reference, PaymentStatus.PENDING)
    assert again.expires_at == NOON + 62 * MINUTE
    away.refresh_from_db()
    assert away.status == PaymentStatus.SET_ASIDE
    assert moves(shown) == [("pending", "set_aside"), ("set_aside", "pending")]


def test_each_time_it_is_shown_its_buyer_gets_a_message_at_the_end(
    in_arcadia, accounts
):
    from_panel = open_ticket(make_customer())
    for press, method in enumerate([accounts[0], accounts[1], accounts[0]]):
        choose(from_panel.order, method, now=NOON + press * MINUTE)

    shown = OutgoingMessage.objects.filter(kind="payment_instructions").order_by("pk")
    first, second = of(from_panel.order)

    assert [row.payload["payment"] for row in shown] == [first.pk, second.pk, first.pk]
    retired = OutgoingMessage.objects.filter(kind="retire_buttons")
    assert {row.payload["outgoing"] for row in retired} >= {shown[0].pk, shown[1].pk}
    assert shown[2].pk not in {row.payload["outgoing"] for row in retired}
    assert outbox_kinds().count("payment_instructions") == 3


def open_ticket(customer):
    return tickets.open_ticket(
        customer=customer,
        guild_id=make_guild(bot_joined_at=NOON).pk,
        product_id=make_product(codes=2).pk,
        panel_id=None,
        request_key="discord:1",
        now=NOON,
    ).ticket


def test_money_for_a_payment_that_was_set_aside_pays_the_order(
    order, accounts, bystander, jobs
):
    first, second = choose(order, accounts[0]), choose(order, accounts[1])

    tell(first)
    jobs.run()

    order.refresh_from_db()
    second.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED
    assert second.status == PaymentStatus.EXPIRED
    assert not UnmatchedMoney.objects.exists()


def test_the_seller_confirms_a_transfer_that_was_set_aside(order, accounts, jobs):
    first, _second = choose(order, accounts[0]), choose(order, accounts[1])

    settlement.confirm_transfer(actor=make_member(), payment=first, now=NOON)
    jobs.run()

    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED


def test_what_the_gateway_has_ended_is_not_shown_again(order, accounts):
    first, _second = choose(order, accounts[0]), choose(order, accounts[1])

    tell(first, FactState.EXPIRED)

    again = choose(order, accounts[0], now=NOON + MINUTE)
    first.refresh_from_db()
    assert first.status == PaymentStatus.EXPIRED
    assert again.pk != first.pk
    assert again.amount != first.amount


def test_at_the_end_of_the_order_everything_that_was_set_aside_ends(
    order, accounts, bystander
):
    for method in accounts:
        choose(order, method)

    assert expiry.expire_order(order_id=order.pk, now=NOON + 2 * CHOOSING * 4)

    assert set(of(order).values_list("status", flat=True)) == {"expired"}
    assert of(order).filter(reserves_amount=True).count() == 3  # until it has cooled


def test_another_price_needs_another_amount(order, accounts):
    make_policy(deposit_min=1_000)
    first = choose(order, accounts[0])
    fund(order.customer, 5_000)
    balance.reserve_balance(order_id=order.pk, now=NOON)

    second = choose(order, accounts[0], now=NOON + MINUTE)

    first.refresh_from_db()
    assert (first.status, first.net) == (PaymentStatus.EXPIRED, 20_000)
    assert (second.net, second.status) == (15_000, PaymentStatus.PENDING)


def test_what_was_set_aside_at_another_price_is_not_shown_again(order, accounts):
    """A part of the price came the other way: less is missing now."""
    make_policy(wallet_is_on=False)
    first = choose(order, accounts[0])
    other = choose(order, accounts[1], now=NOON + MINUTE)
    tell(other, amount=5_000)

    again = choose(order, accounts[0], now=NOON + 2 * MINUTE)

    first.refresh_from_db()
    assert first.reserves_amount  # nobody else is asked for it meanwhile
    assert (first.status, first.net) == (PaymentStatus.EXPIRED, 20_000)
    assert (again.net, again.status) == (15_000, PaymentStatus.PENDING)


def test_a_released_amount_is_not_shown_again(in_arcadia):
    short, long = (
        make_transfer_method(hold_secs=60),
        make_transfer_method(name="BNI", hold_secs=172_800),
    )
    order = make_order()
    first = choose(order, short)
    choose(order, long)
    later = first.expires_at + COOLDOWN + MINUTE

    assert charges.release_amounts(now=later) == 1
    again = choose(order, short, now=later)

    first.refresh_from_db()
    assert (first.status, first.reserves_amount) == (PaymentStatus.EXPIRED, False)
    assert again.pk != first.pk
    assert again.expires_at == later + MINUTE


# --- How long stock is held ---


@pytest.mark.parametrize(
    ("press", "deadline"),
    [
        (timedelta(0), timedelta(hours=1)),
        (timedelta(minutes=14), timedelta(minutes=74)),
        (timedelta(minutes=15), timedelta(minutes=75)),
        (timedelta(minutes=40), timedelta(minutes=75)),
        (timedelta(minutes=74), timedelta(minutes=75)),
    ],
)
def test_the_deadline_counts_from_the_birth_of_the_order(
    order, accounts, press, deadline
):
    choose(order, accounts[0])
    Order.objects.filter(pk=order.pk).update(expires_at=NOON + timedelta(minutes=75))
    Hold.objects.update(expires_at=NOON + timedelta(minutes=75))
    if press < CHOOSING:
        Order.objects.filter(pk=order.pk).update(expires_at=NOON + CHOOSING)
        Hold.objects.update(expires_at=NOON + CHOOSING)

    payment = choose(order, accounts[1], now=NOON + press)

    assert payment.expires_at == NOON + deadline


def test_too_little_time_is_refused_and_changes_nothing(order, accounts):
    shown = choose(order, accounts[0])
    before = stored(order), stored(shown)

    with pytest.raises(TooLate):
        choose(
            order, make_transfer_method(hold_secs=60), now=shown.expires_at - MINUTE / 2
        )

    assert (stored(order), stored(shown)) == before
    assert of(order).count() == 1


def test_the_database_lets_no_unpaid_order_wait_longer(order):
    last = order.created_at + LONGEST_WAIT
    Order.objects.filter(pk=order.pk).update(expires_at=last)

    with (
        pytest.raises(IntegrityError, match="order_waits_for_two_days"),
        transaction.atomic(),
    ):
        Order.objects.filter(pk=order.pk).update(
            expires_at=last + timedelta(microseconds=1)
        )

    order.refresh_from_db()
    assert order.expires_at == last
    Order.objects.filter(pk=order.pk).update(expires_at=NOON + CHOOSING)


def test_the_database_lets_no_deposit_wait_longer(in_arcadia):
    make_policy(deposit_min=1_000)
    deposit = top_up(make_customer()).deposit

    with (
        pytest.raises(IntegrityError, match="deposit_waits_for_two_days"),
        transaction.atomic(),
    ):
        deposits.Deposit.objects.filter(pk=deposit.pk).update(
            expires_at=NOON + timedelta(hours=48, seconds=1)
        )


def test_the_database_gives_an_order_one_amount_per_account(order, accounts):
    shown = choose(order, accounts[0])
    row = {**stored(shown), "public_id": order.public_id, "reference": "twice"}
    row |= {"amount": shown.amount + 1, "unique_code": shown.unique_code + 1}
    row |= {"status": "set_aside"}
    del row["id"]

    with (
        pytest.raises(IntegrityError, match="payment_one_amount_per_way"),
        transaction.atomic(),
    ):
        Payment.objects.create(**row)

    assert of(order).count() == 1


# --- A gateway's charge ---


@pytest.fixture
def gateway(tmp_path, settings):
    with serving(
        lambda: make_app(folder=tmp_path, clock=lambda: NOON.timestamp())
    ) as address:
        settings.GATEWAY_SIMULATOR_URL = address
        control = GatewayControl(address)
        control.silence()
        yield control
        control.close()


@pytest.fixture
def qris(in_arcadia, gateway):
    method = make_gateway_method(hold_secs=900)
    merchant = world.TOKO_RIZKY
    method.credentials = json.dumps(
        {
            "merchant_code": merchant.code,
            "api_key": merchant.api_key,
            "private_key": merchant.private_key,
        }
    )
    method.save()
    return method


def test_coming_back_to_a_gateway_shows_the_same_charge(order, accounts, qris, gateway):
    shown = choose(order, qris)
    choose(order, accounts[0], now=NOON + MINUTE)

    again = choose(order, qris, now=NOON + 2 * MINUTE)

    assert (again.pk, again.instructions, again.expires_at) == (
        shown.pk,
        shown.instructions,
        shown.expires_at,
    )
    assert again.status == PaymentStatus.PENDING
    assert shown.instructions
    assert len(gateway.list_transactions()) == 1


def test_a_charge_whose_time_is_over_is_asked_for_anew(order, accounts, qris, gateway):
    shown = choose(order, qris)
    choose(order, accounts[0], now=NOON + MINUTE)
    late = shown.expires_at - timedelta(seconds=59)

    again = choose(order, qris, now=late)

    shown.refresh_from_db()
    assert again.pk != shown.pk
    assert shown.status == PaymentStatus.EXPIRED
    assert len(gateway.list_transactions()) == 2


def test_a_charge_nobody_has_an_answer_to_is_looked_up_and_not_made_twice(
    order, accounts, qris, gateway, monkeypatch
):
    """The buyer went on while the gateway was asked."""
    with monkeypatch.context() as patch:
        patch.setattr(charges, "request_charge", lambda **arguments: None)
        waiting = choose(order, qris)
    charges._claim(waiting.pk, now=NOON)
    charge = charges.open_gateway(qris).create_charge(charges._request_for(waiting))
    choose(order, accounts[0], now=NOON + 2 * MINUTE)

    again = choose(order, qris, now=NOON + 3 * MINUTE)

    assert (again.pk, again.status) == (waiting.pk, PaymentStatus.PENDING)
    assert again.gateway_reference == charge.gateway_reference
    assert len(gateway.list_transactions()) == 1
    assert moves(waiting) == [
        ("created", "set_aside"),
        ("set_aside", "created"),
        ("created", "pending"),
    ]


def test_the_answer_that_comes_after_the_change_is_kept(order, accounts, qris):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charges, "request_charge", lambda **arguments: None)
        waiting = choose(order, qris)
    charge = charges.open_gateway(qris).create_charge(charges._request_for(waiting))
    choose(order, accounts[0], now=NOON + MINUTE)

    charges._write_charge(waiting.pk, charge, now=NOON + MINUTE)

    waiting.refresh_from_db()
    assert waiting.status == PaymentStatus.SET_ASIDE
    assert (waiting.gateway_reference, waiting.how_to_pay) == (
        charge.gateway_reference,
        charge.instructions,
    )
    assert choose(order, qris, now=NOON + 2 * MINUTE).status == PaymentStatus.PENDING


def test_a_refusing_gateway_is_not_asked_for_ever(order, in_arcadia):
    method = make_gateway_method(hold_secs=900)
    method.credentials = (
        '{"merchant_code": "T1", "api_key": "live", "private_key": "x"}'
    )
    method.save()  # keys that do not fit the mode: refused before anything is sent
    for _press in range(quotas.MOST_SWITCHES):
        with pytest.raises(MethodUnavailable):
            choose(order, method)

    with pytest.raises(TooManySwitches):
        choose(order, method)

    assert of(order).count() == quotas.MOST_SWITCHES
    assert PaymentMethod.objects.get(pk=method.pk).trouble == "keys"


def test_the_buyers_word_about_a_payment_that_was_set_aside_reaches_the_seller(
    order, accounts
):
    first, _second = choose(order, accounts[0]), choose(order, accounts[1])

    answer = buyer.say_paid(customer=order.customer, payment_id=first.pk, now=NOON)

    assert answer.status == PaymentStatus.SET_ASIDE
    first.refresh_from_db()
    assert first.buyer_says_paid_at == NOON
    assert [payment.pk for payment in selectors.late_transfers(after=NOON)] == [
        first.pk
    ]
    with speaking("en"):
        words = paying.check_answer(answer.payment, answer.status).text
    assert words.startswith(f"You chose another way to pay #{order.code}.")
