"""The owner decides about purchases that did not end by themselves."""

from datetime import timedelta

import pytest

from inventory import selectors
from inventory.events import PurchaseContradicted
from inventory.models import Purchase, PurchaseAttempt
from inventory.services import purchase_facts, purchase_resolution, purchases
from inventory.services.purchase_resolution import BeingSent, NotYours
from inventory.suppliers.base import FactState, OutcomeUnknown, ProviderRefused
from ppob.kit.errors import InvalidInput, NotAllowed
from security.models import AuditEntry
from tenants.states import Role
from tests import hearing
from tests.conftest import NOON
from tests.factories import make_member
from tests.inventory.suppliers import (
    Scripted,
    attempt_of,
    make_account,
    make_topup,
    map_product,
    served_by,
    submit,
    told,
)

LATER = NOON + timedelta(minutes=30)


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def product(in_arcadia):
    product = make_topup()
    map_product(product, make_account())
    return product


@pytest.fixture
def owner(in_arcadia):
    return make_member()


@pytest.fixture
def stalled(product, supplier):
    """Sent, outcome unknown, open for half an hour."""
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out")]
    purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)
    purchases.hand_to_owner(purchase_id=purchase.pk, now=LATER)
    purchase.refresh_from_db()
    return purchase


@pytest.fixture
def refused(product, supplier):
    """The account was refused; nothing was sent that could have bought."""
    purchase = submit(product)
    supplier.answers = [ProviderRefused("IP", "45")]
    purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)
    purchase.refresh_from_db()
    return purchase


def deeds():
    return list(
        AuditEntry.objects.filter(action__startswith="purchase.").values_list(
            "action", "actor", "reason"
        )
    )


def test_the_owner_saw_that_it_was_bought(stalled, owner):
    purchase_resolution.mark_succeeded(
        actor=owner,
        purchase=stalled,
        serial_number=" 7041 ",
        reason="Seen in the supplier's history",
        now=LATER,
    )

    stalled.refresh_from_db()
    assert (stalled.status, stalled.serial_number.reveal()) == ("succeeded", "7041")
    assert attempt_of(stalled).status == "succeeded"
    assert deeds() == [
        (
            "purchase.marked_succeeded",
            owner.name,
            "Seen in the supplier's history",
        )
    ]


def test_the_owner_saw_that_nothing_was_bought(stalled, owner, supplier):
    purchase_resolution.mark_failed(
        actor=owner, purchase=stalled, reason="Not in the history", now=LATER
    )

    stalled.refresh_from_db()
    attempt = attempt_of(stalled)
    assert (stalled.status, attempt.status) == ("failed", "failed")
    assert attempt.fenced_at == LATER
    purchases.check(attempt_id=attempt.pk, now=LATER + timedelta(hours=1))
    purchases.ask_now(attempt_id=attempt.pk, now=LATER + timedelta(hours=1))
    assert len(supplier.asked) == 1


def test_an_owner_who_was_wrong_learns_of_it(stalled, owner):
    def read(event):
        return event.attempt.pk, event.attempt.discrepancy

    purchase_resolution.mark_failed(
        actor=owner, purchase=stalled, reason="No", now=LATER
    )
    attempt = attempt_of(stalled)
    with hearing.heard(PurchaseContradicted, read=read) as seen:
        for _turn in range(2):
            purchase_facts.record_fact(
                attempt_id=attempt.pk,
                fact=told(attempt.ref_id, FactState.SUCCEEDED),
                actor="x",
                now=LATER,
            )

    assert seen == [(attempt.pk, "late_success")]
    assert selectors.list_discrepancies() == [attempt]
    attempt = attempt_of(stalled)
    purchase_resolution.note_discrepancy(
        actor=owner, attempt=attempt, note="Complaint 771", now=LATER
    )
    assert selectors.list_discrepancies() == []
    with pytest.raises(NotYours):
        purchase_resolution.note_discrepancy(
            actor=owner, attempt=attempt, note="Again", now=LATER
        )


def test_what_is_unknown_is_not_bought_again(stalled, owner):
    with pytest.raises(purchases.OutcomeUnclear):
        purchase_resolution.try_again(actor=owner, purchase=stalled, now=LATER)

    assert PurchaseAttempt.objects.count() == 1


def test_a_refused_account_is_tried_again_with_a_new_reference(
    refused, owner, supplier
):
    assert refused.status == "needs_owner"

    purchase_resolution.try_again(actor=owner, purchase=refused, now=LATER)
    purchases.send(attempt_id=attempt_of(refused).pk, now=LATER)

    refused.refresh_from_db()
    assert refused.status == "succeeded"
    first, second = [request.ref_id for request in supplier.asked]
    assert first != second


def test_what_was_never_sent_cannot_be_marked_as_bought(refused, owner):
    with pytest.raises(purchases.OutcomeUnclear):
        purchase_resolution.mark_succeeded(
            actor=owner, purchase=refused, serial_number="1", reason="x", now=LATER
        )


def test_waiting_moves_the_deadline_and_asks(stalled, owner, jobs):
    jobs.waiting.clear()

    purchase_resolution.wait_longer(actor=owner, purchase=stalled, now=LATER)

    stalled.refresh_from_db()
    assert stalled.due_at == LATER + timedelta(minutes=30)
    assert stalled.status == "needs_owner"
    assert [name for name, _arguments in jobs.waiting] == ["inventory.advance_attempt"]


def test_nobody_decides_while_the_supplier_is_being_asked(stalled, owner):
    PurchaseAttempt.objects.update(claimed_until=LATER + timedelta(seconds=1))

    with pytest.raises(BeingSent):
        purchase_resolution.mark_failed(
            actor=owner, purchase=stalled, reason="x", now=LATER
        )


def test_a_worker_that_died_does_not_keep_the_owner_waiting(stalled, owner):
    PurchaseAttempt.objects.update(status="sending", claimed_until=LATER)

    purchase_resolution.mark_failed(
        actor=owner, purchase=stalled, reason="x", now=LATER
    )

    stalled.refresh_from_db()
    assert stalled.status == "failed"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER])
def test_not_everybody_decides(stalled, role):
    member = make_member(role)

    with pytest.raises(NotAllowed):
        purchase_resolution.mark_failed(
            actor=member, purchase=stalled, reason="x", now=LATER
        )

    stalled.refresh_from_db()
    assert stalled.status == "needs_owner"
    assert deeds() == []


def test_a_decision_has_a_reason(stalled, owner):
    with pytest.raises(InvalidInput):
        purchase_resolution.mark_failed(
            actor=owner, purchase=stalled, reason="  ", now=LATER
        )


def test_only_what_waits_is_decided(product, owner, supplier):
    purchase = submit(product)
    with pytest.raises(NotYours):
        purchase_resolution.mark_failed(
            actor=owner, purchase=purchase, reason="x", now=NOON
        )

    purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)
    with pytest.raises(purchases.AlreadyBought):
        purchase_resolution.mark_failed(
            actor=owner, purchase=purchase, reason="x", now=NOON
        )


def test_the_queue_shows_what_waits_with_its_evidence(stalled):
    assert selectors.list_stalled_purchases() == [stalled]
    attempts, events = selectors.evidence(stalled)

    assert attempts == [attempt_of(stalled)]
    assert [event.target for event in events] == [
        "open",
        "queued",
        "sending",
        "unknown",
        "needs_owner",
    ]
    assert selectors.purchases_of([stalled.holder]) == [Purchase.objects.get()]
