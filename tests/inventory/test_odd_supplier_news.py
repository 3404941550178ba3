"""Odd but rightly signed news of a supplier: kept, told once, never in the way."""

import json
from contextlib import suppress
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.models import OutgoingMessage, ServerSettings
from bot.services import sending
from bot.services.wording import write
from inventory.models import PurchaseAttempt, SupplierAccount
from inventory.services import (
    purchase_facts,
    purchases,
    supplier_callbacks,
    supplier_troubles,
)
from inventory.suppliers import base, registry
from inventory.suppliers.base import FactState
from inventory.suppliers.digiflazz import adapter as digiflazz
from inventory.suppliers.digiflazz.simulator.world import TOKO_RIZKY
from inventory.tasks import sweep_supplier_inbox, try_keys
from ppob.kit import clock
from ppob.kit.errors import NotAllowed
from ppob.kit.foreign import MOST_RUPIAH, is_storable
from ppob.kit.http import Response
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security import crypto
from security.models import AuditEntry, InboxEvent
from security.services import inbox
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_guild, make_member
from tests.inventory.suppliers import (
    Scripted,
    attempt_of,
    make_account,
    make_topup,
    map_product,
    served_by,
    submit,
)
from tests.inventory.test_digiflazz import BOUGHT, CONFIG, REQUEST, signed
from tests.inventory.test_purchase_callbacks import CODE, news_of, post
from tests.payments.invariants import violations
from tests.payments.test_odd_answers import JSON, changed

SHOP = registry.supplier_for("digiflazz", config=CONFIG)


def pending_attempt(account, monkeypatch):
    """Sent, and pending at the supplier."""
    product = make_topup()
    map_product(product, account)
    purchase = submit(product)
    with served_by(monkeypatch, Scripted([FactState.PENDING])):
        purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)
    return attempt_of(purchase)


@pytest.fixture
def log(in_arcadia):
    guild = make_guild(bot_joined_at=NOON)
    return ServerSettings.objects.create(guild=guild, log_channel_id=66)


@pytest.fixture
def account(log):
    return make_account()


@pytest.fixture
def attempt(account, monkeypatch):
    return pending_attempt(account, monkeypatch)


@pytest.fixture
def theirs(borealis, monkeypatch):
    """Another store's account and attempt."""
    with tenant_scope(borealis.pk):
        account = make_account()
        attempt = pending_attempt(account, monkeypatch)
    attempt.account = account
    return attempt


def alerts():
    return OutgoingMessage.objects.filter(kind="log_supplier_trouble").order_by("pk")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def odd_bodies(attempt):
    good = news_of(attempt)
    return [
        *(
            news_of(attempt, price=price)
            for price in (10**25, 2**80, 2**63, MOST_RUPIAH + 1, -1, 1e300)
        ),
        news_of(attempt, ref_id="a\x00"),
        news_of(attempt, ref_id="\ud800"),
        news_of(attempt, ref_id=None),
        news_of(attempt, ref_id=17),
        news_of(attempt, ref_id="R" * 5_000),
        news_of(attempt, sn="\udfff"),
        news_of(attempt, sn="1\x002"),
        news_of(attempt, rc="0" * 300),
        good.replace(b'"price": ', b'"price": NaN, "was": '),
        good.replace(b'{"data": {', b'{"data": {"rc": "02", ', 1),
        b'{"data": []}',
        b'{"data": null}',
        b'{"data":' * 4_000,
        good.decode().encode("utf-16"),
    ]


def test_twenty_odd_callbacks_are_kept_closed_and_told_once(
    account, attempt, theirs, jobs, superuser
):
    bodies = odd_bodies(attempt)
    assert len(bodies) == len(set(bodies)) == 20
    before = PurchaseAttempt.objects.values().get()
    jobs.waiting.clear()

    answers = [post(account, body) for body in bodies]
    assert jobs.waiting == []
    assert post(theirs.account, news_of(theirs)).status_code == 200
    with no_tenant_scope():
        jobs.run()
        sweep_supplier_inbox()

    events = InboxEvent.objects.order_by("pk")
    assert [answer.status_code for answer in answers] == [422] * 20
    assert (
        list(events.values_list("status", "result", "attempts"))
        == [("refused", "MALFORMED", 0)] * 20
    )
    assert not any(CODE.encode() in bytes(event.body) for event in events)
    assert alerts().count() == 1
    assert fresh(account).trouble == "odd"
    assert PurchaseAttempt.objects.values().get() == before
    with tenant_scope(theirs.tenant_id):
        assert fresh(theirs).status == "succeeded"
        assert SupplierAccount.objects.get().trouble == ""
    assert violations(superuser) == {}


