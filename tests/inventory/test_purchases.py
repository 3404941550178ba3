"""Buying units at suppliers: what each answer leads to."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from inventory import signals
from inventory.models import (
    Purchase,
    PurchaseAttempt,
    PurchaseEvent,
    SupplierAccount,
    SupplierProduct,
)
from inventory.services import purchase_facts, purchases
from inventory.services.purchase_facts import WrongReference
from inventory.simulator.world import TOKO_DEWI
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
    SupplierRefused,
    SupplierUnreachable,
)
from inventory.tasks import sweep_purchases
from ppob.kit import clock
from ppob.kit.db import OutsideTransaction, unit_of_work
from ppob.kit.scope import no_tenant_scope
from tests.conftest import NOON
from tests.inventory.suppliers import (
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

MINUTE = timedelta(minutes=1)


@pytest.fixture
def account(in_arcadia):
    return make_account()


@pytest.fixture
def product(account):
    product = make_topup()
    map_product(product, account)
    return product


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def second(product):
    """Another account that can serve the same product."""
    account = make_account(TOKO_DEWI, position=1)
    map_product(product, account, cost=10_500)
    return account


@pytest.fixture
def settled():
    """What was announced as settled: the purchase's status at that moment."""
    seen = []

    def note(purchase, **_kwargs):
        seen.append((purchase.pk, purchase.status, purchase.serial_number.reveal()))

    signals.purchase_settled.connect(note)
    yield seen
    signals.purchase_settled.disconnect(note)


def send(purchase, *, now=NOON):
    purchases.send(attempt_id=attempt_of(purchase).pk, now=now)
    return state_of(purchase)


def check(purchase, *, now):
    purchases.check(attempt_id=attempt_of(purchase).pk, now=now)
    return state_of(purchase)


def state_of(purchase):
    purchase.refresh_from_db()
    return purchase.status, attempt_of(purchase).status


def hear(purchase, state, *, now=NOON, attempt=None, **fields):
    """The supplier reports by callback."""
    attempt = attempt or attempt_of(purchase)
    purchase_facts.record_fact(
        attempt_id=attempt.pk,
        fact=told(attempt.ref_id, state, **fields),
        actor="supplier:digiflazz",
        now=now,
    )
    return state_of(purchase)


def test_submitting_writes_the_purchase_and_its_first_attempt(product, account, jobs):
    holder = uuid4()

    purchase = submit(product, holder=holder, unit_no=2)

    attempt = attempt_of(purchase)
    assert (purchase.holder, purchase.unit_no, purchase.status) == (holder, 2, "open")
    assert purchase.due_at == NOON + timedelta(minutes=30)
    assert (attempt.account, attempt.sku, attempt.status) == (
        account,
        "xld10",
        "queued",
    )
    assert attempt.ref_id == f"T{product.tenant_id}-{purchase.public_id.hex[-12:]}-1"
    assert jobs.waiting == [
        (
            "inventory.advance_attempt",
            {"tenant_id": product.tenant_id, "attempt_id": attempt.pk},
        )
    ]


def test_submitting_the_same_unit_again_gives_the_same_purchase(product):
    holder = uuid4()

    first = submit(product, holder=holder)
    again = submit(product, holder=holder, now=NOON + MINUTE)

    assert first == again
    assert PurchaseAttempt.objects.count() == 1


def test_a_unit_cannot_be_asked_for_with_another_destination(product):
    holder = uuid4()
    submit(product, holder=holder)

    with pytest.raises(purchases.PurchaseDiffers):
        submit(product, "087800009999", holder=holder)

    assert Purchase.objects.get().destination == SUCCEEDS


def test_submitting_belongs_to_a_transaction(product):
    with pytest.raises(OutsideTransaction):
        purchases.submit(
            holder=uuid4(),
            unit_no=1,
            product=product,
            destination=SUCCEEDS,
            ceiling=1,
            now=NOON,
        )


