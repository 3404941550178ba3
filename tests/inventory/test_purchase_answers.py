"""What each answer of a supplier leads to."""

from datetime import timedelta

import pytest

from inventory.models import (
    PurchaseAttempt,
)
from inventory.services import purchase_facts, purchases
from inventory.services.purchase_facts import WrongReference
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
)
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from tests.conftest import NOON
from tests.inventory.suppliers import (
    attempt_of,
    check,
    hear,
    make_account,
    map_product,
    send,
    state_of,
    submit,
    told,
)

MINUTE = timedelta(minutes=1)


def test_a_refusal_that_formed_nothing_goes_to_the_next_supplier(
    product, second, supplier, settled
):
    purchase = submit(product)
    first = attempt_of(purchase)
    supplier.answers = [FactState.NOT_FORMED]

    assert send(purchase) == ("open", "queued")

    first.refresh_from_db()
    attempt = attempt_of(purchase)
    assert (first.status, first.fenced_at, first.rc) == ("failed", NOON, "68")
    assert (attempt.account, attempt.ref_id) == (second, first.ref_id[:-1] + "2")
    assert send(purchase) == ("succeeded", "succeeded")
    assert [request.ref_id for request in supplier.asked] == [
        first.ref_id,
        attempt.ref_id,
    ]
    assert len(settled) == 1


def test_a_refusal_without_another_supplier_ends_the_purchase(
    product, supplier, settled
):
    purchase = submit(product)
    supplier.answers = [FactState.NOT_FORMED]

    assert send(purchase) == ("failed", "failed")

    assert settled == [(purchase.pk, "failed", "")]


@pytest.mark.parametrize("fields", [{"cost": 11_001}, {"is_available": False}])
def test_no_supplier_beyond_ceiling_or_off_is_used(product, supplier, fields):
    account = make_account(TOKO_DEWI, position=1)
    map_product(product, account, **fields)
    purchase = submit(product)
    supplier.answers = [FactState.NOT_FORMED]

    assert send(purchase) == ("failed", "failed")


def test_a_failed_transaction_counts_when_it_is_reported_twice(
    product, second, supplier
):
    purchase = submit(product)
    supplier.answers = [FactState.FAILED, FactState.FAILED]

    assert send(purchase) == ("open", "unknown")
    assert hear(purchase, FactState.FAILED, now=NOON + timedelta(seconds=59)) == (
        "open",
        "unknown",
    )
    assert check(purchase, now=NOON + MINUTE) == ("failed", "failed")

    # It had a transaction, so no other supplier is asked.
    assert PurchaseAttempt.objects.count() == 1


def test_a_failure_that_is_taken_back_does_not_count(product, supplier):
    purchase = submit(product)
    supplier.answers = [FactState.FAILED, FactState.PENDING, FactState.FAILED]

    send(purchase)
    check(purchase, now=NOON + MINUTE)
    assert check(purchase, now=NOON + 3 * MINUTE) == ("open", "unknown")

    assert hear(purchase, FactState.SUCCEEDED, now=NOON + 4 * MINUTE) == (
        "succeeded",
        "succeeded",
    )


@pytest.mark.parametrize(
    "answer", [FactState.PENDING, FactState.UNCLEAR, OutcomeUnknown("time-out")]
)
def test_an_unknown_outcome_waits_and_never_fails_over(
    product, second, supplier, settled, answer
):
    purchase = submit(product)
    supplier.answers = [answer]

    assert send(purchase) == ("open", "unknown")

    assert attempt_of(purchase).due_at == NOON + timedelta(seconds=20)
    with pytest.raises(purchases.OutcomeUnclear):
        purchases.give_up(purchase_id=purchase.pk, actor="x", reason="y", now=NOON)
    assert (PurchaseAttempt.objects.count(), settled) == (1, [])


def test_it_is_asked_about_with_the_same_reference_ever_more_seldom(product, supplier):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out")] * 9
    send(purchase)

    waits, now = [], NOON
    for _turn in range(7):
        due = attempt_of(purchase).due_at
        waits.append((due - now).total_seconds())
        now = due
        check(purchase, now=now - timedelta(seconds=1))  # not yet due
        check(purchase, now=now)

    assert waits == [20, 40, 80, 160, 300, 300, 300]
    assert len(supplier.asked) == 8
    assert {request.ref_id for request in supplier.asked} == {
        attempt_of(purchase).ref_id
    }


def test_a_refusal_of_a_question_says_nothing_about_the_purchase(
    product, second, supplier
):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out"), ProviderRefused("IP", "45")]
    send(purchase)

    assert check(purchase, now=NOON + MINUTE) == ("open", "unknown")