def test_words_that_cannot_be_kept_do_not_lose_a_success(account, attempt, jobs):
    body = news_of(attempt, message="\x00\ud800", customer_no="\udfff")

    assert post(account, body).status_code == 200
    with no_tenant_scope():
        jobs.run()

    attempt = fresh(attempt)
    assert (attempt.status, attempt.serial_number.reveal()) == ("succeeded", CODE)


def test_the_words_of_a_failure_are_cleaned(account, attempt, jobs):
    body = news_of(attempt, rc="02", status="Gagal", message="a\x00b\ud800c", sn="")

    assert post(account, body).status_code == 200
    with no_tenant_scope():
        jobs.run()

    assert fresh(attempt).message == "a\ufffdb\ufffdc"


def test_the_seller_reads_which_supplier_it_is(account, attempt, in_arcadia):
    post(account, news_of(attempt, price=-1))

    ids = list(alerts().values_list("pk", flat=True))
    [message] = sending.claim(ids, now=clock.now())
    words = write(message).embed.text

    assert account.username in words
    assert f"/toko/{in_arcadia.slug}/uang/" in words


def test_once_somebody_looked_the_next_one_is_told_again(account, attempt):
    seller, viewer = make_member(), make_member(Role.ADMIN)
    post(account, news_of(attempt, price=-1))

    with pytest.raises(NotAllowed):
        supplier_troubles.note_seen(actor=viewer, account=account, now=NOON)
    assert fresh(account).trouble == "odd"
    supplier_troubles.note_seen(actor=seller, account=account, now=NOON)
    assert fresh(account).trouble == ""
    post(account, news_of(attempt, price=-2))

    assert alerts().count() == 2
    assert AuditEntry.objects.filter(action="supplier.seen").count() == 1


def test_what_fails_again_and_again_is_given_up_and_told(
    account, attempt, jobs, monkeypatch
):
    post(account, news_of(attempt))
    event, tries = InboxEvent.objects.get(), 0

    def fail(**arguments):
        raise RuntimeError

    monkeypatch.setattr(purchase_facts, "record_fact", fail)
    while fresh(event).status == "received":
        tries += 1
        with suppress(RuntimeError):
            supplier_callbacks.process(event_id=event.pk, now=fresh(event).due_at)

    assert tries == inbox.MOST_ATTEMPTS + 1
    assert (fresh(event).status, fresh(event).result) == ("failed", "gave up")
    assert alerts().count() == 1


def test_what_was_sealed_for_its_account_is_opened_and_without_news_closed(
    account, attempt, jobs
):
    """As older versions stored it, before all bodies were sealed alike."""
    body = json.dumps({"sed": "1", "hook_id": "7"})
    event_key = str(uuid4())
    context = f"{account.tenant_id}:supplier callback:{account.public_id}:{event_key}"
    event = InboxEvent.objects.create(
        source="supplier:digiflazz",
        target=account.public_id,
        event_key=event_key,
        headers=signed(body.encode(), TOKO_RIZKY.webhook_secret),
        body=crypto.seal(body, context=context),
        received_at=NOON,
        due_at=NOON,
    )

    supplier_callbacks.process(event_id=event.pk, now=NOON)

    assert (fresh(event).status, fresh(event).result) == ("processed", "no news")


# --- Keys that do not work ---


@pytest.fixture
def lost(monkeypatch):
    """Columns whose keys are gone: the beginnings of their contexts."""
    right, gone = crypto.open_sealed, {"contexts": ()}

    def open_sealed(value, *, context):
        if context.startswith(gone["contexts"]):
            raise crypto.CannotOpen("The key of this value is not configured.")
        return right(value, context=context)

    monkeypatch.setattr(crypto, "open_sealed", open_sealed)
    return gone


