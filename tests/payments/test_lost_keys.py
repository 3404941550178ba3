"""Keys that do not work: news waits for them, a person sees it, nothing is lost."""

import json

import pytest
from django.db import IntegrityError, transaction

from bot.models import ServerSettings
from payments.models import Order, PaymentMethod
from payments.services.incoming import methods
from payments.states import OrderStatus
from payments.tasks import sweep_inbox, try_keys
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security import crypto
from security.models import AuditEntry, InboxEvent
from security.services import inbox
from tests.conftest import NOON
from tests.factories import gateway_draft, make_guild
from tests.payments.invariants import violations
from tests.payments.test_callbacks import body_for, post
from tests.payments.test_odd_callbacks import alerts, bill, fresh


@pytest.fixture
def payment(in_arcadia):
    """A payment by QRIS, in a store that reads news in a channel."""
    guild = make_guild(bot_joined_at=NOON)
    ServerSettings.objects.create(guild=guild, log_channel_id=66)
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


@pytest.fixture
def locked(monkeypatch):
    """The master key of arcadia's secrets is gone; afterwards it is there again."""
    right = crypto.open_sealed
    lost = {"contexts": ()}

    def open_sealed(value, *, context):
        if context.startswith(lost["contexts"]):
            raise crypto.CannotOpen("The key of this value is not configured.")
        return right(value, context=context)

    monkeypatch.setattr(crypto, "open_sealed", open_sealed)
    return lost


def lock_out(locked, tenant_id):
    locked["contexts"] = (f"{tenant_id}:",)


BAD_KEYS = {
    "missing": "",
    "another mode": '{"merchant_code": "T1", "api_key": "live", "private_key": "x"}',
    "no JSON": "private",
    "no object": "[]",
    "lacking": '{"merchant_code": "T1"}',
    "empty": '{"merchant_code": "T1", "api_key": "DEV-x", "private_key": ""}',
}


@pytest.mark.parametrize("keys", BAD_KEYS.values(), ids=BAD_KEYS)
def test_without_working_keys_the_door_asks_for_patience_and_tells_the_seller(
    payment, bystander, keys
):
    method = PaymentMethod.objects.get(pk=payment.method_id)
    method.credentials = keys
    method.save()

    answers = [post(body_for(payment), method_id=method.public_id) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503] * 3
    assert answers[0].json()["code"] == "KEYS_MISSING"
    assert not InboxEvent.objects.exists()
    assert fresh(method).trouble == "keys"
    assert fresh(bystander.method).trouble == ""
    assert alerts().count() == 1
    assert not AuditEntry.objects.filter(action="callback.refused").exists()


def test_what_waits_for_keys_is_parked_shown_and_worked_on_once_they_open(
    payment, bystander, theirs, locked, jobs, superuser
):
    post(body_for(payment), method_id=payment.method.public_id)
    post(body_for(bystander, reference="DEV-T2"), method_id=bystander.method.public_id)
    post(body_for(theirs), method_id=theirs.method.public_id)
    lock_out(locked, payment.tenant_id)

    with no_tenant_scope():
        jobs.run()
        for _turn in range(5):
            sweep_inbox()
            try_keys()

    parked = InboxEvent.objects.order_by("pk")
    assert (
        list(parked.values_list("status", "result", "attempts"))
        == [("parked", "CANNOT_OPEN", 1)] * 2
    )
    assert alerts().count() == 2  # one for each way to pay
    assert fresh(payment.method).trouble == "keys"
    assert violations(superuser) == {}
    with tenant_scope(theirs.tenant_id):
        assert Order.objects.get().status == OrderStatus.DELIVERED

    locked["contexts"] = ()
    with no_tenant_scope():
        try_keys()
        jobs.run()

    assert set(parked.values_list("status", "result")) == {("processed", "settled")}
    assert set(Order.objects.values_list("status", flat=True)) == {"delivered"}
    assert fresh(payment.method).trouble == ""
    assert alerts().count() == 2
    assert violations(superuser) == {}


def test_new_keys_let_the_parked_news_in_at_once(payment, locked, seller, jobs):
    post(body_for(payment), method_id=payment.method.public_id)
    lock_out(locked, payment.tenant_id)
    jobs.run()
    assert InboxEvent.objects.get().status == "parked"
    method = PaymentMethod.objects.get(pk=payment.method_id)
    draft = gateway_draft(merchant_code="T10001")

    methods.change_method(actor=seller, method=method, draft=draft, now=NOON)
    locked["contexts"] = ()
    jobs.run()

    assert InboxEvent.objects.get().status == "processed"
    assert Order.objects.get().status == OrderStatus.DELIVERED
    assert fresh(payment.method).trouble == ""


def test_some_new_keys_are_not_enough_when_the_others_cannot_be_opened(
    payment, locked, seller
):
    lock_out(locked, payment.tenant_id)
    method = PaymentMethod.objects.get(pk=payment.method_id)
    draft = gateway_draft(merchant_code="", private_key="")

    with pytest.raises(methods.InvalidInput):
        methods.change_method(actor=seller, method=method, draft=draft, now=NOON)


def test_news_that_comes_again_after_the_keys_changed_is_worked_on(payment, jobs):
    body = body_for(payment)
    post(body, method_id=payment.method.public_id)
    event = InboxEvent.objects.get()
    inbox.close_event(event, "refused", result=inbox.KEYS_CHANGED, now=NOON)

    post(body, method_id=payment.method.public_id)
    jobs.run()

    event.refresh_from_db()
    assert (event.status, event.result) == ("processed", "settled")
    assert Order.objects.get().status == OrderStatus.DELIVERED


def test_a_rightly_refused_event_stays_refused_when_it_comes_again(payment, jobs):
    body = body_for(payment, merchant_ref="NOBODY-1")
    for _turn in range(2):
        assert post(body, method_id=payment.method.public_id).status_code == 200
        jobs.run()

    event = InboxEvent.objects.get()
    assert (event.status, event.attempts) == ("refused", 1)
    assert json.loads(event.reveal_body())["merchant_ref"] == "NOBODY-1"


@pytest.mark.parametrize(
    "fields",
    [
        {"trouble": "keys", "trouble_at": None},
        {"trouble": "", "trouble_at": NOON},
        {"trouble": "other", "trouble_at": NOON},
    ],
)
def test_the_database_keeps_a_trouble_with_its_time_or_none(payment, fields):
    with (
        pytest.raises(IntegrityError, match="method_trouble_known"),
        transaction.atomic(),
    ):
        PaymentMethod.objects.filter(pk=payment.method_id).update(**fields)

    assert fresh(payment.method).trouble == ""
