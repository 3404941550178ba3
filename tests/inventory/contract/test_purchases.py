"""Whatever a supplier does over HTTP: bought at most once, and only for our successes.

Everything of ours runs as in production, only the clock is moved. The simulator keeps
the truth.
"""

import pytest

from inventory.models import PurchaseAttempt
from inventory.simulator.faults import Fault
from ppob.kit.scope import tenant_scope
from security.models import InboxEvent
from tests.inventory.contract.stage import DEWI, RIZKY, account_of
from tests.inventory.suppliers import attempt_of

AFTER = [Fault.CUT_AFTER, Fault.ERROR_AFTER, Fault.HTML_AFTER, Fault.NEW_CODE]
BEFORE = [Fault.CUT_BEFORE, Fault.ERROR_BEFORE, Fault.HTML_BEFORE]


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("succeeds", "succeeded"),
        ("fails", "failed"),
        ("waits_then_succeeds", "succeeded"),
        ("waits_then_fails", "failed"),
    ],
)
def test_numbers_end_as_they_are_known_to(stage, number, outcome):
    purchase = stage.order(number)
    stage.live(secs=600)

    assert stage.status(purchase) == outcome
    assert PurchaseAttempt.objects.count() == len(stage.sold()) == 1
    stage.assert_books_agree()


@pytest.mark.parametrize("fault", [*AFTER, Fault.WRONG_REF])
def test_a_lost_answer_is_found_and_never_bought_twice(stage, fault):
    stage.control.fail_next(fault)

    purchase = stage.order()
    assert (stage.status(purchase), attempt_of(purchase).status) == ("open", "unknown")
    stage.hear_out()

    assert stage.status(purchase) == "succeeded"
    [sold] = stage.sold()
    assert stage.case.reference_of(attempt_of(purchase)) == sold["ref_id"]
    assert (sold["charges"], sold["deliveries"]) == (1, 1)
    stage.assert_books_agree()


@pytest.mark.parametrize("fault", BEFORE)
def test_what_never_arrived_is_not_bought_by_guessing(stage, fault):
    """Where asking is buying, it is bought by asking; elsewhere nobody knows."""
    stage.control.fail_next(fault)

    purchase = stage.order()
    stage.live(secs=300)

    is_bought = stage.case.asks_by_buying
    assert stage.status(purchase) == ("succeeded" if is_bought else "open")
    assert len(stage.sold()) == (1 if is_bought else 0)
    stage.live(secs=1800, step=60)
    assert stage.status(purchase) == ("succeeded" if is_bought else "needs_owner")
    assert PurchaseAttempt.objects.count() == 1


def test_silence_never_goes_on_to_another_account(stage):
    stage.connect(DEWI, position=1)
    stage.control.fail_next(Fault.CUT_BEFORE)

    purchase = stage.order()
    stage.live(secs=3600, step=60)

    assert [each.account for each in PurchaseAttempt.objects.all()] == [stage.account]
    assert len(stage.sold()) <= 1
    assert purchase.attempts.count() == 1


def test_two_same_purchases_that_would_not_be_told_apart_wait_for_each_other(stage):
    stage.control.fail_next(Fault.CUT_AFTER, times=2)

    first, second = stage.submit(), stage.submit()
    stage.work()
    keeps = stage.case.spec.keeps_our_reference
    assert len(stage.sold()) == (2 if keeps else 1)
    stage.live(secs=300)

    assert (stage.status(first), stage.status(second)) == ("succeeded", "succeeded")
    assert len(stage.sold()) == 2
    stage.assert_books_agree()


def test_two_same_purchases_at_once_whose_answers_were_lost(stage):
    """Two that were submitted in the same moment do not see each other."""
    stage.control.fail_next(Fault.CUT_AFTER, times=2)

    first = stage.submit()
    second = stage.submit(destination=stage.case.numbers.fails)
    target = attempt_of(first).target
    PurchaseAttempt.objects.filter(purchase=second).update(target=target)
    stage.work()
    stage.live(secs=300)

    assert len(stage.sold()) == 2
    keeps = stage.case.spec.keeps_our_reference
    expected = "succeeded" if keeps else "open"
    assert (stage.status(first), stage.status(second)) == (expected, expected)
    if not keeps:
        found = PurchaseAttempt.objects.values_list("status", "supplier_reference")
        assert list(found) == [("unknown", "")] * 2


def test_one_lost_answer_of_two_same_purchases_is_still_found(stage):
    first = stage.order()
    stage.control.fail_next(Fault.CUT_AFTER)

    second = stage.order()
    stage.hear_out()

    assert (stage.status(first), stage.status(second)) == ("succeeded", "succeeded")
    stage.assert_books_agree()


