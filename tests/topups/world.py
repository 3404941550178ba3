"""A store that sells diamonds from five suppliers, its buyers, and what they paid."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from catalog.games import find_game
from inventory.models import PurchaseAttempt, SupplierAccount
from inventory.services.supplier_clients import callback_url
from payments.models import Order, Payment
from ppob.kit import clock
from ppob.kit.errors import DomainError
from tests.conftest import NOON, Jobs
from tests.factories import CategoryFactory, make_customer, make_member, make_policy
from tests.inventory.contract.stage import RIZKY, account_of
from tests.inventory.shop import Killed
from tests.inventory.suppliers import make_topup, map_product
from tests.payments.acts import open_transfer
from tests.topups.suppliers import COSTS, SKUS, open_shops

PRICE, UNDO_SECS = 25_000, 20
BUYERS, BUSY = 5, 8
ALWAYS_DIES, DIES = 0.5, 0.03  # at a place where nobody has died yet, and later


@dataclass
class Script:
    """One buyer's top-up: who, for which account, and how far it has come."""

    number: int
    customer: Any
    destination: str
    order: Order | None = None
    payments: list[Payment] = field(default_factory=list)


class World:
    """One store, five suppliers, a clock, and the dice."""

    def __init__(self, seed: int, patch: Any, jobs: Jobs) -> None:
        self.dice = random.Random(seed)
        self.now = NOON
        self.jobs = jobs
        self.is_calm = False
        patch.setattr(clock, "now", lambda: self.now)
        self.shops = open_shops(
            patch, self.dice, lambda: self.now.timestamp(), self._watch
        )
        self.refused: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self.died: Counter[str] = Counter()
        self.asked_fenced: list[str] = []
        self.paid: dict[int, Payment] = {}  # what really came in
        self.owners_words: dict[str, int] = {}  # an order at a supplier: our attempt
        self.scripts: list[Script] = []
        self._furnish()

    def _furnish(self) -> None:
        make_policy(undo_secs=UNDO_SECS, wallet_limit=20_000_000)
        fields = [dict(each) for each in find_game("ML").destination_fields]
        game = CategoryFactory(code="ML", destination_fields=fields)
        self.product = make_topup(price=PRICE, category=game)
        self.method = open_transfer()
        self.owner = make_member()
        self.customers = [make_customer(f"buyer{number}") for number in range(BUYERS)]
        self.accounts: dict[str, SupplierAccount] = {}
        codes = list(self.shops)
        self.dice.shuffle(codes)
        for position, code in enumerate(codes):
            account = account_of(self.shops[code].spec, RIZKY, position=position)
            map_product(self.product, account, sku=SKUS[code], cost=COSTS[code])
            self.accounts[code] = account
            self.shops[code].listen(callback_url(account))

    def _watch(self, reference: str) -> None:
        known = PurchaseAttempt.objects.filter(ref_id=reference)
        if known.exclude(fenced_at=None).exists():
            self.asked_fenced.append(reference)

    def pass_place(self, name: str) -> None:
        """A place where a process may die has been reached."""
        self.passed[name] += 1
        chance = DIES if self.died[name] else ALWAYS_DIES
        if not self.is_calm and self.dice.random() < chance:
            self.died[name] += 1
            raise Killed(name)

    def attempt(self, deed: Callable[[], object]) -> None:
        """Do it, unless that is refused, or its process dies."""
        try:
            deed()
        except Killed:
            pass
        except DomainError as refusal:
            self.refused[type(refusal).__name__] += 1

    def any_script(self) -> Script:
        """One of those who came lately."""
        return self.dice.choice(self.scripts[-BUSY:])

    def pass_secs(self, secs: float) -> None:
        self.now += timedelta(seconds=secs)

    def calm_down(self) -> None:
        """From now on nobody dies, and the suppliers do what they are asked for."""
        self.is_calm = True
        for shop in self.shops.values():
            shop.calm()
        SupplierAccount.objects.update(is_active=True)
