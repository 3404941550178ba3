"""Odd but rightly signed: refused at the door, kept, told once, never in the way."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from bot.models import OutgoingMessage, ServerSettings
from bot.services import sending
from bot.services.wording import write
from payments.cross_tenant import due_inbox_events
from payments.models import (
    LedgerEntry,
    Order,
    Payment,
    PaymentMethod,
    UnmatchedMoney,
)
from payments.services.incoming import callbacks, settlement, troubles
from payments.states import OrderStatus, PaymentStatus
from payments.tasks import sweep_inbox
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security.models import AuditEntry, InboxEvent
from security.services import inbox
from tests.conftest import NOON
from tests.factories import (
    make_gateway_method,
    make_guild,
    make_order,
)
from tests.payments.acts import LATE
from tests.payments.invariants import violations
from tests.payments.test_callbacks import body_for, post, signed

ODD_AMOUNTS = [
    10**25,
    2**80,
    2**63,
    10**12 + 1,
    -19_500,
    0,
    "19500",
    None,
    True,
    19_500.0,
    1e300,
    [19_500],
    {"amount": 19_500},
]


def bill(*, gateway_reference="DEV-T1", **fields):
    """A payment by QRIS that Tripay has accepted."""
    order, method = make_order(), make_gateway_method(**fields)
    return Payment.objects.create(
        order=order,
        method=method,
        reference=f"T{order.tenant_id}-{order.code}-00000001",
        gateway_reference=gateway_reference,
        status=PaymentStatus.PENDING,
        amount=order.total,
        created_at=NOON,
        expires_at=LATE,
    )


@pytest.fixture
def log(in_arcadia):
    """The store reads news in a channel."""
    guild = make_guild(bot_joined_at=NOON)
    return ServerSettings.objects.create(guild=guild, log_channel_id=66)


@pytest.fixture
def payment(log):
    return bill()


@pytest.fixture
def bystander(payment):
    """The same store's other way to pay, and what waits there."""
    return bill(gateway_reference="DEV-T2")


@pytest.fixture
def theirs(borealis):
    """Another store's payment."""
    with tenant_scope(borealis.pk):
        return bill()


def odd_bodies(payment):
    """Twenty odd ones: one field each, then whole bodies."""
    good = body_for(payment)
    return [
        *(body_for(payment, total_amount=amount) for amount in ODD_AMOUNTS),
        body_for(payment, merchant_ref="T1\x00"),
        body_for(payment, reference="\ud800"),
        body_for(payment, reference="R" * 5_000),
        body_for(payment, paid_at=10**18),
        good.replace(b'"total_amount": ', b'"total_amount": NaN, "was": '),
        good.replace(b"{", b'{"total_amount": 1, ', 1),
        b'{"total_amount":' * 4_000,
    ]


def alerts():
    return OutgoingMessage.objects.filter(kind="log_method_trouble").order_by("pk")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_twenty_odd_callbacks_are_kept_closed_and_told_once(
    payment, bystander, theirs, jobs, superuser
):
    bodies = odd_bodies(payment)
    assert len(bodies) == len(set(bodies)) == 20

    jobs.waiting.clear()
    answers = [post(body, method_id=payment.method.public_id) for body in bodies]
    with no_tenant_scope():
        assert jobs.waiting == []
        assert (
            post(body_for(theirs), method_id=theirs.method.public_id).status_code == 200
        )
        jobs.run()
        sweep_inbox()

    events = InboxEvent.objects.order_by("pk")
    print(
        f"20 odd callbacks: answers {sorted({a.status_code for a in answers})},"
        f" rows {events.count()}, open {events.filter(status='received').count()},"
        f" alerts {alerts().count()}, jobs left {len(jobs.waiting)}"
    )
    assert [answer.status_code for answer in answers] == [422] * 20
    assert {answer.json()["code"] for answer in answers} == {"ODD_CONTENT"}
    assert (
        list(events.values_list("status", "result", "attempts"))
        == [("refused", "MALFORMED", 0)] * 20
    )
    assert [event.reveal_body() for event in events] == bodies
    assert all(event.processed_at is not None for event in events)
    assert alerts().count() == 1
    assert jobs.waiting == []
    assert fresh(payment.method).trouble == "odd"
    # Nothing moved here, and the other store was served meanwhile.
    assert fresh(payment).status == PaymentStatus.PENDING
    assert (fresh(bystander.method).trouble, fresh(bystander).status) == ("", "pending")
    assert not LedgerEntry.objects.exists()
    assert not UnmatchedMoney.objects.exists()
    assert not AuditEntry.objects.filter(action="callback.refused").exists()
    with tenant_scope(theirs.tenant_id):
        assert Order.objects.get().status == OrderStatus.DELIVERED
        assert not OutgoingMessage.objects.filter(kind="log_method_trouble").exists()
        assert PaymentMethod.objects.get().trouble == ""
    assert violations(superuser) == {}


def test_the_same_odd_callback_again_is_one_row(payment, jobs):
    body = body_for(payment, total_amount=2**80)

    for _turn in range(3):
        assert post(body, method_id=payment.method.public_id).status_code == 422

    assert InboxEvent.objects.count() == 1
    assert alerts().count() == 1


def test_the_seller_reads_which_way_to_pay_it_is_and_where_to_look(payment, in_arcadia):
    post(body_for(payment, total_amount=-1), method_id=payment.method.public_id)

    ids = list(alerts().values_list("pk", flat=True))
    [message] = sending.claim(ids, now=clock.now())
    words = write(message).embed.text

    assert "QRIS" in words
    assert f"/toko/{in_arcadia.slug}/uang/" in words


