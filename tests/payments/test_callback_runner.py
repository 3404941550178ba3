"""Callbacks that prove too little, say nothing, or were stored before they were sealed.

What holds for every provider's callbacks stands in `security.services.inbox_runner`.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from payments.gateways.base import CURRENCY, FactState, LookUp, PaymentFact
from payments.gateways.base import ProviderUnreachable as Unreachable
from payments.models import LedgerEntry, Order, Payment
from payments.services.incoming import callbacks
from payments.states import OrderStatus
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope
from security.models import InboxEvent
from security.services import inbox
from tests.conftest import NOON
from tests.payments.acts import LATE
from tests.payments.gateways import ScriptedGateway, serving
from tests.payments.invariants import violations
from tests.payments.test_callbacks import body_for, payment, post, report, signed

__all__ = ["payment"]  # a fixture

PUBLIC_ID = UUID(int=7)


@dataclass
class Tacit(ScriptedGateway):
    """Its callbacks only say that there is news about a reference."""

    news: object = None

    def read_callback(self, headers, body):
        return self.news


def fact_about(payment: Payment, **changes) -> PaymentFact:
    usual = {
        "reference": payment.reference,
        "gateway_reference": "DEV-T1",
        "state": FactState.SETTLED,
        "amount": payment.amount,
        "currency": CURRENCY,
        "happened_at": NOON,
        "event_key": "DEV-T1:PAID",
    }
    return PaymentFact(**{**usual, **changes})


def test_news_that_proves_too_little_is_asked_about_and_then_counts(
    payment, jobs, superuser
):
    tacit = Tacit([fact_about(payment)], news=LookUp(payment.reference))
    with serving(tacit):
        assert post(b"news", method_id=payment.method.public_id).status_code == 200
        assert tacit.asked == []  # the door answers without asking anybody
        jobs.run()

    assert tacit.asked == [f"look up {payment.reference}"]
    assert Order.objects.get().status == OrderStatus.DELIVERED
    assert InboxEvent.objects.get().status == "processed"
    assert violations(superuser) == {}


def test_news_that_is_not_confirmed_changes_nothing_and_is_tried_again(payment, jobs):
    tacit = Tacit([Unreachable("away")], news=LookUp(payment.reference))
    with serving(tacit):
        post(b"news", method_id=payment.method.public_id)
        jobs.run()
        event = InboxEvent.objects.get()
        assert (event.status, event.attempts) == ("received", 1)
        assert not LedgerEntry.objects.exists()

        tacit.answers = [fact_about(payment)]
        callbacks.process(event_id=event.pk, now=clock.now() + timedelta(hours=1))
        jobs.run()

    assert InboxEvent.objects.get().status == "processed"
    assert Order.objects.get().status == OrderStatus.DELIVERED


def test_news_about_nothing_of_ours_asks_nobody(payment, jobs):
    tacit = Tacit([], news=LookUp("T-somebody-else"))
    with serving(tacit):
        post(b"news", method_id=payment.method.public_id)
        jobs.run()

    assert tacit.asked == []
    assert InboxEvent.objects.get().result == "unknown reference"


def test_a_proven_callback_without_news_is_acknowledged_and_not_kept(payment):
    with serving(Tacit([], news=None)):
        answer = post(b"hello", method_id=payment.method.public_id)

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert not InboxEvent.objects.exists()


def test_the_body_is_nowhere_in_the_database_as_text(payment, superuser):
    report(payment)

    rows = superuser.execute("SELECT e::text FROM security_inboxevent e").fetchall()
    stored = superuser.execute("SELECT sealed_body FROM security_inboxevent").fetchone()
    assert payment.reference not in str(rows)
    assert payment.reference.encode() not in bytes(stored[0])


@pytest.mark.parametrize("body", [b"\xff\x00\xfe", bytes(range(256))])
def test_whatever_bytes_come_back_as_they_came(in_arcadia, body):
    event, _is_new = inbox.store_event(
        source="gateway:x", target=PUBLIC_ID, headers={}, body=body, now=NOON
    )

    fresh = InboxEvent.objects.get(pk=event.pk)
    assert fresh.reveal_body() == body


def test_what_was_stored_before_bodies_were_sealed_is_applied(payment, superuser):
    body = body_for(payment)
    event = InboxEvent.objects.create(
        source="gateway:tripay",
        target=payment.method.public_id,
        event_key="older",
        headers=signed(body),
        body=body,
        received_at=NOON,
        due_at=NOON,
    )

    callbacks.process(event_id=event.pk, now=LATE)

    assert InboxEvent.objects.get().status == "processed"
    assert violations(superuser) == {}


def test_a_gateway_that_there_is_not_is_not_found(payment):
    with no_tenant_scope():
        answer = post(
            b"{}", method_id=payment.method.public_id, gateway="nobody", headers={}
        )

    assert answer.status_code == 404