def test_what_waits_for_keys_is_parked_shown_and_worked_on_once_they_open(
    account, attempt, theirs, lost, jobs, superuser
):
    post(account, news_of(attempt))
    post(theirs.account, news_of(theirs))
    lost["contexts"] = (f"{account.tenant_id}:inventory_supplieraccount",)

    assert post(account, news_of(attempt, note="x")).status_code == 503
    with no_tenant_scope():
        jobs.run()
        for _turn in range(3):
            sweep_supplier_inbox()
            try_keys()

    event = InboxEvent.objects.get()
    assert (event.status, event.result, event.attempts) == ("parked", "CANNOT_OPEN", 1)
    assert fresh(account).trouble == "keys"
    assert alerts().count() == 1
    assert violations(superuser) == {}
    with tenant_scope(theirs.tenant_id):
        assert fresh(theirs).status == "succeeded"

    lost["contexts"] = ()
    with no_tenant_scope():
        try_keys()
        jobs.run()

    assert fresh(event).status == "processed"
    assert fresh(attempt).status == "succeeded"
    assert fresh(account).trouble == ""
    assert alerts().count() == 1


def test_bytes_that_cannot_be_opened_any_more_are_for_a_person(
    account, attempt, lost, jobs
):
    post(account, news_of(attempt))
    lost["contexts"] = (f"{account.tenant_id}:security_inboxevent",)

    with no_tenant_scope():
        jobs.run()

    event = InboxEvent.objects.get()
    assert (event.status, event.result) == ("failed", "cannot be opened")
    assert fresh(account).trouble == "odd"
    assert alerts().count() == 1


def test_a_purchase_with_lost_keys_was_never_sent(account, monkeypatch, lost):
    product = make_topup()
    map_product(product, account)
    purchase = submit(product)
    lost["contexts"] = (f"{account.tenant_id}:inventory_supplieraccount",)

    purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)

    attempt = PurchaseAttempt.objects.order_by("pk").first()
    assert (attempt.status, attempt.rc) == ("failed", "CANNOT_OPEN")


# --- Whatever the bytes are ---


def is_fact(fact):
    assert isinstance(fact, base.PurchaseFact)
    assert fact.cost is None or 0 <= fact.cost <= MOST_RUPIAH
    assert len(fact.rc) <= 16
    assert len(fact.message) <= 120
    for text in (fact.ref_id, fact.rc, fact.message, fact.serial_number):
        assert is_storable(text)


@given(
    st.one_of(
        changed(BOUGHT).map(lambda data: {"data": data}),
        JSON.map(lambda data: {"data": data}),
        JSON,
    )
)
@settings(max_examples=400, deadline=None)
def test_a_callback_is_a_fact_or_no_news_or_odd(content):
    body = json.dumps(content).encode()

    with suppress(base.OddCallback):
        fact = SHOP.read_callback(signed(body), body)
        assert fact is None or is_fact(fact) is None


@given(st.binary(max_size=60), st.text(alphabet=st.characters(codec=None), max_size=50))
@settings(max_examples=200, deadline=None)
def test_any_bytes_with_any_signature_are_refused(body, signature):
    with pytest.raises(base.BadCallback) as refusal:
        SHOP.read_callback({"X-Hub-Signature": signature}, body)
    assert refusal.value.code == "BAD_SIGNATURE"


class Line:
    """The supplier's server, which says whatever the test says."""

    body = b""

    def request(self, method, path, *, json):
        return Response(200, self.body, {})


@given(
    st.one_of(
        changed(BOUGHT).map(lambda data: {"data": data}),
        st.lists(changed(BOUGHT) | JSON, max_size=3).map(lambda data: {"data": data}),
        JSON.map(lambda data: {"data": data}),
        JSON,
    )
)
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_answer_is_a_fact_or_one_of_our_refusals(content):
    line, ours = (
        Line(),
        (
            base.ProviderRefused,
            base.ProviderUnreachable,
            base.OutcomeUnknown,
        ),
    )
    line.body = json.dumps(content).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digiflazz, "_client", lambda *_limits: line)
        with suppress(*ours):
            is_fact(SHOP.buy(REQUEST))
        with suppress(*ours):
            assert 0 <= SHOP.read_balance() <= MOST_RUPIAH
        with suppress(*ours):
            for product in SHOP.list_prices():
                assert 0 <= product.cost <= MOST_RUPIAH
                assert is_storable(product.sku + product.name)
                assert len(product.sku) <= 60
