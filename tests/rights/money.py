"""Orders, money, and what stands in Discord."""

from typing import Any
from uuid import uuid4

from bot.services.panels import PanelDraft
from bot.services.servers import ServerDraft
from inventory.models import SupplierAccount
from payments.models import Discrepancy, Refund
from payments.services import refunds
from payments.services.incoming import settlement
from payments.services.incoming.methods import AccountDraft
from payments.services.ledger.policy import PolicyDraft
from payments.services.orders.purchase_decisions import Verdict
from payments.services.refunds import RefundDraft
from payments.states import (
    DiscrepancyKind,
    DiscrepancyStatus,
    MethodKind,
    PurchaseOutcome,
    RefundTo,
)
from tenants.models import Member
from tenants.permissions import Permission
from tenants.states import Role
from tests import factories
from tests.conftest import NOON
from tests.factories import gateway_draft
from tests.isolation.world import Side, row_like
from tests.rights.registry import Arguments, call

# --- Orders and money -----------------------------------------------------------------


@call("payments.services.orders.checkout.cancel_for_buyer", Permission.CONFIRM_PAYMENTS)
def _cancel(side: Side, member: Member) -> Arguments:
    return {"order_id": side.order().pk}


@call("payments.services.incoming.decisions.dismiss", Permission.SETTLE_MONEY)
def _dismiss(side: Side, member: Member) -> Arguments:
    return {"discrepancy": _discrepancy(side), "note": "asked the gateway"}


@call("payments.services.incoming.decisions.book_as_told", Permission.SETTLE_MONEY)
def _book(side: Side, member: Member) -> Arguments:
    return {"discrepancy": _discrepancy(side)}


def _discrepancy(side: Side) -> Discrepancy:
    """The news that a transfer was a thousand less than what was booked."""
    payment = side.paid().payments.get(from_balance=False)
    return row_like(
        side,
        "payments.Discrepancy",
        payment=payment,
        kind=DiscrepancyKind.SECOND_TOTAL,
        status=DiscrepancyStatus.OPEN,
        amount=payment.amount - 1_000,
        expected=payment.amount,
        due_at=NOON,
    )


@call("payments.services.orders.unreached.note_told", Permission.CONFIRM_PAYMENTS)
def _buyer_told(side: Side, member: Member) -> Arguments:
    return {"unreached": side.unreached(), "note": "called them"}


@call("payments.services.incoming.troubles.note_seen", Permission.EDIT_PAYMENTS)
def _method_seen(side: Side, member: Member) -> Arguments:
    return {"method": side.gateway}


@call("payments.services.orders.disclosure.reveal_to_staff", Permission.REVEAL_CODES)
def _reveal(side: Side, member: Member) -> Arguments:
    return {"order": side.sold(), "reason": "the buyer says that it does not work"}


@call("payments.services.incoming.methods.add_account", Permission.EDIT_PAYMENTS)
def _add_account(side: Side, member: Member) -> Arguments:
    return {"draft": _account_draft()}


@call("payments.services.incoming.methods.add_gateway", Permission.EDIT_PAYMENTS)
def _add_gateway(side: Side, member: Member) -> Arguments:
    return {"draft": gateway_draft(merchant_code=f"T{side.next_number()}")}


@call("payments.services.incoming.methods.change_method", Permission.EDIT_PAYMENTS)
def _change_method(side: Side, member: Member) -> Arguments:
    return {"method": side.transfer, "draft": _account_draft()}


@call("payments.services.incoming.methods.switch_method", Permission.EDIT_PAYMENTS)
def _switch_method(side: Side, member: Member) -> Arguments:
    return {"method": side.gateway, "is_active": False}


def _account_draft() -> AccountDraft:
    return AccountDraft(
        kind=MethodKind.BANK,
        provider="BCA",
        account_number="9876543210",
        account_name="Rizky",
    )


@call("payments.services.ledger.policy.change_policy", Permission.EDIT_PAYMENTS)
def _policy(side: Side, member: Member) -> Arguments:
    draft = PolicyDraft(
        wallet_is_on=True,
        wallet_limit=1_000_000,
        deposit_min=10_000,
        refund_approval_above=400_000,
        surplus_approval_above=50_000,
    )
    return {"draft": draft}


@call("payments.services.refunds.refund_requests.request_refund", Permission.REFUND)
def _request(side: Side, member: Member) -> Arguments:
    return {"order": side.sold(), "draft": _refund_draft(1_000, RefundTo.BALANCE)}


@call("payments.services.refunds.refund_requests.approve_refund", Permission.REFUND)
def _approve(side: Side, member: Member) -> Arguments:
    return {"refund": _big_refund(side)}


@call("payments.services.refunds.refund_requests.reject_refund", Permission.REFUND)
def _reject_refund(side: Side, member: Member) -> Arguments:
    return {"refund": _big_refund(side), "reason": "no"}


@call("payments.services.refunds.refund_requests.note_paid_out", Permission.REFUND)
def _paid_out(side: Side, member: Member) -> Arguments:
    return {"refund": _payout(side), "note": "transferred back"}


@call("payments.services.refunds.refund_requests.turn_to_balance", Permission.REFUND)
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
        actor=side.owner, payment=side.transfer_of(order), now=NOON
    )
    asker = factories.make_member(Role.OWNER)
    return refunds.request_refund(
        actor=asker, order=order, draft=_refund_draft(price, to), now=NOON
    )


@call(
    "payments.services.incoming.settlement.confirm_transfer",
    Permission.CONFIRM_PAYMENTS,
)
def _confirm(side: Side, member: Member) -> Arguments:
    return {"payment": side.transfer_of()}


@call(
    "payments.services.incoming.settlement.reject_transfer", Permission.CONFIRM_PAYMENTS
)
def _reject_transfer(side: Side, member: Member) -> Arguments:
    return {"payment": side.transfer_of(), "reason": "nothing came"}


@call("payments.services.incoming.unapplied.apply_to_order", Permission.SETTLE_MONEY)
def _apply(side: Side, member: Member) -> Arguments:
    return {"money": side.unapplied_money()}


@call("payments.services.incoming.unapplied.credit_buyer", Permission.SETTLE_MONEY)
def _credit(side: Side, member: Member) -> Arguments:
    return {"money": side.unapplied_money()}


@call("payments.services.incoming.unapplied.note_returned", Permission.SETTLE_MONEY)
def _returned(side: Side, member: Member) -> Arguments:
    return {"money": side.unapplied_money(), "note": "paid back in cash"}


@call("payments.services.orders.purchase_decisions.decide", Permission.SETTLE_MONEY)
def _decide(side: Side, member: Member) -> Arguments:
    verdict = Verdict(PurchaseOutcome.FAILED, "not in their list")
    # Another service's turn may have switched it off.
    SupplierAccount.objects.filter(pk=side.supplier.pk).update(is_active=True)
    return {"purchase": side.stalled(), "verdict": verdict}


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