def test_what_the_owner_settled_by_hand_is_not_taken_for_the_next(stage):
    """The next one never arrived; what is found there may be the first one's order."""
    stage.control.fail_next(Fault.CUT_AFTER)
    first = stage.order()
    PurchaseAttempt.objects.filter(purchase=first).update(status="succeeded")
    stage.control.fail_next(Fault.CUT_BEFORE)

    second = stage.order()
    stage.live(secs=300)

    is_bought = stage.case.asks_by_buying
    assert stage.status(second) == ("succeeded" if is_bought else "open")
    assert len(stage.sold()) == (2 if is_bought else 1)


def test_callbacks_settle_once_repeated_and_in_any_order(stage):
    purchase = stage.order("waits_then_succeeds")
    reference = stage.case.reference_of(attempt_of(purchase))
    stage.control.report(reference)
    stage.control.finish(reference, stage.case.words.succeeded)
    stage.control.report(reference, times=2)
    callbacks = stage.control.list_callbacks()

    for callback in [*reversed(callbacks), *callbacks]:
        assert stage.post(callback).status_code == 200

    assert len(callbacks) == (4 if stage.case.reports_pending else 3)
    assert stage.status(purchase) == "succeeded"
    assert purchase.events.filter(attempt=None, target="succeeded").count() == 1
    assert attempt_of(purchase).discrepancy == ""
    stage.assert_books_agree()


def test_a_callback_may_come_before_the_answer(stage):
    stage.control.fail_next(Fault.CUT_AFTER)
    purchase = stage.order("waits_then_succeeds")
    [sold] = stage.sold()
    stage.control.finish(sold["ref_id"], stage.case.words.succeeded)

    for callback in stage.control.list_callbacks():
        assert stage.post(callback).status_code == 200
    stage.live(secs=120)

    assert stage.status(purchase) == "succeeded"
    stage.assert_books_agree()


def test_a_callback_for_another_store_is_refused(stage, borealis):
    with tenant_scope(borealis.pk):
        theirs = account_of(stage.case.spec, DEWI)
    purchase = stage.order("waits_then_succeeds")
    reference = stage.case.reference_of(attempt_of(purchase))
    stage.control.finish(reference, stage.case.words.succeeded)
    [callback] = stage.control.list_callbacks()
    keys = stage.case.spec.demo_keys[DEWI]
    forged, body = stage.case.callback(_with(stage.case.config, keys), reference)
    their_own = {"url": "", "headers": forged, "body": body}

    assert stage.post(callback, account=theirs).status_code == 401
    assert stage.post(their_own, account=stage.account).status_code == 401
    assert stage.post(their_own, account=theirs).status_code == 200

    assert stage.status(purchase) == "open"
    with tenant_scope(borealis.pk):
        assert InboxEvent.objects.get().result == "unknown reference"
    assert not InboxEvent.objects.exists()


def test_a_low_deposit_goes_on_to_the_next_account(stage):
    second = stage.connect(DEWI, position=1)
    keys = stage.case.spec.demo_keys[RIZKY]
    poor = keys[stage.case.spec.account_key.name]
    stage.control.switch(balance={poor: stage.case.price - 1})

    purchase = stage.order()

    tried = [each.account for each in purchase.attempts.order_by("pk")]
    assert tried == [stage.account, second]
    stage.hear_out()
    assert stage.status(purchase) == "succeeded"
    stage.assert_books_agree()


def test_an_address_that_is_not_allowed_calls_the_owner(stage):
    stage.control.switch(refuses_addresses=True)

    purchase = stage.order()

    assert stage.status(purchase) == "needs_owner"
    assert stage.sold() == []


def test_a_price_that_rose_is_not_paid_or_noticed(stage):
    stage.account.products.update(cost=1)

    purchase = stage.order(ceiling=stage.case.price - 1)
    stage.hear_out()

    is_bought = not stage.case.has_ceiling
    assert stage.status(purchase) == ("succeeded" if is_bought else "failed")
    assert len(stage.sold()) == is_bought
    attempt = attempt_of(purchase)
    noticed = ("overcharged", stage.case.price) if is_bought else ("", None)
    assert (attempt.discrepancy, attempt.cost) == noticed


def test_a_success_that_is_taken_back_is_evidence(stage):
    purchase = stage.order()
    stage.hear_out()
    assert stage.status(purchase) == "succeeded"
    reference = stage.case.reference_of(attempt_of(purchase))
    stage.control.change_mind(reference, stage.case.words.taken_back)

    for callback in stage.control.list_callbacks():
        stage.post(callback)

    assert stage.status(purchase) == "succeeded"
    assert attempt_of(purchase).discrepancy == "reversed"


def _with(config, keys):
    return type(config)(config.base_url, config.mode, dict(keys))