def test_once_somebody_looked_the_next_one_is_told_again(payment, seller, jobs):
    post(body_for(payment, total_amount=-1), method_id=payment.method.public_id)

    troubles.note_seen(actor=seller, method=payment.method, now=NOON)
    assert fresh(payment.method).trouble == ""
    post(body_for(payment, total_amount=-2), method_id=payment.method.public_id)

    assert alerts().count() == 2
    assert AuditEntry.objects.filter(action="method.seen").count() == 1


def test_an_unsigned_header_does_not_close_the_door_to_a_good_body(payment, jobs):
    """Only the body is signed: the right event must still get in afterwards."""
    body = body_for(payment)
    wrong = signed(body, event="open_payment")
    answer = post(body, method_id=payment.method.public_id, headers=wrong)
    assert (answer.status_code, InboxEvent.objects.get().result) == (
        422,
        "UNKNOWN_EVENT",
    )

    assert post(body, method_id=payment.method.public_id).status_code == 200
    jobs.run()

    assert Order.objects.get().status == OrderStatus.DELIVERED


def test_odd_and_forged_is_forged(payment):
    body = body_for(payment, total_amount=2**80)

    answer = post(
        body, method_id=payment.method.public_id, headers=signed(body, key="other")
    )

    assert answer.status_code == 401
    assert not InboxEvent.objects.exists()
    assert fresh(payment.method).trouble == ""
    assert not alerts().exists()


@pytest.mark.parametrize(
    "signature", ["", "\ud800", "\x00", "é" * 64, "0" * 64, "A" * 10_000]
)
def test_an_odd_signature_is_a_wrong_signature(payment, signature):
    body = body_for(payment)
    headers = {"X-Callback-Signature": signature, "X-Callback-Event": "payment_status"}

    answer = post(body, method_id=payment.method.public_id, headers=headers)

    assert answer.status_code == 401
    assert not InboxEvent.objects.exists()


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "９", str(10**30)])
def test_an_odd_length_is_refused(payment, length):
    body = body_for(payment)
    with no_tenant_scope():
        answer = Client().post(
            f"/api/v1/callbacks/tripay/{payment.method.public_id}/",
            data=body,
            content_type="application/json",
            headers=signed(body),
            CONTENT_LENGTH=length,
        )

    assert answer.status_code == 413
    assert not InboxEvent.objects.exists()


# --- What was let in before, or fails for another reason ---


def stored(payment, body, *, received_at=NOON, **fields):
    return InboxEvent.objects.create(
        source="gateway:tripay",
        target=payment.method.public_id,
        event_key=str(uuid4()),
        headers=signed(body),
        body=body,
        received_at=received_at,
        due_at=received_at,
        **fields,
    )


def test_an_odd_one_that_is_stored_already_ends(payment, jobs):
    event = stored(payment, body_for(payment, total_amount=2**80))

    callbacks.process(event_id=event.pk, now=NOON)

    event.refresh_from_db()
    assert (event.status, event.result) == ("failed", "MALFORMED")
    assert alerts().count() == 1


def test_what_fails_again_and_again_is_given_up_and_told(payment, monkeypatch, jobs):
    event, now = stored(payment, body_for(payment)), NOON

    def fail(**arguments):
        raise RuntimeError

    monkeypatch.setattr(settlement, "record_fact", fail)
    tries = 0
    while fresh(event).status == "received":
        now = fresh(event).due_at
        tries += 1
        try:
            callbacks.process(event_id=event.pk, now=now)
        except RuntimeError:
            assert tries <= inbox.MOST_ATTEMPTS

    event.refresh_from_db()
    assert tries == inbox.MOST_ATTEMPTS + 1
    assert (event.status, event.result) == ("failed", "gave up")
    assert now - NOON < timedelta(hours=14)
    assert alerts().count() == 1


def test_what_no_column_takes_is_given_up_at_once(payment, monkeypatch):
    event = stored(payment, body_for(payment))
    right = settlement.record_fact

    def too_large(*, payment_id, fact, now):
        Payment.objects.filter(pk=payment_id).update(amount=2**63)
        return right(payment_id=payment_id, fact=fact, now=now)

    monkeypatch.setattr(settlement, "record_fact", too_large)
    callbacks.process(event_id=event.pk, now=NOON)

    event.refresh_from_db()
    assert (event.status, event.result) == ("failed", "cannot be stored")
    assert alerts().count() == 1
    assert fresh(payment).amount == payment.amount


def test_money_that_does_not_fit_is_told(payment, jobs, monkeypatch):
    event = stored(payment, body_for(payment))

    def wrong(**arguments):
        raise settlement.WrongMoney

    monkeypatch.setattr(settlement, "record_fact", wrong)
    callbacks.process(event_id=event.pk, now=NOON)

    event.refresh_from_db()
    assert (event.status, event.result) == ("failed", "does not fit")
    assert alerts().count() == 1


def test_a_store_with_a_thousand_failing_ones_keeps_nobody_waiting(
    payment, theirs, borealis
):
    """The oldest are all of one store; everybody's first comes first."""
    rows = [
        InboxEvent(
            source="gateway:tripay",
            target=payment.method.public_id,
            event_key=str(number),
            body=b"{}",
            received_at=NOON,
            due_at=NOON + timedelta(microseconds=number),
        )
        for number in range(1_000)
    ]
    InboxEvent.objects.bulk_create(rows)
    late = NOON + timedelta(minutes=5)
    with tenant_scope(borealis.pk):
        event = stored(theirs, body_for(theirs), received_at=late)
        other = stored(theirs, body_for(theirs, note="x"), received_at=late)

    with no_tenant_scope():
        due = due_inbox_events(source="gateway:", now=late, limit=4)

    assert due == [
        (payment.tenant_id, rows[0].pk),
        (borealis.pk, event.pk),
        (payment.tenant_id, rows[1].pk),
        (borealis.pk, other.pk),
    ]
