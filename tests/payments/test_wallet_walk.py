"""One buyer, several devices, everything at the same moment; the balance stays right.

Each walk is repeatable by its seed, as far as threads are: what happens together is
drawn, who comes first is not.
"""

import random
from contextlib import suppress
from functools import partial

import pytest

from payments.gateways.base import FactState
from payments.models import Order, Payment, Refund
from payments.services import ledger, refunds
from payments.services.incoming import balance, charges
from payments.services.incoming.deposits import TooManyDeposits
from payments.services.orders import checkout, expiry
from payments.services.refunds import RefundDraft
from payments.states import AccountKind, PaymentStatus, RefundTo
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_order,
    make_policy,
    make_product,
)
from tests.payments.acts import LATE, balance_of, deliver, open_transfer, tell, top_up
from tests.payments.invariants import violations
from tests.payments.racing import at_once

SEEDS = range(3)
ROUNDS, HANDS = 10, 6


class Buyer:
    """A buyer with a few orders, and what may happen to them in one moment."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        make_policy(deposit_min=1_000)
        self.customer, self.seller = make_customer(), make_member()
        self.method = open_transfer()
        self.product = make_product(price=5_000, codes=40)
        self.forms = 0

    def prepare(self):
        """New things that the next moment can be about."""
        make_order(self.product, customer=self.customer)
        with suppress(TooManyDeposits):
            top_up(self.customer, self.rng.choice([2_000, 6_000]), method=self.method)

    def moment(self):
        """What several hands do at once; refusals are fine."""
        acts = [
            self.pay,
            self.pay,
            self.reserve,
            self.choose,
            self.receive,
            self.receive,
            self.end,
            self.deliver,
            self.refund,
            self.take_back,
        ]
        return [act() for act in self.rng.choices(acts, k=HANDS)]

    def order(self):
        return self.rng.choice(list(Order.objects.order_by("-pk")[:4]))

    def payment(self):
        outside = Payment.objects.filter(from_balance=False).order_by("-pk")
        return self.rng.choice(list(outside[:6]))

    def pay(self):
        return partial(balance.pay_with_balance, order_id=self.order().pk, now=NOON)

    def reserve(self):
        return partial(balance.reserve_balance, order_id=self.order().pk, now=NOON)

    def choose(self):
        return partial(
            charges.choose_method,
            order_id=self.order().pk,
            method_id=self.method.public_id,
            now=NOON,
        )

    def receive(self):
        return partial(tell, self.payment())

    def end(self):
        order = self.order()
        if self.rng.random() < 0.5:
            return partial(expiry.expire_order, order_id=order.pk, now=LATE)
        return partial(
            checkout.cancel_order, order_id=order.pk, actor="discord:1", now=NOON
        )

    def deliver(self):
        return partial(deliver, self.order())

    def refund(self):
        order = self.order()
        self.forms += 1
        form = RefundDraft(
            amount=self.rng.choice([1_000, order.total]),
            to=RefundTo.BALANCE,
            reason="asked for it",
            request_key=f"form:{self.forms}",
            seen_refunded=order.refunded,
        )
        return partial(
            refunds.request_refund,
            actor=self.seller,
            order=order,
            draft=form,
            now=NOON,
        )

    def take_back(self):
        settled = Payment.objects.filter(from_balance=False, status="settled")
        known = list(settled.order_by("-pk")[:6])
        is_of_settled = known and self.rng.random() < 0.8
        payment = self.rng.choice(known) if is_of_settled else self.payment()
        return partial(tell, payment, FactState.REVERSED)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_at_once_no_balance_is_wrong(in_arcadia, superuser, seed):
    buyer = Buyer(seed)

    for number in range(ROUNDS):
        buyer.prepare()
        at_once(buyer.moment())
        assert violations(superuser) == {}, f"seed {seed}, round {number}"

    assert balance_of(buyer.customer) >= 0
    there = Payment.objects.filter(
        from_balance=False, status=PaymentStatus.SETTLED
    ).values_list("amount", flat=True)
    assert ledger.balance(AccountKind.CLEARING) == sum(there)


def test_the_moments_are_about_something(in_arcadia):
    """The walks mean something only if they spend, refund and reverse."""
    buyer, seen = Buyer(1), set()
    tell(top_up(buyer.customer, 20_000, method=buyer.method))

    for _ in range(3 * ROUNDS):  # who wins is chance, so it may take a while
        buyer.prepare()
        at_once(buyer.moment())
        seen = _seen()
        if len(seen) == 3:
            break

    assert seen == {"spent", "paid", "given back"}


def _seen() -> set[str]:
    spent = Payment.objects.filter(
        from_balance=True, status__in=["settled", "expired"]
    ).exists()
    reversed_ones = Payment.objects.filter(status="reversed", settled_at__isnull=False)
    facts = {
        "spent": spent,
        "paid": Order.objects.exclude(paid_at=None).exists(),
        "given back": Refund.objects.exists() or reversed_ones.exists(),
    }
    return {name for name, is_so in facts.items() if is_so}
