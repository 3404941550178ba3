"""Random lives of purchases: what was charged is what we count, once per unit."""

import random
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from inventory.models import Purchase, PurchaseAttempt, SupplierAccount
from inventory.services import breaker, purchases, supplier_callbacks
from inventory.simulator.engine import NotPossible
from inventory.suppliers.digiflazz.simulator.engine import Engine
from inventory.suppliers.digiflazz.simulator.world import BUYERS
from ppob.kit import failpoints
from ppob.kit.errors import DomainError
from security.models import InboxEvent
from security.states import InboxStatus
from tests.conftest import NOON
from tests.inventory.shop import Killed, connect
from tests.inventory.suppliers import make_account, make_topup, map_product, submit

PURCHASES_PER_SEED = 130
# Everything undecided is asked about at least so often, and twice before it failed.
ASKED_AT_LEAST_EVERY, QUIET_TURNS = timedelta(minutes=5), 3
MOVED = ("pk", "status", "discrepancy", "fenced_at", "purchase__status")
OUTCOMES = [
    *[""] * 6,
    *["03>00", "03>02", "99>00", "02", "01", "53", "43", "62", "68", "80", "47", "49"],
]
OVER = {"succeeded", "failed"}
ENDED = {"succeeded", "failed", "needs_owner"}
TROUBLES = [*[""] * 6, "away", "silent", "lost", "lost"]


class World:
    """One store, one supplier, and the dice."""

    def __init__(self, seed, monkeypatch):
        self.dice = random.Random(seed)
        self.now = NOON
        self.calm = False
        self.engine = Engine(clock=lambda: self.now.timestamp(), flip_secs=45)
        self.engine.balances = {buyer.username: 10**12 for buyer in BUYERS}
        connect(monkeypatch, self.engine, self._trouble)
        self.product = make_topup()
        self.accounts = {}
        for position, buyer in enumerate(BUYERS):
            account = make_account(buyer, position=position)
            map_product(self.product, account)
            self.accounts[str(account.public_id)] = account
        self.purchases = []
        self.contradicted = set()
        self.seen = Counter()

    def _trouble(self):
        return "" if self.calm else self.dice.choice(TROUBLES)

    def _die(self, name):
        if not self.calm and self.dice.random() < 0.03:
            self.seen["deaths"] += 1
            raise Killed(name)

    def act(self, deed):
        try:
            deed()
        except (Killed, DomainError) as end:
            self.seen[type(end).__name__] += 1

    def submit(self):
        self.engine.plan.append(self.dice.choice(OUTCOMES))
        holder = uuid4()
        for _click in range(self.dice.choice([1, 1, 2])):
            self.act(lambda: submit(self.product, now=self.now, holder=holder))
        self.purchases.extend(Purchase.objects.filter(holder=holder))

    def work(self):
        due = self._due()
        for attempt_id in self.dice.sample(due, min(4, len(due))):
            self._advance(attempt_id)

    def _due(self):
        # In order, or the same dice would choose others on another day.
        due = PurchaseAttempt.objects.filter(due_at__lte=self.now).order_by("pk")
        return list(due.values_list("pk", flat=True))

    def _advance(self, attempt_id):
        self.act(lambda: purchases.advance(attempt_id=attempt_id, now=self.now))

    def report(self):
        """The supplier's callbacks come in any order, some of them twice."""
        self.engine.flip_due()
        waiting = self.engine.callbacks
        for _turn in range(min(3, len(waiting))):
            callback = self.dice.choice(waiting)
            is_the_last_time = self.dice.random() < 0.8
            if not self._bring(callback):
                self.seen["unheard"] += 1  # nobody answered: it is sent again
            elif is_the_last_time:
                waiting.remove(callback)

    def _bring(self, callback):
        """Whether the door took it; what follows is a worker's business."""
        taken = []
        self.act(lambda: taken.append(self._receive(callback)))
        for event in taken:
            self._process(event.pk)
        return bool(taken)

    def _receive(self, callback):
        account = self.accounts[callback.url.rstrip("/").split("/")[-2]]
        return supplier_callbacks.receive(
            kind="digiflazz",
            account_id=account.public_id,
            headers=callback.headers,
            body=callback.body.encode(),
            now=self.now,
        )

    def _process(self, event_id):
        self.act(lambda: supplier_callbacks.process(event_id=event_id, now=self.now))

    def sweep_inbox(self):
        """Callbacks whose worker died are worked on by the next one."""
        waiting = InboxEvent.objects.filter(
            status=InboxStatus.RECEIVED, due_at__lte=self.now
        )
        for event_id in waiting.order_by("pk").values_list("pk", flat=True):
            self._process(event_id)

    def look_after(self):
        """What the sweepers do besides calling."""
        purchase = self.dice.choice(self.purchases)
        self._hand_over(purchase)
        self.act(
            lambda: purchases.find_supplier_again(purchase_id=purchase.pk, now=self.now)
        )

    def _hand_over(self, purchase):
        self.act(lambda: purchases.hand_to_owner(purchase_id=purchase.pk, now=self.now))

    def probe(self):
        """Suppliers that were left alone are asked whether they are back."""
        for account_id in SupplierAccount.objects.order_by("pk").values_list(
            "pk", flat=True
        ):
            self.act(lambda pk=account_id: breaker.probe(account_id=pk, now=self.now))

    def give_up(self):
        purchase = self.dice.choice(self.purchases)
        self.act(
            lambda: purchases.give_up(
                purchase_id=purchase.pk, actor="x", reason="refund", now=self.now
            )
        )

    def change_mind(self):
        """The supplier contradicts itself, rarely."""
        known = list(self.engine.transactions.values())
        if not known or self.dice.random() < 0.9:
            return
        transaction = self.dice.choice(known)
        rc = self.dice.choice(["74", "00"])
        try:
            self.engine.change_mind(transaction, rc)
        except NotPossible:
            return
        self.contradicted.add(transaction.ref_id)

    def settle(self):
        """No more trouble: all that is due is done, until nothing changes any more."""
        self.calm = True
        before, same = None, 0
        while same < QUIET_TURNS:
            self.now += ASKED_AT_LEAST_EVERY
            self.probe()
            for attempt_id in self._due():
                self._advance(attempt_id)
            while self.engine.callbacks:
                self.report()
            self.sweep_inbox()
            for purchase in self.purchases:
                self._hand_over(purchase)
            now = list(PurchaseAttempt.objects.order_by("pk").values_list(*MOVED))
            same = same + 1 if now == before else 0
            before = now

    def live(self):
        deeds = [self.work] * 5 + [self.report] * 3
        deeds += [self.look_after, self.give_up, self.sweep_inbox, self.probe]
        failpoints.install(self._die)
        try:
            while len(self.purchases) < PURCHASES_PER_SEED:
                self.submit()
                for deed in self.dice.choices([*deeds, self.change_mind], k=3):
                    deed()
                self.now += timedelta(seconds=self.dice.choice([0, 1, 10, 30, 90]))
            self.settle()
        finally:
            failpoints.install(None)


