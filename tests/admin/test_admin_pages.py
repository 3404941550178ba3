"""Every admin page opens for staff and shows no secret."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from bot.models import (
    BotInstance,
    InstanceEvent,
    OutgoingMessage,
    Panel,
    PanelEvent,
    ServerSettings,
    Ticket,
    TicketEvent,
    TicketMessage,
)
from catalog.models import Category
from inventory.models import (
    AccountCheck,
    BillInquiry,
    BreakerEvent,
    DepositHold,
    PriceChange,
    PurchaseAttempt,
    SavedDestination,
    StockAlert,
    StockItem,
)
from inventory.services import drafts
from inventory.services.drafts import Upload
from payments.models import Delivery, LedgerEntry, OrderLine, PurchaseVerdict, Review
from payments.services.incoming import charges, settlement
from payments.services.orders import delivery, unreached
from payments.services.orders.quote import Adjustment
from payments.states import AdjustmentKind, BuyerNews
from ppob.kit.scope import tenant_scope
from ppob.kit.staff_site import site
from security.admin_base import BoundedPaginator, PlatformAdmin
from security.models import AuditEntry, InboxEvent, TryCount, User
from security.services import audit, sealing
from tenants.admin_base import TenantAdmin
from tenants.models import HealthProof, ProofRun
from tenants.services import handovers, invitations
from tenants.services.invitations import InvitationDraft
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.money import (
    make_deposit,
    make_discrepancy,
    make_refund,
    make_transfer,
    make_unapplied,
    pay,
)
from tests.factories import (
    ErrorReportFactory,
    PricePolicyFactory,
    PriceRuleFactory,
    make_customer,
    make_gateway_method,
    make_guild,
    make_member,
    make_order,
    make_product,
    make_transfer_method,
    make_user,
)
from tests.inventory.suppliers import make_account, map_product, submit
from tests.signed_in import sign_in_staff

CODE = "CANARY-CODE-7731"
TOKEN = "CANARY-BOT-TOKEN-7732"
KEY = "DEV-key"
HASH = "CANARY-PASSWORD-HASH"
CANARIES = (CODE, TOKEN, KEY, HASH)
MODELS = sorted(site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def staff(db):
    user = make_user("staff", is_staff=True, is_superuser=True)
    client = Client()
    sign_in_staff(client, user)
    return client


@pytest.fixture
def rows(arcadia, borealis):
    """One row of everything, in a store that is not the staff's."""
    with tenant_scope(borealis.pk), transaction.atomic():
        made = _rows_of_everything()
    sealing.seal_entries()
    return made


def _rows_of_everything():
    member = make_member()
    User.objects.filter(pk=member.user_id).update(password=HASH)
    guild, customer = make_guild(), make_customer()
    Category.objects.create(code="ML", name="Mobile Legends")
    product = make_product(name="Netflix", codes=1)
    StockItem.objects.create(
        product=product, bucket=1, code=CODE, code_hash="h", created_at=NOON
    )
    drafts.prepare(actor=member, product=product, upload=Upload(text=CODE), now=NOON)
    StockAlert.objects.create(
        product=product, level="warning", available=1, raised_at=NOON, changed_at=NOON
    )
    make_gateway_method()
    method = make_transfer_method()
    discount = Adjustment(AdjustmentKind.VOUCHER, "HEMAT", "HEMAT", -500)
    order = make_order(product, customer=customer, adjustments=[discount])
    PricePolicyFactory()
    PriceRuleFactory()
    invitations.invite(actor=member, draft=InvitationDraft(role="viewer"), now=NOON)
    offered = make_member(Role.VIEWER)
    handovers.offer_store(actor=member, member_id=offered.pk, now=NOON)
    TryCount.objects.create(key="ab", count=1, ends_at=NOON)
    HealthProof.objects.create(checked_at=NOON, violations=0, counts={})
    ProofRun.objects.create(at=NOON, is_whole=True, marks={}, whole=[], left_out=[])
    audit.record(actor=member.name, action="test", object="test", now=NOON)
    InboxEvent.objects.create(
        source="gateway:tripay",
        target=method.public_id,
        event_key="k",
        headers={"x-callback-signature": CODE},
        sealed_body='{"status": "PAID"}',
        received_at=NOON,
        due_at=NOON,
    )
    _discord_rows(guild, order, customer, product)
    _supplier_rows(product, customer)
    Review.objects.create(
        order=order, customer=customer, stars=5, text="ok", created_at=NOON
    )
    return order, member, method


