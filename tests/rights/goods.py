"""Stores, their staff, their products, stock and suppliers."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from catalog.models import PriceRule
from catalog.services.categories import CategoryDraft
from catalog.services.drafts import ProductDraft
from catalog.services.prices import RuleDraft, TermsDraft
from inventory.models import PurchaseAttempt, StockBatch, StockItem
from inventory.services import drafts, withdrawals
from inventory.services.drafts import Upload
from inventory.services.entered_goods import GoodsDraft
from inventory.services.supplier_accounts import AccountDraft as SupplierDraft
from inventory.services.supplier_products import ImportDraft
from inventory.states import AttemptStatus, Discrepancy, PurchaseStatus
from tenants.models import Handover, Invitation, Member
from tenants.permissions import Permission
from tenants.services.invitations import InvitationDraft
from tenants.services.settings import StoreDraft
from tenants.states import HandoverStatus, Role
from tests import factories
from tests.conftest import NOON
from tests.inventory.suppliers import attempt_of, make_topup, map_product, submit
from tests.isolation.world import Side
from tests.rights.registry import EVERYBODY, Arguments, call

# --- Stores and their staff -----------------------------------------------------------


@call("tenants.services.settings.change_store", Permission.EDIT_STORE)
def _store(side: Side, member: Member) -> Arguments:
    draft = StoreDraft("New name", "Asia/Makassar", "en", deposit_alert_hours=6)
    return {"draft": draft}


@call("tenants.services.members.change_role", Permission.EDIT_MEMBERS)
def _role(side: Side, member: Member) -> Arguments:
    target = factories.make_member(Role.VIEWER)
    return {"member_id": target.pk, "role": "cashier", "seen_role": "viewer"}


@call("tenants.services.members.remove_member", Permission.EDIT_MEMBERS)
def _remove(side: Side, member: Member) -> Arguments:
    return {"member_id": factories.make_member(Role.VIEWER).pk}


@call("tenants.services.members.leave_store", EVERYBODY)
def _leave(side: Side, member: Member) -> Arguments:
    return {}


@call("tenants.services.invitations.invite", Permission.EDIT_MEMBERS)
def _invite(side: Side, member: Member) -> Arguments:
    return {"draft": InvitationDraft(role="viewer")}


@call("tenants.services.invitations.revoke", Permission.EDIT_MEMBERS)
def _revoke(side: Side, member: Member) -> Arguments:
    made = Invitation.objects.create(
        role=Role.VIEWER,
        token_hash=uuid4().hex,
        created_by=side.owner.user,
        created_at=NOON,
        expires_at=NOON,
    )
    return {"invitation": made}


@call("tenants.services.handovers.offer_store", Permission.EDIT_MEMBERS)
def _offer(side: Side, member: Member) -> Arguments:
    return {"member_id": factories.make_member(Role.VIEWER).pk}


@call("tenants.services.handovers.withdraw_offer", Permission.EDIT_MEMBERS)
def _withdraw(side: Side, member: Member) -> Arguments:
    return {"offer": _offered(side, factories.make_member(Role.VIEWER))}


@call("tenants.services.handovers.decline_offer", EVERYBODY)
def _decline(side: Side, member: Member) -> Arguments:
    return {"offer": _offered(side, member)}


@call("tenants.services.handovers.accept_offer", EVERYBODY)
def _accept(side: Side, member: Member) -> Arguments:
    return {"offer": _offered(side, member)}


def _offered(side: Side, taker: Member) -> Handover:
    Handover.objects.filter(status=HandoverStatus.OFFERED).delete()
    giver = factories.make_member(Role.OWNER)
    offer: Handover = Handover.objects.create(
        giver=giver.user,
        taker=taker.user,
        created_at=NOON,
        expires_at=NOON.replace(year=2999),
    )
    return offer


@call("tenants.services.customers.block", Permission.BLOCK_BUYERS)
def _block(side: Side, member: Member) -> Arguments:
    return {"customer": factories.make_customer(), "reason": "spam"}


@call("tenants.services.customers.change_tier", Permission.EDIT_CATALOG)
def _change_tier(side: Side, member: Member) -> Arguments:
    return {"customer": factories.make_customer(), "tier": "vip"}


@call("tenants.services.customers.unblock", Permission.BLOCK_BUYERS)
def _unblock(side: Side, member: Member) -> Arguments:
    return {"customer": factories.make_customer(blocked_at=NOON)}


# --- Catalog --------------------------------------------------------------------------


@call("catalog.services.categories.keep_category", Permission.EDIT_CATALOG)
def _category(side: Side, member: Member) -> Arguments:
    return {"draft": CategoryDraft(code=f"C{side.next_number()}", name="Voucher")}


@call("catalog.services.products.add_product", Permission.EDIT_CATALOG)
def _add_product(side: Side, member: Member) -> Arguments:
    return {"draft": _product_draft(side)}


@call("catalog.services.products.change_product", Permission.EDIT_CATALOG)
def _change_product(side: Side, member: Member) -> Arguments:
    return {"product": side.product(), "draft": _product_draft(side)}


@call("catalog.services.products.show_products", Permission.EDIT_CATALOG)
def _show(side: Side, member: Member) -> Arguments:
    return {"product_ids": [side.product().pk], "is_visible": False}


@call("catalog.services.products.archive_product", Permission.EDIT_CATALOG)
def _archive(side: Side, member: Member) -> Arguments:
    return {"product": side.product()}


@call("catalog.services.prices.add_rule", Permission.EDIT_CATALOG)
def _add_rule(side: Side, member: Member) -> Arguments:
    return {"draft": _rule_draft(side)}


@call("catalog.services.prices.change_rule", Permission.EDIT_CATALOG)
def _change_rule(side: Side, member: Member) -> Arguments:
    return {"rule": _rule(side), "draft": _rule_draft(side)}


@call("catalog.services.prices.remove_rule", Permission.EDIT_CATALOG)
def _remove_rule(side: Side, member: Member) -> Arguments:
    return {"rule": _rule(side)}


@call("catalog.services.prices.change_terms", Permission.EDIT_CATALOG)
def _terms(side: Side, member: Member) -> Arguments:
    return {"draft": TermsDraft(step=100)}


@call("catalog.services.prices.apply_margins", Permission.EDIT_CATALOG)
def _apply_margins(side: Side, member: Member) -> Arguments:
    return {}


def _rule(side: Side) -> PriceRule:
    return factories.PriceRuleFactory(product=side.product())


def _rule_draft(side: Side) -> RuleDraft:
    product = side.product()
    return RuleDraft(basis="price", rate=500, tier="vip", product_id=product.pk)


@call("catalog.services.seeding.add_topups", Permission.EDIT_CATALOG)
def _topups(side: Side, member: Member) -> Arguments:
    return {}


def _product_draft(side: Side) -> ProductDraft:
    number = side.next_number()
    return ProductDraft(name=f"Draft {number}", sku=f"D-{number}", price=12_500)


# --- Stock and suppliers --------------------------------------------------------------


@call("inventory.services.imports.add_codes", Permission.EDIT_STOCK)
def _codes(side: Side, member: Member) -> Arguments:
    return {"product": side.product(), "text": f"NEW-CODE-{side.next_number()}"}


@call("inventory.services.imports.require_codes", Permission.EDIT_STOCK)
def _require_codes(side: Side, member: Member) -> Arguments:
    return {"product": side.product()}


@call("inventory.services.drafts.prepare", Permission.EDIT_STOCK)
def _prepare(side: Side, member: Member) -> Arguments:
    return {"product": side.product(), "upload": _upload(side)}


@call("inventory.services.drafts.choose", Permission.EDIT_STOCK)
def _choose(side: Side, member: Member) -> Arguments:
    return {
        "public_id": _draft_of(side, member).public_id,
        "column": 0,
        "included": (),
    }


@call("inventory.services.drafts.keep", Permission.EDIT_STOCK)
def _keep(side: Side, member: Member) -> Arguments:
    draft = _draft_of(side, member)
    return {"public_id": draft.public_id, "revision": draft.revision}


@call("inventory.services.drafts.discard", EVERYBODY)
def _discard(side: Side, member: Member) -> Arguments:
    return {"public_id": _draft_of(side, member).public_id}


def _upload(side: Side) -> Upload:
    return Upload(text=f"NEW-CODE-{side.next_number()}")


def _draft_of(side: Side, member: Member) -> Any:
    """What this person uploaded when they still had the right to."""
    before = Member(
        pk=member.pk, tenant=member.tenant, user=member.user, role=Role.OWNER
    )
    return drafts.prepare(
        actor=before, product=side.product(), upload=_upload(side), now=NOON
    )


@call("inventory.services.withdrawals.quarantine_items", Permission.EDIT_STOCK)
def _quarantine(side: Side, member: Member) -> Arguments:
    return _some_codes(side) | {"reason": "bought twice"}


@call("inventory.services.withdrawals.restore_items", Permission.EDIT_STOCK)
def _restore(side: Side, member: Member) -> Arguments:
    chosen = _some_codes(side)
    withdrawals.quarantine_items(
        actor=side.owner, reason="bought twice", now=NOON, **chosen
    )
    return chosen


@call("inventory.services.withdrawals.withdraw_items", Permission.EDIT_STOCK)
def _withdraw_items(side: Side, member: Member) -> Arguments:
    return _some_codes(side) | {"reason": "bought twice"}


@call("inventory.services.withdrawals.withdraw_batch", Permission.EDIT_STOCK)
def _withdraw_batch(side: Side, member: Member) -> Arguments:
    draft = _draft_of(side, side.owner)
    drafts.keep(
        actor=side.owner,
        public_id=draft.public_id,
        revision=draft.revision,
        now=NOON,
    )
    batch = StockBatch.objects.filter(product=draft.product).order_by("-pk")[0]
    return {"batch": batch, "reason": "bought twice"}


@call("inventory.services.withdrawals.reveal_item", Permission.REVEAL_CODES)
def _reveal_item(side: Side, member: Member) -> Arguments:
    item = StockItem.objects.get(public_id=_some_codes(side)["item_ids"][0])
    return {"item": item, "reason": "a buyer asks about it"}


def _some_codes(side: Side) -> Arguments:
    product = side.product()
    items = StockItem.objects.filter(product=product).order_by("pk")
    return {
        "product": product,
        "item_ids": list(items.values_list("public_id", flat=True)),
    }


@call("inventory.services.supplier_troubles.note_seen", Permission.EDIT_PAYMENTS)
def _supplier_seen(side: Side, member: Member) -> Arguments:
    return {"account": side.supplier}


@call("inventory.services.supplier_accounts.connect_account", Permission.EDIT_PAYMENTS)
def _connect(side: Side, member: Member) -> Arguments:
    username = f"buyer{side.next_number()}"
    keys = {"username": username, "api_key": "dev-1"}
    return {"draft": SupplierDraft("digiflazz", keys, is_test=True)}


@call("inventory.services.supplier_accounts.switch_account", Permission.EDIT_PAYMENTS)
def _switch_account(side: Side, member: Member) -> Arguments:
    return {"account": side.supplier, "is_active": False}


@call("inventory.services.supplier_accounts.rotate_keys", Permission.EDIT_PAYMENTS)
def _rotate(side: Side, member: Member) -> Arguments:
    return {"account": side.supplier, "keys": {"api_key": "dev-2"}}


@call("inventory.services.supplier_accounts.place_account", Permission.EDIT_PAYMENTS)
def _place(side: Side, member: Member) -> Arguments:
    return {"account": side.supplier, "is_first": True}


@call("inventory.services.supplier_products.import_products", Permission.EDIT_CATALOG)
def _import(side: Side, member: Member) -> Arguments:
    draft = ImportDraft(option_ids=[side.offer().pk], percent=Decimal(8))
    return {"draft": draft}


@call("inventory.services.supplier_products.map_product", Permission.EDIT_CATALOG)
def _map(side: Side, member: Member) -> Arguments:
    option = map_product(make_topup(), side.supplier, sku=f"x{side.next_number()}")
    return {"option": option, "product": make_topup()}


@call("inventory.services.entered_goods.add_goods", Permission.EDIT_CATALOG)
def _add_goods(side: Side, member: Member) -> Arguments:
    sku = f"x{side.next_number()}"
    return {"account": side.hand_kept(), "sku": sku, "draft": GoodsDraft("x", 9_000)}


@call("inventory.services.entered_goods.change_goods", Permission.EDIT_CATALOG)
def _change_goods(side: Side, member: Member) -> Arguments:
    option = side.offer(account=side.hand_kept())
    return {"option": option, "draft": GoodsDraft("x", 9_000)}


@call("inventory.services.purchase_resolution.mark_succeeded", Permission.SETTLE_MONEY)
def _succeeded(side: Side, member: Member) -> Arguments:
    purchase = _stalled(side, AttemptStatus.UNKNOWN)
    return {"purchase": purchase, "serial_number": "7041", "reason": "I saw it"}


@call("inventory.services.purchase_resolution.mark_failed", Permission.SETTLE_MONEY)
def _failed(side: Side, member: Member) -> Arguments:
    return {"purchase": _stalled(side, AttemptStatus.UNKNOWN), "reason": "nothing"}


@call("inventory.services.purchase_resolution.try_again", Permission.SETTLE_MONEY)
def _try_again(side: Side, member: Member) -> Arguments:
    return {"purchase": _stalled(side, AttemptStatus.QUEUED)}


@call("inventory.services.purchase_resolution.wait_longer", Permission.SETTLE_MONEY)
def _wait(side: Side, member: Member) -> Arguments:
    return {"purchase": _stalled(side, AttemptStatus.UNKNOWN)}


@call(
    "inventory.services.purchase_resolution.note_discrepancy", Permission.SETTLE_MONEY
)
def _discrepancy(side: Side, member: Member) -> Arguments:
    attempt = attempt_of(_stalled(side, AttemptStatus.UNKNOWN))
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(
        discrepancy=Discrepancy.OVERCHARGED, discrepancy_noted_at=None
    )
    return {"attempt": attempt, "note": "asked the supplier"}


def _stalled(side: Side, attempt: AttemptStatus) -> Any:
    """A purchase that waits for its owner; its only attempt is in this state."""
    product = make_topup()
    map_product(product, side.supplier, sku=f"x{side.next_number()}")
    purchase = submit(product)
    sent_at = NOON if attempt == AttemptStatus.UNKNOWN else None
    PurchaseAttempt.objects.filter(purchase=purchase).update(
        status=attempt, first_sent_at=sent_at, claimed_until=None
    )
    type(purchase).objects.filter(pk=purchase.pk).update(
        status=PurchaseStatus.NEEDS_OWNER
    )
    purchase.refresh_from_db()
    return purchase
