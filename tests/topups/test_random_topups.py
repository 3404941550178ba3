"""Each order has its diamonds or its money, whatever dies in between."""

import os

import pytest

from inventory.models import Purchase, PurchaseAttempt
from inventory.services import purchase_facts
from inventory.states import PurchaseStatus
from inventory.suppliers.base import FactState
from payments.models import Order
from ppob.kit import failpoints
from tests.inventory.suppliers import told
from tests.payments.invariants import violations
from tests.topups.deeds import live
from tests.topups.verdict import problems
from tests.topups.world import World

SCRIPTS = 110  # of one store
SEEDS = -(-int(os.environ.get("TOPUP_SCRIPTS", 3 * SCRIPTS)) // SCRIPTS)
FIRST_SEED = int(os.environ.get("TOPUP_SEED", 1))
SELDOM = 10  # at a place that is passed more often, somebody has died


@pytest.fixture
def world(request, in_arcadia, monkeypatch, jobs):
    made = World(request.param, monkeypatch, jobs)
    failpoints.install(made.pass_place)
    yield made
    failpoints.install(None)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("world", range(FIRST_SEED, FIRST_SEED + SEEDS), indirect=True)
def test_nothing_is_lost_or_doubled(world, superuser, record_property):
    live(world, SCRIPTS)

    found = problems(world)
    bought = Purchase.objects.filter(status=PurchaseStatus.SUCCEEDED)
    for name, count in {
        "scripts": len(world.scripts),
        "orders": Order.objects.count(),
        "bought": bought.count(),
        "deaths": sum(world.died.values()),
        "violations": len(found),
    }.items():
        record_property(name, count)
    assert found == []
    assert violations(superuser, now=world.now) == {}
    assert bought.count() > SCRIPTS * 0.1
    used = bought.values_list("attempts__account__kind", flat=True)
    assert len(set(used)) > 1
    unhurt = {name for name, times in world.passed.items() if times > SELDOM}
    assert unhurt <= set(world.died)


@pytest.mark.parametrize("world", [1], indirect=True)
def test_a_silence_that_is_taken_for_a_failure_is_noticed(world, monkeypatch):
    def take_for_a_failure(*, attempt_id, actor, now):
        reference = PurchaseAttempt.objects.get(pk=attempt_id).ref_id
        fact = told(reference, FactState.NOT_FORMED)
        purchase_facts.record_fact(
            attempt_id=attempt_id, fact=fact, actor=actor, now=now, is_answer=True
        )

    monkeypatch.setattr(purchase_facts, "record_silence", take_for_a_failure)

    live(world, 60)

    assert problems(world) != []