def test_a_success_settles_the_purchase_with_its_serial_number(
    product, supplier, settled
):
    purchase = submit(product)

    assert send(purchase) == ("succeeded", "succeeded")

    attempt = attempt_of(purchase)
    assert purchase.serial_number.reveal() == f"SN-{attempt.ref_id}"
    assert (purchase.cost, attempt.cost, purchase.settled_at) == (10_000, 10_000, NOON)
    assert settled == [(purchase.pk, "succeeded", f"SN-{attempt.ref_id}")]
    moves = PurchaseEvent.objects.order_by("pk").values_list("source", "target")
    assert list(moves) == [
        ("", "open"),
        ("", "queued"),
        ("queued", "sending"),
        ("sending", "succeeded"),
        ("open", "succeeded"),
    ]


def test_the_serial_number_is_sealed(product, supplier, superuser):
    send(submit(product))

    rows = superuser.execute(
        "SELECT p.serial_number, a.serial_number FROM inventory_purchase p"
        " JOIN inventory_purchaseattempt a ON a.purchase_id = p.id"
    ).fetchone()
    assert all(rows)
    assert not any(b"SN-" in bytes(sealed) for sealed in rows)


def test_a_sent_attempt_is_not_sent_again(product, supplier):
    purchase = submit(product)
    supplier.answers = [FactState.PENDING]

    send(purchase)
    send(purchase, now=NOON + timedelta(hours=1))

    assert len(supplier.asked) == 1


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
    supplier.answers = [OutcomeUnknown("time-out"), SupplierRefused("IP", "45")]
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


def test_no_transaction_is_not_believed_after_one_was_seen(product, second, supplier):
    purchase = submit(product)
    supplier.answers = [FactState.PENDING, *[FactState.NOT_FORMED] * 3]
    send(purchase)

    for minutes in (1, 3, 8):
        assert check(purchase, now=NOON + minutes * MINUTE) == ("open", "unknown")


def test_a_request_that_did_not_leave_is_sent_later(product, supplier):
    purchase = submit(product)
    supplier.answers = [SupplierUnreachable("no route"), FactState.NOT_FORMED]

    assert send(purchase) == ("open", "queued")
    attempt = attempt_of(purchase)
    assert (attempt.calls, attempt.first_sent_at) == (0, None)

    # It is still the first request that may have arrived, so its refusal counts.
    assert send(purchase, now=attempt.due_at) == ("failed", "failed")


def test_a_supplier_that_stays_away_loses_the_purchase(product, second, supplier):
    purchase = submit(product)
    supplier.answers = [SupplierUnreachable("no route")] * 2
    send(purchase)
    first = attempt_of(purchase)

    send(purchase, now=NOON + 3 * MINUTE)

    first.refresh_from_db()
    assert (first.status, first.fenced_at) == ("failed", NOON + 3 * MINUTE)
    assert attempt_of(purchase).account == second


def test_a_refused_account_hands_over_or_calls_its_owner(product, supplier, settled):
    purchase = submit(product)
    supplier.answers = [SupplierRefused("IP", "45")]

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
    assert (first.status, first.surprise, first.cost) == (
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
    assert (attempt.surprise, attempt.surprise_at) == ("reversed", NOON)
    assert len(settled) == 1


def test_a_price_above_the_ceiling_is_noticed(product, supplier):
    purchase = submit(product)
    supplier.answers = [
        lambda request: told(request.ref_id, FactState.SUCCEEDED, cost=11_001)
    ]

    assert send(purchase) == ("succeeded", "succeeded")

    assert (purchase.cost, attempt_of(purchase).surprise) == (11_001, "overcharged")


def test_an_attempt_left_in_the_middle_of_a_call_is_asked_about(product, supplier):
    purchase = submit(product)
    supplier.answers = [lambda request: 1 / 0]
    with pytest.raises(ZeroDivisionError):
        send(purchase)

    assert state_of(purchase) == ("open", "sending")
    check(purchase, now=NOON + timedelta(seconds=119))
    assert len(supplier.asked) == 1
    assert check(purchase, now=NOON + 2 * MINUTE) == ("succeeded", "succeeded")


@pytest.mark.parametrize("age", [timedelta(hours=24), timedelta(days=91)])
def test_an_old_reference_is_not_sent_by_itself(product, supplier, age):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out")]
    send(purchase)

    assert check(purchase, now=NOON + age) == ("needs_owner", "unknown")
    check(purchase, now=NOON + age + MINUTE)

    assert len(supplier.asked) == 1
    assert attempt_of(purchase).due_at is None


def test_until_a_day_has_passed_it_is_asked_about(product, supplier):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out")]
    send(purchase)

    assert check(purchase, now=NOON + timedelta(hours=23)) == ("succeeded", "succeeded")


def test_giving_up_fences_what_was_not_sent(product, supplier, settled):
    purchase = submit(product)

    for _turn in range(2):
        purchases.give_up(
            purchase_id=purchase.pk, actor="user:1", reason="refund", now=NOON
        )
    purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)
    purchases.check(attempt_id=attempt_of(purchase).pk, now=NOON + MINUTE)

    assert state_of(purchase) == ("failed", "failed")
    assert (attempt_of(purchase).fenced_at, supplier.asked) == (NOON, [])
    assert len(settled) == 1


