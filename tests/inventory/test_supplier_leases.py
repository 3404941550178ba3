"""One worker asks a supplier at a time; real goods come from real accounts."""

from datetime import timedelta

import pytest

from inventory.models import PurchaseAttempt, SupplierAccount
from inventory.services import purchase_resolution, purchase_routes, purchases
from inventory.services.purchases import CALL_LEASE
from inventory.suppliers.base import FactState, OutcomeUnknown, ProviderUnreachable
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from tests.conftest import NOON
from tests.factories import make_member
from tests.inventory.suppliers import (
    attempt_of,
    make_account,
    make_topup,
    map_product,
    send,
    state_of,
    submit,
)

INSTANT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def calls_of(attempt):
    return {
        "send": lambda now: purchases.send(attempt_id=attempt.pk, now=now),
        "check": lambda now: purchases.check(attempt_id=attempt.pk, now=now),
        "ask now": lambda now: purchases.ask_now(attempt_id=attempt.pk, now=now),
        "advance": lambda now: purchases.advance(attempt_id=attempt.pk, now=now),
    }


@pytest.fixture
def bystander(product):
    """Another buyer's purchase of the same product, which waits to be sent."""
    return submit(product)


@pytest.mark.parametrize("call", ["send", "check", "ask now", "advance"])
@pytest.mark.parametrize(
    "moment", [NOON, NOON + CALL_LEASE / 2, NOON + CALL_LEASE - INSTANT]
)
def test_while_one_is_on_the_wire_nobody_else_asks(
    product, supplier, bystander, call, moment
):
    purchase = submit(product)
    during = []

    def second_caller(request):
        calls_of(attempt_of(purchase))[call](moment)
        during.append(len(supplier.asked))
        raise OutcomeUnknown("ReadTimeout")

    supplier.answers = [second_caller]

    assert send(purchase) == ("open", "unknown")
    assert during == [1]
    assert [request.ref_id for request in supplier.asked] == [
        attempt_of(purchase).ref_id
    ]
    assert state_of(bystander) == ("open", "queued")


@pytest.mark.parametrize("call", ["check", "ask now", "advance"])
def test_after_its_lease_a_call_is_taken_over_as_a_question(product, supplier, call):
    """Its worker died on the wire: the same reference is asked about, never bought."""
    purchase = submit(product)
    attempt = attempt_of(purchase)
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(
        status="sending",
        calls=1,
        first_sent_at=NOON,
        claimed_until=NOON + CALL_LEASE,
        due_at=NOON + CALL_LEASE,
    )
    asked = []
    supplier.look_up = lambda request: asked.append(request) or supplier.buy(request)

    calls_of(attempt)[call](NOON + CALL_LEASE - INSTANT)
    assert asked == []
    calls_of(attempt)[call](NOON + CALL_LEASE)

    assert [request.ref_id for request in asked] == [attempt.ref_id]
    assert state_of(purchase) == ("succeeded", "succeeded")


def test_two_questions_do_not_run_at_once(product, supplier):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("ReadTimeout")]
    send(purchase)
    attempt = attempt_of(purchase)
    during = []

    def second_caller(request):
        for call in ("check", "ask now"):
            calls_of(attempt)[call](NOON + HOUR)
        during.append(len(supplier.asked))
        raise OutcomeUnknown("ReadTimeout")

    supplier.answers = [second_caller]
    purchases.ask_now(attempt_id=attempt.pk, now=NOON + HOUR)

    assert during == [2]  # the purchase itself and one question
    assert len(supplier.asked) == 2


@pytest.mark.parametrize("decide", ["mark_succeeded", "mark_failed", "try_again"])
def test_nobody_decides_about_a_purchase_that_is_on_the_wire(product, supplier, decide):
    owner, purchase = make_member(), submit(product)
    supplier.answers = [OutcomeUnknown("ReadTimeout")]
    send(purchase)
    purchases.hand_to_owner(purchase_id=purchase.pk, now=NOON + HOUR)
    PurchaseAttempt.objects.update(claimed_until=NOON + HOUR + CALL_LEASE)
    more = {"serial_number": "SN"} if decide == "mark_succeeded" else {}
    more |= {} if decide == "try_again" else {"reason": "seen there"}

    with pytest.raises(purchase_resolution.BeingSent):
        getattr(purchase_resolution, decide)(
            actor=owner, purchase=purchase, now=NOON + HOUR, **more
        )

    assert state_of(purchase) == ("needs_owner", "unknown")


# --- Real and pretended ---------------------------------------------------------------


@pytest.fixture
def real(in_arcadia):
    """A real account and a pretended one that both serve the same product."""
    product = make_topup()
    live = make_account(is_test=False, position=0)
    test = make_account(is_test=True, position=1)
    for account in (live, test):
        map_product(product, account)
    return product, live, test


@pytest.mark.parametrize(
    "failure",
    [FactState.NOT_FORMED, ProviderUnreachable("ConnectError")],
)
def test_a_real_purchase_never_goes_on_to_a_test_account(real, supplier, failure):
    product, live, _test = real
    purchase = submit(product)
    supplier.answers = [failure] * 3

    send(purchase)
    later = NOON + timedelta(minutes=20)
    purchases.send(attempt_id=attempt_of(purchase).pk, now=later)

    used = PurchaseAttempt.objects.values_list("account_id", flat=True)
    assert set(used) == {live.pk}
    assert not PurchaseAttempt.objects.filter(status="succeeded").exists()


def test_a_pretended_purchase_never_goes_on_to_a_real_account(in_arcadia, supplier):
    product = make_topup()
    test = make_account(is_test=True, position=0)
    map_product(product, test)
    purchase = submit(product)
    live = make_account(is_test=False, position=1)  # connected in the meantime
    map_product(product, live)
    supplier.answers = [FactState.NOT_FORMED]

    send(purchase)

    used = PurchaseAttempt.objects.values_list("account_id", flat=True)
    assert set(used) == {test.pk}


@pytest.mark.parametrize("is_active", [True, False])
def test_a_real_account_that_cannot_serve_is_not_replaced_by_a_pretended_one(
    real, is_active
):
    product, live, test = real
    SupplierAccount.objects.filter(pk=live.pk).update(is_active=is_active)
    other = make_account(TOKO_DEWI, is_test=False, position=2)
    map_product(product, other, is_available=False)
    purchase = submit(product)

    assert {attempt.account_id for attempt in purchase.attempts.all()} == (
        {live.pk} if is_active else set()
    )
    route = purchase_routes.find_route(purchase, now=NOON, again=True)
    assert (route and route.account_id) == (live.pk if is_active else None)
    assert test.is_test
