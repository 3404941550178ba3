"""Several workers at one purchase, and workers that die anywhere in between."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from inventory.models import Purchase, PurchaseAttempt
from inventory.services import purchase_facts, purchases
from inventory.suppliers.base import FactState
from inventory.suppliers.digiflazz.simulator.engine import Engine
from ppob.kit.errors import DomainError
from tests.conftest import NOON
from tests.inventory.shop import Deaths, Killed, connect
from tests.inventory.suppliers import (
    PENDING_THEN_SUCCEEDS,
    SUCCEEDS,
    Scripted,
    attempt_of,
    make_account,
    make_topup,
    map_product,
    served_by,
    submit,
    told,
)
from tests.payments.racing import at_once, meeting

ROUNDS = 5


@pytest.fixture
def product(in_arcadia):
    product = make_topup()
    map_product(product, make_account())
    return product


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


def test_two_workers_make_one_call(product, supplier):
    for turn in range(1, ROUNDS + 1):
        attempt = attempt_of(submit(product))
        at_once([partial(purchases.send, attempt_id=attempt.pk, now=NOON)] * 3)

        assert len(supplier.asked) == turn
        attempt.refresh_from_db()
        assert (attempt.status, attempt.calls) == ("succeeded", 1)


def test_without_the_claim_both_would_call(product, supplier, monkeypatch):
    """The control: looking and then acting sends it twice."""
    meet = meeting(2)

    def look(attempt_id, now):
        attempt = PurchaseAttempt.objects.select_related("account", "purchase").get(
            pk=attempt_id
        )
        meet()
        return attempt

    monkeypatch.setattr(purchases, "_claim_send", look)
    attempt = attempt_of(submit(product))
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(
        status="sending", first_sent_at=NOON
    )

    at_once([partial(purchases.send, attempt_id=attempt.pk, now=NOON)] * 2)

    assert len(supplier.asked) == 2


def test_two_workers_ask_once(product, supplier):
    purchase = submit(product)
    supplier.answers = [FactState.PENDING, FactState.PENDING]
    purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)
    due = attempt_of(purchase).due_at

    at_once([partial(purchases.check, attempt_id=attempt_of(purchase).pk, now=due)] * 3)

    assert len(supplier.asked) == 2


def test_a_purchase_is_given_up_or_sent_and_never_both(product, supplier):
    for _round in range(ROUNDS):
        supplier.asked.clear()
        purchase = submit(product)
        attempt = attempt_of(purchase)

        given_up, _sent = at_once(
            [
                partial(
                    purchases.give_up,
                    purchase_id=purchase.pk,
                    actor="x",
                    reason="",
                    now=NOON,
                ),
                partial(purchases.send, attempt_id=attempt.pk, now=NOON),
            ]
        )

        purchase.refresh_from_db()
        was_refused = isinstance(given_up, DomainError)
        assert purchase.status == ("succeeded" if was_refused else "failed")
        assert len(supplier.asked) == was_refused


def test_the_same_unit_is_submitted_once(product):
    for _round in range(ROUNDS):
        holder = uuid4()

        made = at_once([partial(submit, product, holder=holder)] * 4)

        assert len({purchase.pk for purchase in made}) == 1
        assert PurchaseAttempt.objects.filter(purchase=made[0]).count() == 1


def test_news_of_the_same_success_settles_once(product, supplier):
    purchase = submit(product)
    supplier.answers = [FactState.PENDING]
    attempt = attempt_of(purchase)
    purchases.send(attempt_id=attempt.pk, now=NOON)

    at_once(
        [
            partial(
                purchase_facts.record_fact,
                attempt_id=attempt.pk,
                fact=told(attempt.ref_id, FactState.SUCCEEDED),
                actor="x",
                now=NOON,
            )
        ]
        * 4
    )

    purchase.refresh_from_db()
    assert purchase.status == "succeeded"
    assert purchase.events.filter(target="succeeded").count() == 2


@pytest.mark.parametrize("destination", [SUCCEEDS, PENDING_THEN_SUCCEEDS])
def test_a_worker_may_die_anywhere(product, monkeypatch, destination):
    moment = NOON
    engine = Engine(clock=lambda: moment.timestamp(), flip_secs=60)
    connect(monkeypatch, engine)

    def live(purchase, deaths):
        """One worker's life with this purchase; the next one starts when it died."""
        nonlocal moment
        with deaths:
            for _turn in range(30):
                moment += timedelta(seconds=30)
                engine.flip_due()
                attempt = attempt_of(purchase)
                try:
                    purchases.advance(attempt_id=attempt.pk, now=moment)
                except Killed:
                    continue

    clean = Deaths()
    live(submit(product, destination, now=moment), clean)
    assert len(clean.passed) >= 6

    for place in range(len(clean.passed)):
        purchase = submit(product, destination, now=moment)
        deaths = Deaths(at=place)
        live(purchase, deaths)

        assert len(deaths.passed) > place
        purchase.refresh_from_db()
        assert purchase.status == "succeeded", clean.passed[place]

    assert Purchase.objects.count() == len(clean.passed) + 1
    assert len(engine.transactions) == len(clean.passed) + 1
    assert all(each.deliveries == 1 for each in engine.transactions.values())