def test_what_was_bought_cannot_be_given_up(product, supplier):
    purchase = submit(product)
    send(purchase)

    with pytest.raises(purchases.AlreadyBought):
        purchases.give_up(purchase_id=purchase.pk, actor="x", reason="", now=NOON)


def test_sweeping_sends_asks_routes_and_hands_over(
    product, account, supplier, jobs, monkeypatch
):
    SupplierAccount.objects.filter(pk=account.pk).update(is_active=False)
    waiting = submit(product)
    assert not PurchaseAttempt.objects.exists()
    SupplierAccount.objects.filter(pk=account.pk).update(is_active=True)
    supplier.answers = [OutcomeUnknown("time-out"), FactState.PENDING]

    seen = []
    for seconds in (5, 6, 30, 29 * 60, 30 * 60):
        moment = NOON + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        with no_tenant_scope():
            sweep_purchases()
            jobs.run()
        seen.append(state_of(waiting))

    assert seen == [
        ("open", "unknown"),
        ("open", "unknown"),
        ("open", "unknown"),
        ("succeeded", "succeeded"),
        ("succeeded", "succeeded"),
    ]


def test_what_is_open_for_too_long_needs_its_owner(product, supplier):
    purchase = submit(product)
    late = NOON + timedelta(minutes=30)

    purchases.hand_to_owner(purchase_id=purchase.pk, now=late - timedelta(seconds=1))
    assert state_of(purchase)[0] == "open"
    purchases.hand_to_owner(purchase_id=purchase.pk, now=late)

    assert state_of(purchase) == ("needs_owner", "queued")
    assert purchase.due_at == late + timedelta(hours=24)
    send(purchase, now=late)
    assert supplier.asked == []


def test_the_database_keeps_a_second_attempt_and_a_second_use_away(product, account):
    purchase = submit(product)
    attempt = attempt_of(purchase)
    other = submit(product)

    with pytest.raises(IntegrityError, match="attempt_one_not_failed"):
        _copy(attempt_of(purchase), ref_id="T-other")
    with pytest.raises(IntegrityError, match="attempt_ref_once"):
        _copy(attempt_of(other), ref_id=attempt.ref_id, status="failed", fenced_at=NOON)
    with pytest.raises(IntegrityError, match="purchase_once_per_unit"):
        Purchase.objects.filter(pk=other.pk).update(holder=purchase.holder)
    with pytest.raises(IntegrityError, match="attempt_fenced_when_failed"):
        PurchaseAttempt.objects.filter(pk=attempt.pk).update(status="failed")


def _copy(attempt, **changes):
    with unit_of_work("tests.copy"):
        attempt.pk = None
        attempt.public_id = uuid4()
        for name, value in changes.items():
            setattr(attempt, name, value)
        attempt.save(force_insert=True)


def test_real_accounts_come_before_pretended_ones(product, account):
    real = make_account(TOKO_DEWI, is_test=False, position=9)
    map_product(product, real)

    assert attempt_of(submit(product)).account == real
    SupplierProduct.objects.filter(account=real).update(is_available=False)
    assert not submit(product).attempts.exists()