@pytest.mark.parametrize("seed", range(5))
def test_the_supplier_charged_what_we_bought_and_once_per_unit(
    seed, in_arcadia, monkeypatch
):
    world = World(seed, monkeypatch)
    world.live()

    charged = {each.ref_id for each in world.engine.all_transactions() if each.charges}
    attempts = {each.ref_id: each for each in PurchaseAttempt.objects.all()}
    bought = {ref for ref, each in attempts.items() if each.status == "succeeded"}

    # Nothing is left in the middle of nowhere; about what never left, owners decide.
    left = [each for each in attempts.values() if each.status not in OVER]
    assert {(each.status, each.purchase.status) for each in left} <= {
        ("queued", "needs_owner")
    }
    assert {each.status for each in Purchase.objects.all()} <= ENDED
    assert {each.status for each in InboxEvent.objects.all()} == {"processed"}
    # Every charge is one of our successes and the reverse, whatever the supplier did,
    # unless it took its word back: then its owner has been told, and of nothing else.
    differ = charged ^ bought
    told = {ref for ref, each in attempts.items() if each.discrepancy}
    assert differ <= world.contradicted
    assert differ <= told <= world.contradicted
    # At most one charge per unit.
    units = Counter(
        attempts[ref].purchase_id for ref in (charged | bought) - world.contradicted
    )
    assert set(units.values()) <= {1}
    # A fenced reference is never sent again.
    for at, ref in world.engine.requests:
        if not ref:
            continue  # a question about the deposit
        fenced_at = attempts[ref].fenced_at
        assert fenced_at is None or at <= fenced_at.timestamp()
    settled = Purchase.objects.filter(status__in=["succeeded", "failed"])
    assert settled.count() >= PURCHASES_PER_SEED * 0.8
    assert world.seen["deaths"] > 10
    assert world.seen["unheard"] > 0
