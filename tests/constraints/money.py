"""Orders, payments, books and refunds."""

from datetime import timedelta

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

ENDED = [{"status": status} for status in ("settled", "expired", "failed", "reversed")]
PAYMENT, REFUND, ORDER = "payments.Payment", "payments.Refund", "payments.Order"
SECOND = timedelta(seconds=1)
ACCOUNT, POLICY = "payments.LedgerAccount", "payments.MoneyPolicy"

ENTRIES = {
    # Orders
    "order_code_once_per_store": Once(ORDER, {"code": "A"}, "tenant_id code"),
    "order_once_per_request": Once(
        ORDER, {"request_key": "click:1"}, "tenant_id request_key"
    ),
    "order_status_known": known(ORDER, "status"),
    "order_total_positive": at_least(ORDER, "total", 1),
    "order_refunded_within_total": between(ORDER, "refunded", 0, 60),
    "order_reserved_while_it_waits": Never(
        ORDER,
        [
            {"total": 60, "reserved": 60},
            {"total": 60, "reserved": -1},
            {"total": 60, "reserved": 1, "status": "paid"},
        ],
        [{"total": 60, "reserved": 59}, {"reserved": 0, "status": "paid"}],
    ),
    "order_waits_no_longer_than_it_may": Never(
        ORDER,
        [{"expires_at": THEN + SECOND, "latest_at": THEN}],
        [
            {"expires_at": THEN, "latest_at": THEN},
            {"expires_at": THEN + SECOND, "latest_at": THEN, "status": "paid"},
        ],
    ),
    "verdict_once_per_purchase": Once(
        "payments.PurchaseVerdict", {"purchase_id": 1}, "tenant_id purchase_id"
    ),
    "verdict_outcome_known": known("payments.PurchaseVerdict", "outcome"),
    "policy_undo_in_range": Never(
        POLICY, [{"undo_secs": 121}], [{"undo_secs": 0}, {"undo_secs": 120}]
    ),
    "line_has_quantity_and_price": Never(
        "payments.OrderLine",
        [{"quantity": 0}, {"unit_price": 0}],
        [{"quantity": 1, "unit_price": 1}],
    ),
    "line_destination_fits_kind": Never(
        "payments.OrderLine",
        [
            {"kind": "code", "destination": "0812"},
            {"kind": "topup", "destination": "", "quantity": 1, "cost_ceiling": 1},
            {"kind": "topup", "destination": "0812", "quantity": 2, "cost_ceiling": 1},
            {"kind": "bill", "destination": "", "quantity": 1, "cost_ceiling": 1},
            {"kind": "bill", "destination": "5300", "quantity": 2, "cost_ceiling": 1},
            {"kind": "nonsense", "destination": ""},
        ],
        [
            {"kind": "code", "destination": "", "quantity": 2},
            {"kind": "bill", "destination": "5300", "quantity": 1, "cost_ceiling": 1},
            {"kind": "topup", "destination": "0812", "quantity": 1, "cost_ceiling": 1},
        ],
        without=("line_ceiling_fits_kind",),
    ),
    "line_ceiling_fits_kind": Never(
        "payments.OrderLine",
        [
            {"kind": "code", "cost_ceiling": 1},
            {
                "kind": "topup",
                "destination": "0812",
                "quantity": 1,
                "cost_ceiling": None,
            },
            {
                "kind": "topup",
                "destination": "0812",
                "quantity": 1,
                "cost_ceiling": 0,
            },
            {"kind": "bill", "destination": "5300", "quantity": 1},
        ],
        [
            {"kind": "bill", "destination": "5300", "quantity": 1, "cost_ceiling": 1},
            {"kind": "code", "cost_ceiling": None},
            {"kind": "topup", "destination": "0812", "quantity": 1, "cost_ceiling": 1},
        ],
    ),
    "line_reduction_below_price": Never(
        "payments.OrderLine",
        [
            {"quantity": 2, "unit_price": 5, "reduction": -1},
            {"quantity": 2, "unit_price": 5, "reduction": 10},
        ],
        [
            {"quantity": 2, "unit_price": 5, "reduction": 0},
            {"quantity": 2, "unit_price": 5, "reduction": 9},
        ],
    ),
    "adjustment_once_per_order": Once(
        "payments.OrderAdjustment",
        {"order_id": 1, "source": "v"},
        "tenant_id order_id source",
        free=[{"kind": "voucher"}],
    ),
    "adjustment_kind_known": known("payments.OrderAdjustment", "kind"),
    "adjustment_lowers_and_has_source": Never(
        "payments.OrderAdjustment",
        [{"amount": 0}, {"amount": 5}, {"amount": -5, "source": ""}],
        [{"amount": -1, "source": "v"}],
    ),
    "delivery_once_per_unit": Once(
        "payments.Delivery",
        {"line_id": 1, "unit_no": 1, "item": ONE},
        "tenant_id line_id unit_no",
        other={"item": TWO},
    ),
    "delivery_once_per_item": Once(
        "payments.Delivery", {"item": ONE}, "tenant_id item"
    ),
    "delivery_once_per_purchase": Once(
        "payments.Delivery", {"item": None, "purchase": ONE}, "tenant_id purchase"
    ),
    "delivery_item_or_purchase": Never(
        "payments.Delivery",
        [{"item": None}, {"item": ONE, "purchase": TWO}],
        [{"item": ONE}, {"item": None, "purchase": ONE}],
    ),
    "review_once_per_order": Once(
        "payments.Review", {"order_id": 1}, "tenant_id order_id"
    ),
    "review_one_to_five_stars": between("payments.Review", "stars", 1, 5),
    # Asking for money
    "method_one_balance": Once(
        "payments.PaymentMethod",
        {"kind": "balance"},
        "tenant_id",
        free=[{"kind": "bank"}, {"kind": "qris"}, {"kind": "ewallet"}],
    ),
    "method_kind_known": known("payments.PaymentMethod", "kind"),
    "method_channel_of_gateway": Never(
        "payments.PaymentMethod",
        [
            {"gateway": "tripay", "channel": ""},
            {"gateway": "manual", "channel": "qris"},
            {"gateway": "balance", "channel": "qris"},
        ],
        [
            {"gateway": "tripay", "channel": "qris"},
            {"gateway": "manual", "channel": ""},
            {"gateway": "balance", "channel": ""},
        ],
    ),
    "method_hold_in_range": between("payments.PaymentMethod", "hold_secs", 60, 172_800),
    "payment_one_open_per_order": Once(
        PAYMENT,
        {"order_id": 1, "from_balance": False},
        "tenant_id order_id from_balance",
        free=ENDED,
        other={"status": "pending"},
    ),
    "payment_one_open_per_deposit": Once(
        PAYMENT,
        {"order_id": None, "deposit_id": 1},
        "tenant_id deposit_id",
        free=ENDED,
        other={"status": "pending"},
    ),
    "payment_for_order_or_deposit": Never(
        PAYMENT,
        [
            {"order_id": None},
            {"order_id": 1, "deposit_id": 1},
            {"order_id": None, "deposit_id": 1, "from_balance": True},
        ],
        [
            {"order_id": None, "deposit_id": 1},
            {"order_id": 1, "from_balance": True},
        ],
    ),
    "payment_amount_once_per_account": Once(
        PAYMENT,
        {"method_id": 1, "amount": 19_588, "reserves_amount": True},
        "tenant_id method_id amount",
        free=[{"reserves_amount": False}],
        other={"order_id": 2, "status": "settled"},
    ),
    "payment_gateway_reference_once": Once(
        PAYMENT,
        {"method_id": 1, "gateway_reference": "T1"},
        "tenant_id method_id gateway_reference",
        free=[{"gateway_reference": ""}],
        other={"order_id": 2},
    ),
    "payment_status_known": known(PAYMENT, "status"),
    "payment_amount_positive": at_least(PAYMENT, "amount", 1),
    "unmatched_money_once": Once(
        "payments.UnmatchedMoney",
        {"payment_id": 1, "event_key": "T1:PAID:5"},
        "tenant_id payment_id event_key",
    ),
    "unmatched_status_known": known("payments.UnmatchedMoney", "status"),
    "unmatched_amount_positive": at_least("payments.UnmatchedMoney", "amount", 1),
    "deposit_code_once_per_store": Once(
        "payments.Deposit", {"code": "A"}, "tenant_id code"
    ),
    "deposit_once_per_request": Once(
        "payments.Deposit", {"request_key": "click:1"}, "tenant_id request_key"
    ),
    "deposit_status_known": known("payments.Deposit", "status"),
    "deposit_amount_positive": at_least("payments.Deposit", "amount", 1),
    # Books
    "account_once": [
        Once(ACCOUNT, {"kind": "sales", "customer_id": None}, "tenant_id"),
        Once(
            ACCOUNT,
            {"kind": "wallet", "customer_id": 1, "balance": 0},
            "tenant_id customer_id",
        ),
        Once(
            ACCOUNT,
            {"kind": "clearing", "method_id": 1},
            "tenant_id method_id",
            free=[{"kind": "unmatched"}],
        ),
    ],
    "account_kind_known": known(ACCOUNT, "kind"),
    "account_never_negative": at_least(ACCOUNT, "balance", 0, kind="wallet"),
    "account_only_wallets_have_balance": Never(
        ACCOUNT,
        [{"kind": "wallet"}, {"kind": "sales", "balance": 0}],
        [{"kind": "wallet", "balance": 0}, {"kind": "sales"}],
    ),
    "entry_once": Once(
        "payments.LedgerEntry",
        {"kind": "settled", "source": "T1", "number": 1},
        "tenant_id number source",
        free=[{"kind": "sale"}],
    ),
    "entry_kind_known": known("payments.LedgerEntry", "kind"),
    "entry_has_source": Never(
        "payments.LedgerEntry",
        [{"source": ""}, {"number": 0}],
        [{"source": "T1"}, {"number": 2}],
    ),
    "posting_not_zero": Never(
        "payments.LedgerPosting", [{"amount": 0}], [{"amount": 1}, {"amount": -1}]
    ),
    "policy_once_per_store": Once(POLICY, {}, "tenant_id"),
    "policy_in_range": Never(
        POLICY,
        [
            {"deposit_min": 999},
            {"deposit_min": 10_000, "wallet_limit": 9_999},
            {"wallet_limit": 20_000_001},
            {"wallet_limit": 2_000_000, "float_limit": 1_999_999},
            {"float_limit": 1_000_000_000},
            {"refund_approval_above": -1},
        ],
        [
            {"deposit_min": 1_000, "wallet_limit": 1_000, "float_limit": 1_000},
            {"wallet_limit": 20_000_000, "float_limit": 999_999_999},
            {"refund_approval_above": 0},
        ],
    ),
    # Giving back
    "refund_once_per_request": Once(
        REFUND, {"request_key": "form:1"}, "tenant_id request_key"
    ),
    "refund_one_awaits_approval": Once(
        REFUND,
        {"order_id": 1, "status": "awaiting_approval"},
        "tenant_id order_id",
        free=[{"status": status} for status in ("paying_out", "done", "rejected")],
    ),
    "refund_status_known": known(REFUND, "status"),
    "refund_destination_known": known(REFUND, "destination"),
    "refund_amount_positive": at_least(REFUND, "amount", 1),
    "refund_approved_by_another": Never(
        REFUND,
        [{"requested_by": "user:1", "approved_by": "user:1"}],
        [
            {"requested_by": "user:1", "approved_by": "user:2"},
            {"requested_by": "user:1", "approved_by": ""},
        ],
    ),
    "refund_part_once_per_payment": Once(
        "payments.RefundPart",
        {"refund_id": 1, "payment_id": 1},
        "tenant_id refund_id payment_id",
    ),
    "refund_part_positive": at_least("payments.RefundPart", "amount", 1),
}