def _supplier_rows(product, customer):
    account = make_account()
    map_product(product, account)
    purchase = submit(product)
    purchase.serial_number = CODE
    purchase.save()
    PurchaseAttempt.objects.update(message="Transaksi Pending")
    BreakerEvent.objects.create(
        account=account, source="closed", target="open", actor="x", at=NOON
    )
    PriceChange.objects.create(
        account=account, sku="xld10", name="XL 10", kind="new", new_cost=9, at=NOON
    )
    DepositHold.objects.create(
        account=account, holder=uuid4(), amount=1, created_at=NOON
    )
    AccountCheck.objects.create(
        customer=customer, destination="123", state="unchecked", checked_at=NOON
    )
    BillInquiry.objects.create(
        account=account,
        product=product,
        customer=customer,
        sku="pln",
        destination="123",
        target="123",
        ref_id="B1",
        day=NOON.date(),
        asked_at=NOON,
    )
    SavedDestination.objects.create(customer=customer, destination="123", used_at=NOON)
    verdict = PurchaseVerdict(
        tenant_id=purchase.tenant_id,
        purchase=purchase,
        outcome="succeeded",
        reason="seen in their list",
        given_by="user:1",
        given_at=NOON,
    )
    verdict.serial_number = CODE
    verdict.save()


def _discord_rows(guild, order, customer, product):
    bot = BotInstance(application_id=1, tenant_id=guild.tenant_id)
    bot.token = TOKEN
    bot.save()
    panel = Panel.objects.create(guild=guild, channel_id=1, created_at=NOON)
    ServerSettings.objects.create(guild=guild)
    ticket = Ticket.objects.create(
        number=1,
        order=order,
        customer=customer,
        product=product,
        guild=guild,
        panel=panel,
        name="ticket-ayu",
        created_at=NOON,
    )
    TicketMessage.objects.create(
        ticket=ticket, discord_id=1, author_id=2, author_name="ayu", at=NOON
    )
    moved = {"target": "closed", "actor": "clock", "at": NOON}
    TicketEvent.objects.create(ticket=ticket, **moved)
    PanelEvent.objects.create(panel=panel.public_id, **{**moved, "target": "paused"})
    InstanceEvent.objects.create(application_id=1, **{**moved, "target": "online"})
    ErrorReportFactory(code="K7F-3QX")
    OutgoingMessage.objects.create(
        guild=guild, kind="guide", dedupe_key="1", due_at=NOON, created_at=NOON
    )


@pytest.fixture
def paid(rows):
    """The order was paid and delivered, so that books and deliveries have rows."""
    order, member, method = rows
    with tenant_scope(order.tenant_id):
        payment = charges.choose_method(
            order_id=order.pk, method_id=method.public_id, now=NOON
        )
        later = NOON + timedelta(minutes=1)
        settlement.confirm_transfer(actor=member, payment=payment, now=later)
        done = delivery.deliver_order(order_id=order.pk, now=later)
        make_refund(done, member, 1_000)
        pay(make_deposit())
        make_discrepancy(make_transfer())
        with transaction.atomic():
            unreached.report(
                done.customer, order=done, news=BuyerNews.ORDER_READY, now=later
            )
        make_unapplied(make_transfer())
        assert Delivery.objects.exists()
        assert LedgerEntry.objects.exists()
    return order


def address(model, page: str, *arguments) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)


def test_every_model_of_the_product_is_registered():
    ours = {"security", "tenants", "catalog", "inventory", "payments", "bot"}
    missing = [
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in ours and model not in site._registry
    ]

    assert missing == []


