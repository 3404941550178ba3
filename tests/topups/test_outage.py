"""A supplier dies in the middle of two hundred orders, and comes back."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from inventory.events import PurchaseProgressed, SupplierBack, SupplierDown
from inventory.models import BreakerEvent, PurchaseAttempt, SupplierAccount
from inventory.services import deposits, serving
from inventory.states import AttemptStatus, Breaker
from payments.models import MoneyPolicy, Order
from payments.states import OrderStatus
from ppob.kit.errors import DomainError
from ppob.kit.scope import no_tenant_scope
from tests import hearing
from tests.conftest import NOON
from tests.payments.invariants import violations
from tests.topups import deeds
from tests.topups.verdict import problems
from tests.topups.world import Script, World

ORDERS, DIES_AT, IS_BACK_AT = 200, 60, 140  # an order a second


@dataclass
class Watched:
    """What everybody saw while it happened."""

    sold: list[tuple[datetime, bool]] = field(default_factory=list)
    breakers: list[tuple[datetime, str]] = field(default_factory=list)
    most_waiting: int = 0  # paid orders that nobody has sent to the first supplier

    def note(self, world: World, first: SupplierAccount) -> None:
        judged = serving.serving_of([world.product], now=world.now)
        self.sold.append((world.now, judged[world.product.pk].is_possible))
        first.refresh_from_db()
        self.breakers.append((world.now, first.breaker))
        waiting = PurchaseAttempt.objects.filter(
            account=first, status=AttemptStatus.QUEUED
        )
        self.most_waiting = max(self.most_waiting, waiting.count())

    def changes(self, seen: list[tuple[datetime, Any]]) -> list[tuple[int, Any]]:
        """When something was another than before, in seconds from the beginning."""
        found = [seen[0]]
        for at, value in seen[1:]:
            if value != found[-1][1]:
                found.append((at, value))
        return [(int((at - NOON).total_seconds()), value) for at, value in found]


@pytest.fixture
def world(in_arcadia, monkeypatch, jobs):
    made = World(7, monkeypatch, jobs)
    MoneyPolicy.objects.update(undo_secs=0)
    for shop in made.shops.values():
        shop.is_steady = True
    return made


@pytest.fixture
def tried_elsewhere():
    """How often each purchase was said to be tried elsewhere."""
    told: Counter[int] = Counter()

    def note(event: PurchaseProgressed) -> None:
        if event.step.startswith("failed:"):
            told[event.purchase.pk] += 1

    with hearing.heard(PurchaseProgressed, read=note):
        yield told


@pytest.fixture
def news():
    """What the seller is told of."""
    told: list[str] = []
    with (
        hearing.heard(SupplierDown, read=lambda event: told.append(event.name)),
        hearing.heard(SupplierBack, read=lambda event: told.append(event.name)),
    ):
        yield told


def first_account(world: World) -> SupplierAccount:
    return min(world.accounts.values(), key=lambda each: each.position)


def buy(world: World) -> None:
    number = len(world.scripts)
    where = f"{10**8 + number}|2685"
    world.scripts.append(Script(number, world.customers[number % 5], where))
    deeds._place(world, world.scripts[-1])
    deeds.pay(world)


def let_a_second_pass(world: World) -> None:
    """Workers do what is waiting; what sweeps up comes each five seconds."""
    world.now += timedelta(seconds=1)
    with no_tenant_scope():
        if world.now.second % 5 == 0:
            for task in deeds.SWEEPS:
                task()
        world.jobs.run()
    while any(shop.take_callback() for shop in world.shops.values()):
        deeds.hear(world)


def live(
    world: World, watched: Watched, *, state: str, more: Callable[[], bool]
) -> None:
    first = first_account(world)
    shop = world.shops[first.kind]
    world.any_script = lambda: world.scripts[-1]  # who came last pays
    for second in range(ORDERS):
        shop.state = state if DIES_AT <= second < IS_BACK_AT else ""
        try:
            buy(world)
        except DomainError as refusal:
            world.refused[type(refusal).__name__] += 1
            world.scripts.pop()
        let_a_second_pass(world)
        watched.note(world, first)
    for _second in range(900):
        if not more():
            break
        let_a_second_pass(world)
        watched.note(world, first)
    for account in world.accounts.values():
        deposits.read_deposit(account_id=account.pk, now=world.now)


def is_open() -> bool:
    return (
        deeds._is_open()
        or SupplierAccount.objects.exclude(breaker=Breaker.CLOSED).exists()
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("state", ["lost", "away"])
def test_orders_go_elsewhere_and_come_back(
    world, state, tried_elsewhere, news, superuser, record_property
):
    first = first_account(world)
    watched = Watched()

    live(world, watched, state=state, more=is_open)

    moves = watched.changes(watched.breakers)
    opened = next(at for at, breaker in moves if breaker == Breaker.OPEN)
    record_property("opened after (s)", opened - DIES_AT)
    record_property("closed after (s)", moves[-1][0] - IS_BACK_AT)
    record_property("moves", moves)
    # Seconds, not minutes; and back soon after it is well, without coming and going.
    assert opened - DIES_AT <= 15
    assert moves[-1][1] == Breaker.CLOSED
    assert moves[-1][0] - IS_BACK_AT <= 90
    assert [breaker for _at, breaker in moves].count(Breaker.CLOSED) == 2
    assert watched.most_waiting < 10
    # The shop never closed: others deliver.
    assert watched.changes(watched.sold) == [(1, True)]
    assert world.refused == {}
    # Nobody lost anything, nobody has it twice, by the suppliers' own books.
    assert problems(world) == []
    assert violations(superuser, now=world.now) == {}
    done = (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
    assert Order.objects.filter(status__in=done).count() == ORDERS
    # Everybody whose order went elsewhere was told so once.
    moved = PurchaseAttempt.objects.filter(status="failed").exclude(fenced_at=None)
    assert set(tried_elsewhere.values()) <= {1}
    assert len(tried_elsewhere) == moved.count()
    # While it was out of order nothing new was sent there.
    broken = PurchaseAttempt.objects.filter(
        account=first,
        first_sent_at__gt=NOON + timedelta(seconds=opened + 1),
        first_sent_at__lt=NOON + timedelta(seconds=IS_BACK_AT),
    )
    assert not broken.exists()
    # And the seller heard of both once.
    assert news == ["supplier.down", "supplier.back"]


@pytest.mark.timeout(600)
def test_the_only_supplier_closes_the_shop_once(world, superuser, record_property):
    first = first_account(world)
    others = SupplierAccount.objects.exclude(pk=first.pk)
    others.update(is_active=False)
    watched = Watched()

    live(world, watched, state="lost", more=is_open)

    sold = watched.changes(watched.sold)
    record_property("sold", sold)
    # Grey once, back once, whatever probes and trials were made in between.
    assert [possible for _at, possible in sold] == [True, False, True]
    assert world.refused.keys() == {"NotServed"}
    assert problems(world) == []
    assert violations(superuser, now=world.now) == {}
    assert BreakerEvent.objects.filter(target=Breaker.OPEN).count() == 1
    waiting = Order.objects.filter(status=OrderStatus.REFUNDED)
    assert not waiting.exists()


def test_without_a_breaker_orders_wait_at_the_dead_supplier(world, monkeypatch):
    monkeypatch.setattr("inventory.services.breaker.is_broken", lambda _recent: False)
    watched = Watched()

    live(world, watched, state="away", more=lambda: False)

    assert {breaker for _at, breaker in watched.breakers} == {Breaker.CLOSED}
    assert watched.most_waiting > 40
