"""Random lives of purchases: what was charged is what we count, once per unit."""

import random
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from inventory.models import Purchase, PurchaseAttempt
from inventory.services import purchases, supplier_callbacks
from inventory.simulator.engine import Engine, NotPossible
from inventory.simulator.world import BUYERS
from ppob.kit import failpoints
from ppob.kit.errors import DomainError
from security.models import InboxEvent
from security.states import InboxStatus
from tests.conftest import NOON
from tests.inventory.shop import Killed, connect
from tests.inventory.suppliers import make_account, make_topup, map_product, submit

PURCHASES_PER_SEED = 130
OUTCOMES = [
    *[""] * 6,
    *["03>00", "03>02", "99>00", "02", "01", "53", "43", "62", "68", "80", "47", "49"],
]
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
        due = PurchaseAttempt.objects.filter(due_at__lte=self.now).values_list("pk")
        for (attempt_id,) in self.dice.sample(list(due), min(4, len(due))):
            self.act(
                lambda pk=attempt_id: purchases.advance(attempt_id=pk, now=self.now)
            )

    def report(self):
        """The supplier's callbacks come in any order, some of them twice."""
        self.engine.flip_due()
        waiting = self.engine.callbacks
        for _turn in range(min(3, len(waiting))):
            callback = self.dice.choice(waiting)
            if self.dice.random() < 0.8:
                waiting.remove(callback)
            self.act(lambda callback=callback: self._hear(callback))

    def _hear(self, callback):
        account = self.accounts[callback.url.rstrip("/").split("/")[-2]]
        event = supplier_callbacks.receive(
            kind="digiflazz",
            account_id=account.public_id,
            headers={"X-Hub-Signature": callback.signature},
            body=callback.body.encode(),
            now=self.now,
        )
        supplier_callbacks.process(event_id=event.pk, now=self.now)

    def sweep_inbox(self):
        """Callbacks whose worker died are worked on by the next one."""
        waiting = InboxEvent.objects.filter(
            status=InboxStatus.RECEIVED, due_at__lte=self.now
        )
        for event in waiting:
            self.act(
                lambda pk=event.pk: supplier_callbacks.process(
                    event_id=pk, now=self.now
                )
            )

    def look_after(self):
        """What the sweepers do besides calling."""
        purchase = self.dice.choice(self.purchases)
        self.act(lambda: purchases.hand_to_owner(purchase_id=purchase.pk, now=self.now))
        self.act(
            lambda: purchases.find_supplier_again(purchase_id=purchase.pk, now=self.now)
        )

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

    def live(self):
        deeds = [self.work] * 5 + [self.report] * 3
        deeds += [self.look_after, self.give_up, self.sweep_inbox]
        failpoints.install(self._die)
        try:
            while len(self.purchases) < PURCHASES_PER_SEED:
                self.submit()
                for deed in self.dice.choices([*deeds, self.change_mind], k=3):
                    deed()
                self.now += timedelta(seconds=self.dice.choice([0, 1, 10, 30, 90]))
            self.calm = True
            for _turn in range(150):
                self.now += timedelta(seconds=60)
                self.work()
                self.report()
                self.sweep_inbox()
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
    undecided = {ref for ref, each in attempts.items() if each.due_at is not None}
    contradicted = world.contradicted
    bought = {ref for ref, each in attempts.items() if each.status == "succeeded"}

    # Every charge is one of our successes and the reverse, whatever the supplier did.
    assert (charged ^ bought) - contradicted - undecided == set()
    # At most one charge per unit.
    units = Counter(
        attempts[ref].purchase_id for ref in (charged | bought) - contradicted
    )
    assert set(units.values()) <= {1}
    # What a supplier contradicted is somebody's business.
    for ref in contradicted & (charged ^ bought):
        assert attempts[ref].surprise or ref in undecided
    # A fenced reference is never sent again.
    for at, ref in world.engine.requests:
        fenced_at = attempts[ref].fenced_at
        assert fenced_at is None or at <= fenced_at.timestamp()
    # Nothing is left in the middle of nowhere.
    assert PurchaseAttempt.objects.filter(status="sending").count() == 0
    settled = Purchase.objects.filter(status__in=["succeeded", "failed"])
    assert settled.count() >= PURCHASES_PER_SEED * 0.8
    assert world.seen["deaths"] > 10