def test_after_an_unknown_outcome_no_transaction_has_to_be_said_twice(
    product, second, supplier
):
    purchase = submit(product)
    supplier.answers = [
        OutcomeUnknown("time-out"),
        FactState.NOT_FORMED,
        FactState.NOT_FORMED,
    ]
    send(purchase)

    assert check(purchase, now=NOON + MINUTE) == ("open", "unknown")
    assert check(purchase, now=NOON + 2 * MINUTE) == ("open", "queued")

    assert attempt_of(purchase).account == second


@pytest.mark.parametrize("hint", [FactState.PENDING, FactState.UNCLEAR])
def test_no_transaction_is_not_believed_after_one_was_seen(
    product, second, supplier, hint
):
    purchase = submit(product)
    supplier.answers = [hint, *[FactState.NOT_FORMED] * 3]
    send(purchase)

    for minutes in (1, 3, 8):
        assert check(purchase, now=NOON + minutes * MINUTE) == ("open", "unknown")


def test_a_request_that_did_not_leave_is_sent_later(product, supplier):
    purchase = submit(product)
    supplier.answers = [ProviderUnreachable("no route"), FactState.NOT_FORMED]

    assert send(purchase) == ("open", "queued")
    attempt = attempt_of(purchase)
    assert (attempt.calls, attempt.first_sent_at) == (0, None)

    # It is still the first request that may have arrived, so its refusal counts.
    assert send(purchase, now=attempt.due_at) == ("failed", "failed")


def test_a_supplier_that_stays_away_loses_the_purchase(product, second, supplier):
    purchase = submit(product)
    supplier.answers = [ProviderUnreachable("no route")] * 2
    send(purchase)
    first = attempt_of(purchase)

    send(purchase, now=NOON + 3 * MINUTE)

    first.refresh_from_db()
    assert (first.status, first.fenced_at) == ("failed", NOON + 3 * MINUTE)
    assert attempt_of(purchase).account == second


def test_a_refused_account_hands_over_or_calls_its_owner(product, supplier, settled):
    purchase = submit(product)
    supplier.answers = [ProviderRefused("IP", "45")]

    assert send(purchase) == ("needs_owner", "failed")

    assert settled == []


def test_an_empty_deposit_calls_the_owner(product, supplier):
    purchase = submit(product)
    supplier.answers = [
        lambda request: told(
            request.ref_id, FactState.NOT_FORMED, rc="44", is_account_trouble=True
        )
    ]

    assert send(purchase) == ("needs_owner", "failed")


def test_a_wrong_reference_changes_nothing(product, supplier):
    purchase = submit(product)

    with pytest.raises(WrongReference):
        purchase_facts.record_fact(
            attempt_id=attempt_of(purchase).pk,
            fact=told("T1-other-1", FactState.SUCCEEDED),
            actor="x",
            now=NOON,
        )

    assert state_of(purchase) == ("open", "queued")


def test_a_callback_before_the_answer_settles_once(product, supplier, settled):
    purchase = submit(product)

    def reports_first(request):
        hear(purchase, FactState.SUCCEEDED)
        return told(request.ref_id, FactState.PENDING)

    supplier.answers = [reports_first]

    assert send(purchase) == ("succeeded", "succeeded")
    assert hear(purchase, FactState.SUCCEEDED) == ("succeeded", "succeeded")
    assert len(settled) == 1


def test_a_late_success_is_evidence_and_not_another_outcome(
    product, second, supplier, settled
):
    purchase = submit(product)
    first = attempt_of(purchase)
    supplier.answers = [FactState.NOT_FORMED, FactState.SUCCEEDED]
    send(purchase)
    send(purchase)

    hear(purchase, FactState.SUCCEEDED, attempt=first, serial_number="LATE")

    first.refresh_from_db()
    assert (first.status, first.discrepancy, first.cost) == (
        "failed",
        "late_success",
        10_000,
    )
    assert first.serial_number.reveal() == "LATE"
    assert purchase.serial_number.reveal() != "LATE"
    assert len(settled) == 1


@pytest.mark.parametrize("state", [FactState.REFUNDED, FactState.FAILED])
def test_a_success_that_is_taken_back_is_evidence(product, supplier, settled, state):
    purchase = submit(product)
    send(purchase)

    assert hear(purchase, state) == ("succeeded", "succeeded")
    hear(purchase, state, now=NOON + MINUTE)

    attempt = attempt_of(purchase)
    assert (attempt.discrepancy, attempt.discrepancy_at) == ("reversed", NOON)
    assert len(settled) == 1


def test_a_price_above_the_ceiling_is_noticed(product, supplier):
    purchase = submit(product)
    supplier.answers = [
        lambda request: told(request.ref_id, FactState.SUCCEEDED, cost=11_001)
    ]

    assert send(purchase) == ("succeeded", "succeeded")

    assert (purchase.cost, attempt_of(purchase).discrepancy) == (11_001, "overcharged")