@pytest.mark.timeout(300)  # some hundred pages
def test_every_page_opens_and_shows_no_secret(staff, paid):
    """One test for all models: making every kind of row takes a while."""
    seen = ""
    for model in MODELS:
        listed = staff.get(address(model, "changelist"))
        assert listed.status_code == 200, model
        row = site._registry[model].get_queryset(None).first()
        assert row is not None, model
        opened = staff.get(address(model, "change", row.pk))
        assert opened.status_code == 200, model
        seen += listed.content.decode() + opened.content.decode()

    assert "Netflix" in seen
    for canary in CANARIES:
        assert canary not in seen


def test_every_search_and_filter_answers(staff, paid):
    for model in MODELS:
        page = site._registry[model]
        assert page.search_fields, model
        searched = staff.get(address(model, "changelist"), {"q": "7731"})
        assert searched.status_code == 200, model
        if isinstance(page, TenantAdmin):
            other = {"tenant_id": paid.tenant_id + 1_000}
            filtered = staff.get(address(model, "changelist"), other)
            assert filtered.status_code == 200
            assert filtered.context["cl"].result_count == 0, model


def test_the_links_of_a_row_lead_to_its_relatives(staff, paid):
    page = staff.get(address(type(paid), "change", paid.pk)).content.decode()

    wanted = f"{address(OrderLine, 'changelist')}?order__id__exact={paid.pk}"
    assert wanted in page
    lines = staff.get(wanted)
    assert lines.context["cl"].result_count == 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_nothing_can_be_added_changed_or_deleted(model, rf):
    page: PlatformAdmin = site._registry[model]

    assert not page.has_add_permission(rf.get("/"))
    assert not page.has_change_permission(rf.get("/"))
    assert not page.has_delete_permission(rf.get("/"))
    assert page.show_full_result_count is False
    assert page.paginator is BoundedPaginator


def test_a_post_changes_nothing(staff, rows):
    order = rows[0]

    answer = staff.post(address(type(order), "change", order.pk), {"total": "1"})

    assert answer.status_code == 403


def test_sellers_have_no_business_here(in_arcadia):
    client = Client()
    client.force_login(make_member(Role.OWNER).user)

    for model in MODELS:
        assert client.get(address(model, "changelist")).status_code == 302


def test_a_store_is_stopped_and_resumed_with_an_audit_entry(staff, arcadia, borealis):
    listed = address(type(arcadia), "changelist")
    action = {"_selected_action": [arcadia.pk]}

    staff.post(listed, action | {"action": "suspend"})
    stopped = _status(arcadia)
    staff.post(listed, action | {"action": "resume"})

    assert (stopped, _status(arcadia), _status(borealis)) == (
        "suspended",
        "active",
        "active",
    )
    entries = AuditEntry.across_tenants.order_by("pk").values_list("action", flat=True)
    assert list(entries) == ["store.suspended", "store.active"]


def _status(store) -> str:
    store.refresh_from_db(using="platform")
    return store.status


def test_guessing_passwords_is_slowed_down(db):
    cache.clear()
    client = Client()
    login = {"username": "staff", "password": "wrong"}

    statuses = [
        client.post(reverse("admin:login"), login).status_code for _try in range(11)
    ]

    assert statuses == [200] * 10 + [429]


@pytest.mark.parametrize(
    ("source", "body", "shown"),
    [
        ("gateway:x", "odd words", "odd words"),
        ("supplier:x", CODE, "Tersegel: bisa memuat kode pembeli"),
    ],
)
def test_staff_read_what_a_gateway_sent_and_never_what_a_supplier_did(
    staff, arcadia, source, body, shown
):
    with tenant_scope(arcadia.pk):
        event = InboxEvent.objects.create(
            source=source,
            target=uuid4(),
            event_key="k",
            sealed_body=body,
            received_at=NOON,
            due_at=NOON,
        )

    page = staff.get(address(InboxEvent, "change", event.pk)).content.decode()

    assert shown in page
    assert CODE not in page
