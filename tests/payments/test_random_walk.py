"""Two stores live through whatever happens in any order; the books stay right.

Each walk is repeatable by its seed. It compares the books with what really came in,
which no query on our own tables could know.
"""

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db.models import F

from inventory import selectors as stock_levels
from inventory.models import Hold, StockItem
from inventory.services import holds, stock
from payments.gateways.base import FactState
from payments.models import (
    Deposit,
    DepositEvent,
    Discrepancy,
    Order,
    OrderEvent,
    Payment,
    PaymentEvent,
    Refund,
    RefundEvent,
    UnmatchedMoney,
)
from payments.services import ledger, refunds
from payments.services.incoming import (
    balance,
    charges,
    decisions,
    deposits,
    paying,
    settlement,
    unapplied,
)
from payments.services.orders import checkout, completion, delivery, expiry
from payments.services.orders.quote import Item
from payments.services.refunds import RefundDraft
from payments.states import (
    AccountKind,
    DepositStatus,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    RefundTo,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit.errors import DomainError
from ppob.kit.scope import tenant_scope
from tests.conftest import NOON
from tests.factories import (
    add_codes,
    make_customer,
    make_member,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import balance_of, tell, top_up
from tests.payments.invariants import violations

SEEDS = range(6)
STEPS = 200
MOST_STEPS = 3_000  # of which a few hundred usually do


class Store:
    """One store, its people, and the money that really came in and went back."""

    def __init__(self, tenant, rng, *, keeps_balances=True):
        self.tenant, self.rng, self.now = tenant, rng, NOON
        self.clicks = 0
        self.receipts = {}
        self.paid_back = 0
        self.taken_back = 0
        with tenant_scope(tenant.pk):
            make_policy(
                wallet_is_on=keeps_balances,
                deposit_min=1_000,
                refund_approval_above=8_000,
            )
            self.staff = [make_member(), make_member()]
            self.seller = self.staff[0]
            self.customers = [make_customer(f"buyer{number}") for number in range(3)]
            self.methods = [make_transfer_method(name=name) for name in ("A", "B")]
            self.products = [make_product(codes=4, price=5_000), make_product(codes=1)]
            if not keeps_balances:
                return
            for customer in self.customers:
                self.receive(top_up(customer, 8_000), 8_000)

    def step(self):
        """One thing happens; a refusal is fine."""
        act = self.rng.choices(list(ACTS), weights=list(ACTS.values()))[0]
        with tenant_scope(self.tenant.pk), suppress(DomainError):
            act(self)

    def settle_down(self):
        """Everything that is due is done."""
        with tenant_scope(self.tenant.pk):
            for order in Order.objects.filter(status__in=["paid", "delivering"]):
                delivery.deliver_order(order_id=order.pk, now=self.now)

    def check(self):
        with tenant_scope(self.tenant.pk):
            came = sum(self.receipts.values())
            there = came - self.paid_back - self.taken_back
            assert ledger.balance(AccountKind.CLEARING) == there
            for customer in self.customers:
                assert balance_of(customer) >= 0
            for product in self.products:
                assert stock_levels.moved(product.pk) == {
                    "available": stock_levels.available([product.pk])[product.pk],
                    "on_hand": stock_levels.on_hand([product.pk])[product.pk],
                }

    def any_of(self, rows):
        """A random one of the newest rows, or a refusal when there is none."""
        found = list(rows.order_by("-pk")[:40])
        if not found:
            raise DomainError
        return self.rng.choice(found)

    def receive(self, payment, amount):
        """Money comes in: once, or told again."""
        key = f"receipt:{amount}"
        went_before = (
            payment.status == PaymentStatus.REVERSED and payment.settled_at is None
        )
        if not (went_before and amount == payment.amount):  # that is old news
            self.receipts[payment.pk, key] = amount
        for _ in range(self.rng.choice([1, 1, 2])):
            tell(payment, amount=amount, event_key=key, now=self.now)


def place(store):
    store.clicks += store.rng.random() < 0.9  # sometimes the same click again
    checkout.place_order(
        customer=store.rng.choice(store.customers),
        items=[
            Item(
                store.rng.choice(store.products).pk,
                quantity=store.rng.choice([1, 1, 1, 2, 3]),
            )
        ],
        request_key=f"click:{store.clicks}",
        method=store.rng.choice([None, *store.methods]),
        now=store.now,
    )


def choose(store):
    order = store.any_of(Order.objects.all())
    method = store.rng.choice(store.methods)
    charges.choose_method(order_id=order.pk, method_id=method.public_id, now=store.now)


def from_outside():
    """Payments whose money somebody brings; a balance brings its own."""
    return Payment.objects.filter(from_balance=False)


def pay(store):
    payment = store.any_of(from_outside())
    paid_more = any(
        amount > payment.amount
        for (payment_id, _key), amount in store.receipts.items()
        if payment_id == payment.pk
    )
    if not paid_more:  # a gateway takes the money of one charge once
        store.receive(payment, payment.amount)


def pay_wrongly(store):
    payment = store.any_of(from_outside())
    surplus = store.rng.choice([-3_000, -1, 1, 2_500, 40_000])
    store.receive(payment, max(1, payment.amount + surplus))


def confirm(store):
    """Staff sees the sum that was asked for, or another one; sometimes the next one."""
    payment = store.any_of(from_outside())
    number = payment.receipts.count() + store.rng.choice([0, 1, 1])
    received = store.rng.choice([None, None, 2_000, payment.amount + 9_000])
    settlement.confirm_transfer(
        actor=store.rng.choice(store.staff),
        payment=payment,
        received=received,
        number=number,
        now=store.now,
    )
    came = payment.amount if received is None else received
    went_before = (
        payment.status == PaymentStatus.REVERSED and payment.settled_at is None
    )
    if not (went_before and came == payment.amount):
        store.receipts[payment.pk, f"transfer:{number}"] = came


def reject(store):
    settlement.reject_transfer(
        actor=store.seller,
        payment=store.any_of(from_outside()),
        reason="not found",
        now=store.now,
    )


def give_up(store):
    state = store.rng.choice([FactState.EXPIRED, FactState.FAILED, FactState.PENDING])
    tell(store.any_of(from_outside()), state, now=store.now)


def cancel(store):
    order = store.any_of(Order.objects.all())
    checkout.cancel_order(order_id=order.pk, actor="discord:1", now=store.now)


def time_passes(store):
    store.now += timedelta(minutes=store.rng.choice([1, 20, 90]))
    for order in Order.objects.filter(expires_at__lte=store.now).order_by("pk"):
        if store.rng.random() < 0.7:
            expiry.expire_order(order_id=order.pk, now=store.now)


def sweep_holds(store):
    hold = store.any_of(Hold.objects.filter(status="active"))
    order = Order.objects.get(lines__public_id=hold.holder)
    expiry.expire_order(order_id=order.pk, now=store.now)
    holds.release_expired(hold_id=hold.pk, now=store.now)


def deliver(store):
    order = store.any_of(Order.objects.all())
    delivery.deliver_order(order_id=order.pk, now=store.now)


def look(store):
    order = store.any_of(Order.objects.all())
    customer = store.rng.choice(store.customers)
    codes = delivery.reveal_codes(customer=customer, order_id=order.pk, now=store.now)
    assert order.customer_id == customer.pk
    assert len(codes) == order.lines.get().quantity


def review(store):
    delivered = Order.objects.filter(status=OrderStatus.DELIVERED)
    order = store.any_of(store.rng.choice([delivered, Order.objects.all()]))
    completion.leave_review(
        customer=store.rng.choice([order.customer, *store.customers]),
        order_id=order.pk,
        stars=store.rng.randint(1, 5),
        now=store.now,
    )


def refill(store):
    add_codes(store.rng.choice(store.products), store.rng.randint(1, 3))


def take_out(store):
    item = store.any_of(StockItem.objects.all())
    stock.void_items(
        product=item.product, item_ids=[item.public_id], actor="test", now=store.now
    )


def apply(store):
    fitting = UnmatchedMoney.objects.filter(
        status=UnmatchedStatus.OPEN,
        payment__order__status__in=paying.PAYABLE,
        amount__gte=F("payment__order__total"),
    )
    money = store.any_of(store.rng.choice([fitting, UnmatchedMoney.objects.all()]))
    unapplied.apply_to_order(actor=store.seller, money=money, now=store.now)


def pay_back(store):
    money = store.any_of(UnmatchedMoney.objects.all())
    unapplied.note_returned(
        actor=store.seller, money=money, note="by hand", now=store.now
    )
    store.paid_back += money.amount


def deposit(store):
    store.clicks += store.rng.random() < 0.9
    deposits.request_deposit(
        customer=store.rng.choice(store.customers),
        amount=store.rng.choice([1_000, 5_000, 12_000, 9_999_999]),
        method_id=store.rng.choice(store.methods).public_id,
        request_key=f"deposit:{store.clicks}",
        now=store.now,
    )


def give_deposit_up(store):
    found = store.any_of(Deposit.objects.filter(status="awaiting_payment"))
    if store.rng.random() < 0.5:
        store.now = max(store.now, found.expires_at)
        deposits.expire_deposit(deposit_id=found.pk, now=store.now)
    else:
        customer = store.rng.choice([found.customer, *store.customers])
        deposits.cancel_deposit(customer=customer, deposit_id=found.pk, now=store.now)


def spend(store):
    order = store.any_of(Order.objects.all())
    balance.pay_with_balance(order_id=order.pk, now=store.now)


def set_aside(store):
    order = store.any_of(Order.objects.all())
    balance.reserve_balance(order_id=order.pk, now=store.now)


def give_back(store):
    order = store.any_of(Order.objects.all())
    store.clicks += store.rng.random() < 0.9
    form = RefundDraft(
        amount=store.rng.choice([500, 4_000, order.total, order.total + 1]),
        to=store.rng.choice(list(RefundTo)),
        reason="asked for it",
        request_key=f"refund:{store.clicks}",
        seen_refunded=store.rng.choice([order.refunded, order.refunded, 0]),
    )
    member = store.rng.choice(store.staff)
    refunds.request_refund(actor=member, order=order, draft=form, now=store.now)


def decide(store):
    waiting = Refund.objects.filter(status=RefundStatus.AWAITING_APPROVAL)
    refund = store.any_of(store.rng.choice([waiting, waiting, Refund.objects.all()]))
    member = store.rng.choice(store.staff)
    if store.rng.random() < 0.6:
        refunds.approve_refund(actor=member, refund=refund, now=store.now)
    else:
        refunds.reject_refund(actor=member, refund=refund, reason="", now=store.now)


def pay_out(store):
    refund = store.any_of(Refund.objects.all())
    refunds.note_paid_out(
        actor=store.seller, refund=refund, note="by hand", now=store.now
    )
    parts = refund.parts.filter(destination=RefundTo.SOURCE)
    store.paid_back += sum(parts.values_list("amount", flat=True))


def turn_to_balance(store):
    refund = store.any_of(Refund.objects.all())
    refunds.turn_to_balance(actor=store.seller, refund=refund, now=store.now)


def refund_late(store):
    order = store.any_of(Order.objects.all())
    refunds.refund_overdue(order_id=order.pk, before=store.now, now=store.now)


def take_back(store):
    """A gateway takes money back that it had reported, and may say so again."""
    settled = from_outside().filter(status=PaymentStatus.SETTLED)
    of_deposits = settled.exclude(deposit=None)
    payment = store.any_of(store.rng.choice([of_deposits, settled, from_outside()]))
    before = _taken_back_of(payment)
    part = store.rng.choice([None, None, 1_500])
    for _ in range(store.rng.choice([1, 2])):
        tell(payment, FactState.REVERSED, amount=part, now=store.now)
    store.taken_back += _taken_back_of(payment) - before


def decide_about_news(store):
    """Somebody looks at news that contradicts what is written down."""
    found = store.any_of(Discrepancy.objects.all())
    before = _taken_back_of(found.payment), found.payment.receipts.count()
    member = store.rng.choice(store.staff)
    if store.rng.random() < 0.5:
        decisions.dismiss(actor=member, discrepancy=found, note="looked", now=store.now)
        return
    decisions.book_as_told(actor=member, discrepancy=found, now=store.now)
    store.taken_back += _taken_back_of(found.payment) - before[0]
    if found.payment.receipts.count() > before[1]:
        receipt = found.payment.receipts.latest("pk")
        store.receipts[found.payment_id, receipt.key] = receipt.amount


def _taken_back_of(payment):
    return sum(payment.receipts.values_list("taken_back", flat=True))


def ask_back(store):
    money = store.any_of(UnmatchedMoney.objects.all())
    customer = store.rng.choice(store.customers)
    unapplied.ask_return(customer=customer, money_id=money.pk, now=store.now)


def credit(store):
    money = store.any_of(UnmatchedMoney.objects.all())
    unapplied.credit_buyer(actor=store.seller, money=money, now=store.now)


ACTS = {
    place: 16,
    choose: 14,
    pay: 16,
    pay_wrongly: 5,
    confirm: 5,
    reject: 5,
    give_up: 4,
    cancel: 5,
    time_passes: 6,
    sweep_holds: 2,
    deliver: 8,
    look: 5,
    review: 4,
    refill: 5,
    take_out: 2,
    apply: 5,
    pay_back: 3,
    deposit: 5,
    give_deposit_up: 5,
    spend: 6,
    set_aside: 6,
    give_back: 10,
    decide: 8,
    pay_out: 4,
    turn_to_balance: 2,
    refund_late: 2,
    take_back: 3,
    decide_about_news: 2,
    ask_back: 4,
    credit: 2,
}


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_no_rupiah_and_no_code_is_lost(
    arcadia, borealis, superuser, seed
):
    rng = random.Random(seed)
    stores = [Store(arcadia, rng), Store(borealis, rng, keeps_balances=False)]

    for number in range(STEPS):
        rng.choice(stores).step()
        if number % 40 == 0:
            assert violations(superuser) == {}, f"seed {seed}, step {number}"
    for store in stores:
        store.settle_down()
        store.check()

    assert violations(superuser) == {}, f"seed {seed}"


PLACES = {
    OrderEvent: {
        *(OrderStatus.AWAITING_PAYMENT, OrderStatus.PAID, OrderStatus.DELIVERED),
        *(OrderStatus.COMPLETED, OrderStatus.EXPIRED, OrderStatus.CANCELLED),
        *(OrderStatus.REFUNDING, OrderStatus.REFUNDED),
    },
    PaymentEvent: set(PaymentStatus) - {PaymentStatus.CREATED, PaymentStatus.PENDING},
    DepositEvent: set(DepositStatus),
    RefundEvent: set(RefundStatus),
}


def unreached():
    """The statuses where nothing has been yet, and the reasons that never came up."""
    missing = {
        event: wanted - set(event.across_tenants.values_list("target", flat=True))
        for event, wanted in PLACES.items()
    }
    money = UnmatchedMoney.across_tenants
    missing[UnmatchedStatus] = set(UnmatchedStatus) - set(
        money.values_list("status", flat=True)
    )
    # Balances are full at two millions, and asked back where a store is closed.
    missing[UnmatchedReason] = (
        set(UnmatchedReason)
        - {UnmatchedReason.WALLET_FULL, UnmatchedReason.ASKED_BACK}
        - set(money.values_list("reason", flat=True))
    )
    return {kind: left for kind, left in missing.items() if left}


def test_a_walk_goes_everywhere(arcadia, borealis):
    """The walks mean something only if they reach the interesting places."""
    rng = random.Random(4)
    stores = [Store(arcadia, rng), Store(borealis, rng, keeps_balances=False)]
    for number in range(MOST_STEPS):
        rng.choice(stores).step()
        if number % 50 == 49 and not unreached():
            break

    assert unreached() == {}
