"""Receipts, quotas, uploads, staff and sessions."""

from datetime import timedelta
from typing import Any

from tests.constraints.kinds import (
    ONE,
    THEN,
    TWO,
    Never,
    Once,
    at_least,
    between,
    known,
)

TWO_DAYS = timedelta(hours=48)
QUARTER = timedelta(minutes=15)
INSTANT = timedelta(microseconds=1)
RECEIPT, REVERSAL = "payments.Receipt", "payments.Reversal"
DISCREPANCY, POLICY = "payments.Discrepancy", "payments.MoneyPolicy"
UNREACHED = "payments.UnreachedBuyer"
UNMATCHED, PAYMENT = "payments.UnmatchedMoney", "payments.Payment"
ITEM = "inventory.StockItem"
INVITATION, HANDOVER = "tenants.Invitation", "tenants.Handover"
SESSION = "security.Session"


def waits(model: str, longest: timedelta) -> Never:
    """What waits for money does so for so long and no instant longer."""
    begun = {"status": "awaiting_payment", "created_at": THEN}
    late = {**begun, "expires_at": THEN + longest + INSTANT}
    return Never(
        model,
        [late],
        [{**begun, "expires_at": THEN + longest}, {**late, "status": "expired"}],
    )


def troubled(model: str) -> Never:
    """A trouble that is known, and since when."""
    return Never(
        model,
        [
            {"trouble": "keys", "trouble_at": None},
            {"trouble": "", "trouble_at": THEN},
            {"trouble": "nonsense", "trouble_at": THEN},
        ],
        [{"trouble": "keys", "trouble_at": THEN}, {"trouble": "", "trouble_at": None}],
    )


