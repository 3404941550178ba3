"""A valid call to every service that acts for somebody, and who may make it.

A service that is not here fails the test: say who may call it, and how. What each call
needs is made anew, in the store's scope, for a person who did nothing before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bot.services.panels import PanelDraft
from bot.services.servers import ServerDraft
from catalog.services.categories import CategoryDraft
from catalog.services.drafts import ProductDraft
from inventory.models import PurchaseAttempt
from inventory.services.supplier_desk import AccountDraft as SupplierDraft
from inventory.states import AttemptStatus, PurchaseStatus, Surprise
from payments.models import Refund
from payments.services import refunds, settlement
from payments.services.methods import AccountDraft, GatewayDraft
from payments.services.policy import PolicyDraft
from payments.services.refunds import RefundDraft
from payments.states import MethodKind, RefundTo
from tenants.models import Handover, Invitation, Member
from tenants.permissions import PERMISSIONS_OF, Permission
from tenants.services.invitations import InvitationDraft
from tenants.services.settings import StoreDraft
from tenants.states import HandoverStatus, Role
from tests import factories
from tests.conftest import NOON
from tests.inventory.suppliers import attempt_of, make_topup, map_product, submit
from tests.isolation.world import Side

Arguments = dict[str, Any]
Builder = Callable[[Side, Member], Arguments]
EVERYBODY = None


@dataclass(frozen=True)
class Entry:
    """Who may call a service, and with what. `right` None leaves it to every role."""

    right: Permission | None
    build: Builder

    def may(self, role: Role) -> bool:
        """Whether the permission table lets this role do it."""
        return self.right is None or self.right in PERMISSIONS_OF[role]


CALLS: dict[str, Entry] = {}


def call(name: str, right: Permission | None) -> Callable[[Builder], Builder]:
    """Register how a service is called."""

    def register(builder: Builder) -> Builder:
        assert name not in CALLS, f"{name} is here twice"
        CALLS[name] = Entry(right, builder)
        return builder

    return register


# --- Stores and their staff -----------------------------------------------------------


@call("tenants.services.settings.change_store", Permission.EDIT_STORE)
def _store(side: Side, member: Member) -> Arguments:
    draft = StoreDraft(name="New name", time_zone="Asia/Makassar", language="en")
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


@call("inventory.services.supplier_desk.connect_account", Permission.EDIT_PAYMENTS)
def _connect(side: Side, member: Member) -> Arguments:
    username = f"buyer{side.next_number()}"
    return {"draft": SupplierDraft(username=username, api_key="dev-1", is_test=True)}


@call("inventory.services.supplier_desk.switch_account", Permission.EDIT_PAYMENTS)
def _switch_account(side: Side, member: Member) -> Arguments:
    return {"account": side.supplier, "is_active": False}


@call("inventory.services.supplier_desk.map_product", Permission.EDIT_CATALOG)
def _map(side: Side, member: Member) -> Arguments:
    option = map_product(make_topup(), side.supplier, sku=f"x{side.next_number()}")
    return {"option": option, "product": make_topup()}


@call("inventory.services.purchase_desk.mark_succeeded", Permission.SETTLE_MONEY)
def _succeeded(side: Side, member: Member) -> Arguments:
    purchase = _stalled(side, AttemptStatus.UNKNOWN)
    return {"purchase": purchase, "serial_number": "7041", "reason": "I saw it"}


@call("inventory.services.purchase_desk.mark_failed", Permission.SETTLE_MONEY)
def _failed(side: Side, member: Member) -> Arguments:
    return {"purchase": _stalled(side, AttemptStatus.UNKNOWN), "reason": "nothing"}


@call("inventory.services.purchase_desk.try_again", Permission.SETTLE_MONEY)
def _try_again(side: Side, member: Member) -> Arguments:
    return {"purchase": _stalled(side, AttemptStatus.QUEUED)}


@call("inventory.services.purchase_desk.wait_longer", Permission.SETTLE_MONEY)
def _wait(side: Side, member: Member) -> Arguments:
    return {"purchase": _stalled(side, AttemptStatus.UNKNOWN)}


@call("inventory.services.purchase_desk.note_surprise", Permission.SETTLE_MONEY)
def _surprise(side: Side, member: Member) -> Arguments:
    attempt = attempt_of(_stalled(side, AttemptStatus.UNKNOWN))
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(
        surprise=Surprise.OVERCHARGED, surprise_noted_at=None
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


# --- Orders and money -----------------------------------------------------------------


@call("payments.services.checkout.cancel_order", Permission.CONFIRM_PAYMENTS)
def _cancel(side: Side, member: Member) -> Arguments:
    return {"order_id": side.order().pk, "actor": member.actor}


@call("payments.services.disclosure.reveal_to_staff", Permission.REVEAL_CODES)
def _reveal(side: Side, member: Member) -> Arguments:
    return {"order": side.sold(), "reason": "the buyer says that it does not work"}


@call("payments.services.methods.add_account", Permission.EDIT_PAYMENTS)
def _add_account(side: Side, member: Member) -> Arguments:
    return {"draft": _account_draft()}


@call("payments.services.methods.add_gateway", Permission.EDIT_PAYMENTS)
def _add_gateway(side: Side, member: Member) -> Arguments:
    draft = GatewayDraft(
        name="QRIS",
        merchant_code=f"T{side.next_number()}",
        api_key="DEV-key",
        private_key="private",
        is_test=True,
    )
    return {"draft": draft}


@call("payments.services.methods.change_method", Permission.EDIT_PAYMENTS)
def _change_method(side: Side, member: Member) -> Arguments:
    return {"method": side.transfer, "draft": _account_draft()}


@call("payments.services.methods.switch_method", Permission.EDIT_PAYMENTS)
def _switch_method(side: Side, member: Member) -> Arguments:
    return {"method": side.gateway, "is_active": False}


def _account_draft() -> AccountDraft:
    return AccountDraft(
        kind=MethodKind.BANK,
        provider="BCA",
        account_number="9876543210",
        account_name="Rizky",
    )


@call("payments.services.policy.change_policy", Permission.EDIT_PAYMENTS)
def _policy(side: Side, member: Member) -> Arguments:
    draft = PolicyDraft(
        wallet_is_on=True,
        wallet_limit=1_000_000,
        deposit_min=10_000,
        refund_approval_above=400_000,
    )
    return {"draft": draft}


@call("payments.services.refunds.request_refund", Permission.REFUND)
def _request(side: Side, member: Member) -> Arguments:
    return {"order": side.sold(), "draft": _refund_draft(1_000, RefundTo.BALANCE)}


@call("payments.services.refunds.approve_refund", Permission.REFUND)
def _approve(side: Side, member: Member) -> Arguments:
    return {"refund": _big_refund(side)}


@call("payments.services.refunds.reject_refund", Permission.REFUND)
def _reject_refund(side: Side, member: Member) -> Arguments:
    return {"refund": _big_refund(side), "reason": "no"}


@call("payments.services.refunds.note_paid_out", Permission.REFUND)
def _paid_out(side: Side, member: Member) -> Arguments:
    return {"refund": _payout(side), "note": "transferred back"}


@call("payments.services.refunds.turn_to_balance", Permission.REFUND)
def _to_balance(side: Side, member: Member) -> Arguments:
    return {"refund": _payout(side)}


def _refund_draft(amount: int, to: RefundTo) -> RefundDraft:
    return RefundDraft(
        amount=amount,
        to=to,
        reason="it does not work",
        request_key=str(uuid4()),
        seen_refunded=0,
    )


def _big_refund(side: Side) -> Refund:
    """A refund that somebody else asked for and that needs a second person."""
    return _refund_of(side, price=900_000, to=RefundTo.BALANCE)


def _payout(side: Side) -> Refund:
    return _refund_of(side, price=30_000, to=RefundTo.SOURCE)


def _refund_of(side: Side, *, price: int, to: RefundTo) -> Refund:
    order = side.order(product=side.product(price=price))
    settlement.confirm_transfer(
        member=side.owner, payment=side.transfer_of(order), now=NOON
    )
    asker = factories.make_member(Role.OWNER)
    return refunds.request_refund(
        member=asker, order=order, draft=_refund_draft(price, to), now=NOON
    )


@call("payments.services.settlement.confirm_transfer", Permission.CONFIRM_PAYMENTS)
def _confirm(side: Side, member: Member) -> Arguments:
    return {"payment": side.transfer_of()}


@call("payments.services.settlement.reject_transfer", Permission.CONFIRM_PAYMENTS)
def _reject_transfer(side: Side, member: Member) -> Arguments:
    return {"payment": side.transfer_of(), "reason": "nothing came"}


@call("payments.services.unmatched.apply_to_order", Permission.SETTLE_MONEY)
def _apply(side: Side, member: Member) -> Arguments:
    return {"money": side.odd_money()}


@call("payments.services.unmatched.credit_buyer", Permission.SETTLE_MONEY)
def _credit(side: Side, member: Member) -> Arguments:
    return {"money": side.odd_money()}


@call("payments.services.unmatched.note_returned", Permission.SETTLE_MONEY)
def _returned(side: Side, member: Member) -> Arguments:
    return {"money": side.odd_money(), "note": "paid back in cash"}


# --- Discord --------------------------------------------------------------------------


@call("bot.services.servers.change_settings", Permission.EDIT_STORE)
def _server(side: Side, member: Member) -> Arguments:
    return {"guild": side.guild, "draft": ServerDraft(log_channel_id=12)}


@call("bot.services.panels.place_panel", Permission.EDIT_PANELS)
def _place(side: Side, member: Member) -> Arguments:
    return {"draft": _panel_draft(side)}


@call("bot.services.panels.change_panel", Permission.EDIT_PANELS)
def _change_panel(side: Side, member: Member) -> Arguments:
    return {"panel": side.panel, "draft": _panel_draft(side)}


@call("bot.services.panels.resume_panel", Permission.EDIT_PANELS)
def _resume(side: Side, member: Member) -> Arguments:
    return {"panel": _new_panel(side)}


@call("bot.services.panels.remove_panel", Permission.EDIT_PANELS)
def _remove_panel(side: Side, member: Member) -> Arguments:
    return {"panel": _new_panel(side)}


def _panel_draft(side: Side) -> PanelDraft:
    return PanelDraft(guild_id=side.guild.pk, channel_id=12, title="New title")


def _new_panel(side: Side) -> Any:
    panel = type(side.panel)
    return panel.objects.create(guild=side.guild, channel_id=13, created_at=NOON)