ENTRIES: dict[str, Any] = {
    # Receipts and what went back
    "receipt_once": Once(
        RECEIPT, {"payment_id": 1, "key": "transfer:1"}, "tenant_id payment_id key"
    ),
    "receipt_once_per_transaction": Once(
        RECEIPT,
        {"payment_id": 1, "transaction": "T1"},
        "tenant_id payment_id transaction",
        free=[{"transaction": ""}],
    ),
    "receipt_amount_positive": at_least(RECEIPT, "amount", 1),
    "receipt_taken_back_within_amount": between(RECEIPT, "taken_back", 0, 60),
    "receipt_fee_within_amount": Never(
        RECEIPT, [{"fee": -1}, {"fee": 61}], [{"fee": None}, {"fee": 0}, {"fee": 60}]
    ),
    "reversal_once": Once(
        REVERSAL, {"payment_id": 1, "key": "T1"}, "tenant_id payment_id key"
    ),
    "reversal_in_range": Never(
        REVERSAL,
        [
            {"amount": 60, "booked": 61},
            {"amount": 60, "booked": 30, "confirmed": 31},
            {"amount": 60, "confirmed": -1},
            {"amount": 60, "booked": -1},
            {"amount": 60, "booked": 30, "of_price": 31},
            {"amount": 60, "of_price": -1},
            {"amount": 60, "booked": 30, "loss": 31},
            {"amount": 60, "loss": -1},
        ],
        [
            {"amount": 60, "booked": 60, "of_price": 60, "loss": 60},
            {"amount": 60, "booked": 30, "confirmed": 30},
        ],
    ),
    "discrepancy_once": Once(
        DISCREPANCY,
        {"payment_id": 1, "key": "T1", "due_at": THEN},
        "tenant_id payment_id key",
    ),
    "discrepancy_kind_known": known(DISCREPANCY, "kind", due_at=THEN),
    "discrepancy_status_known": Never(
        DISCREPANCY, [{"status": "nonsense", "decided_at": THEN}]
    ),
    "discrepancy_open_or_decided": Never(
        DISCREPANCY,
        [
            {"status": "open", "due_at": None},
            {"status": "open", "due_at": THEN, "decided_at": THEN},
            {"status": "booked", "decided_at": None},
        ],
        [
            {"status": "open", "due_at": THEN},
            {"status": "dismissed", "decided_at": THEN},
        ],
    ),
    "discrepancy_amounts_in_range": Never(
        DISCREPANCY,
        [{"amount": 0, "due_at": THEN}, {"expected": -1, "due_at": THEN}],
        [{"amount": 1, "expected": 0, "due_at": THEN}],
    ),
    "unreached_open_once": Once(
        UNREACHED,
        {"customer_id": 1, "order_id": 1, "closed_by": ""},
        "tenant_id customer_id order_id",
        free=[{"status": "told", "closed_at": THEN, "closed_by": "user:1"}],
    ),
    "unreached_news_known": known(UNREACHED, "news", closed_by=""),
    "unreached_status_known": Never(
        UNREACHED, [{"status": "nonsense", "closed_at": THEN, "closed_by": "user:1"}]
    ),
    "unreached_count_positive": at_least(UNREACHED, "count", 1, closed_by=""),
    "unreached_open_or_closed": Never(
        UNREACHED,
        [
            {"status": "open", "closed_at": THEN, "closed_by": ""},
            {"status": "open", "closed_by": "user:1"},
            {"status": "told", "closed_at": THEN, "closed_by": ""},
            {"status": "read", "closed_at": None, "closed_by": "discord:1"},
        ],
        [
            {"status": "open", "closed_by": ""},
            {"status": "told", "closed_at": THEN, "closed_by": "user:1"},
            {"status": "read", "closed_at": THEN, "closed_by": "discord:1"},
        ],
    ),
    "policy_raise_is_whole": Never(
        POLICY,
        [
            {"raised_from": THEN},
            {"raised_refund_approval": 1},
            {"raised_surplus_approval": 1},
            {"raised_from": THEN, "raised_refund_approval": 1},
            {
                "raised_from": THEN,
                "raised_refund_approval": -1,
                "raised_surplus_approval": 0,
            },
        ],
        [
            {
                "raised_from": THEN,
                "raised_refund_approval": 0,
                "raised_surplus_approval": 0,
            }
        ],
    ),
    "unmatched_credited_by_another": Never(
        UNMATCHED,
        [
            {
                "needs_second_person": True,
                "status": "credited",
                "recorded_by": "user:1",
                "settled_by": settled_by,
            }
            for settled_by in ("user:1", "", "payments.settlement")
        ],
        [
            {
                "needs_second_person": True,
                "status": "credited",
                "recorded_by": "user:1",
                "settled_by": "user:2",
            },
            {"needs_second_person": True, "status": "open"},
            {"needs_second_person": False, "status": "credited"},
        ],
    ),
    # Quotas and troubles
    "order_waits_for_two_days": waits("payments.Order", TWO_DAYS + QUARTER),
    "deposit_waits_for_two_days": waits("payments.Deposit", TWO_DAYS),
    "method_trouble_known": troubled("payments.PaymentMethod"),
    "supplier_trouble_known": troubled("inventory.SupplierAccount"),
    "payment_one_amount_per_way": Once(
        PAYMENT,
        {
            "order_id": 1,
            "method_id": 1,
            "amount": 1_005,
            "unique_code": 5,
            "reserves_amount": True,
            "status": "set_aside",
        },
        "tenant_id order_id method_id",
        free=[
            {"amount": 1_008},
            {"reserves_amount": False},
            {"status": "settled"},
            {"status": "expired"},
        ],
        other={"amount": 1_007, "unique_code": 7},
    ),
    "customer_reason_when_blocked": Never(
        "tenants.Customer",
        [{"blocked_reason": "x"}],
        [{"blocked_reason": "x", "blocked_at": THEN}, {"blocked_reason": ""}],
    ),
    # Uploads
    "batch_source_known": known("inventory.StockBatch", "source"),
    "batch_has_codes": at_least("inventory.StockBatch", "added", 1),
    "draft_one_each": Once(
        "inventory.StockDraft",
        {"actor": "user:1", "product_id": 1},
        "tenant_id actor product_id",
    ),
    "draft_source_known": known("inventory.StockDraft", "source"),
    # A code is good for one buyer in all products of its store.
    "item_code_once": Once(
        ITEM,
        {"code_hash": "a", "index_version": 1},
        "tenant_id code_hash",
        free=[
            {"status": "void", "holder": None},
            {"status": "quarantined", "holder": None},
            {"index_version": 0},
        ],
        other={"status": "sold", "holder": TWO},
    ),
    "item_raw_code_once": Once(
        ITEM,
        {"code_hash": "a", "product_id": 1, "index_version": 0},
        "tenant_id code_hash product_id",
        free=[{"index_version": 1}],
    ),
    "item_aside_fits_status": Never(
        ITEM,
        [
            {"status": "free", "aside_at": THEN},
            {"status": "free", "aside_reason": "x"},
            {"status": "sold", "holder": ONE, "aside_at": THEN},
        ],
        [{"status": "void", "aside_at": THEN, "aside_reason": "x"}],
    ),
    "item_has_index": Never(
        ITEM,
        [{"code_hash": "", "index_version": 1}],
        [{"code_hash": "", "index_version": 0}],
    ),
    # Staff
    "invitation_role_known": known(INVITATION, "role"),
    "invitation_status_known": known(INVITATION, "status", ended_at=THEN),
    "invitation_accepted_by_somebody": Never(
        INVITATION,
        [
            {"status": "accepted", "ended_at": THEN},
            {"status": "open", "accepted_by_id": 1},
            {"status": "revoked", "accepted_by_id": 1, "ended_at": THEN},
        ],
        [{"status": "accepted", "accepted_by_id": 1, "ended_at": THEN}],
    ),
    "invitation_ends_once": Never(
        INVITATION,
        [{"status": "open", "ended_at": THEN}, {"status": "revoked"}],
        [{"status": "revoked", "ended_at": THEN}],
    ),
    "invitation_for_one_account": Never(
        INVITATION,
        [{"discord_id": 1, "username": "ayu"}],
        [{"discord_id": 1, "username": ""}, {"username": "ayu"}],
    ),
    "member_once_per_invitation": Once(
        "tenants.Member", {"invitation_id": 1}, "tenant_id invitation_id"
    ),
    "handover_offered_once": Once(
        HANDOVER,
        {"status": "offered"},
        "tenant_id",
        free=[
            {"status": status, "ended_at": THEN}
            for status in ("accepted", "declined", "withdrawn")
        ],
    ),
    "handover_status_known": known(HANDOVER, "status", ended_at=THEN),
    "handover_to_somebody_else": Never(
        HANDOVER, [{"giver_id": 1, "taker_id": 1}], [{"giver_id": 1, "taker_id": 2}]
    ),
    "handover_ends_once": Never(
        HANDOVER,
        [{"status": "offered", "ended_at": THEN}, {"status": "declined"}],
        [{"status": "declined", "ended_at": THEN}],
    ),
    "session_kind_known": Never(
        SESSION, [{"kind": "nonsense"}], without=("session_of_somebody",)
    ),
    "session_of_somebody": Never(
        SESSION,
        [
            {"kind": "visitor", "user_id": 1},
            {"kind": "visitor", "signed_in_at": THEN},
            {"kind": "seller", "user_id": 1},
            {"kind": "staff", "signed_in_at": THEN},
        ],
        [
            {"kind": "visitor"},
            {"kind": "seller", "user_id": 1, "signed_in_at": THEN},
            {"kind": "staff", "user_id": 1, "signed_in_at": THEN},
        ],
    ),
}
