"""Giving the money of an order back: asked for, agreed to, booked, paid out."""

from payments.services.refunds.approval import RefundPlan, make_plan
from payments.services.refunds.refund_booking import RefundDraft
from payments.services.refunds.refund_requests import (
    CannotRefund,
    NeedsSecondPerson,
    RefundedMeanwhile,
    approve_refund,
    note_paid_out,
    refund_overdue,
    refund_share,
    refund_undeliverable,
    reject_refund,
    request_refund,
    turn_to_balance,
)

__all__ = [
    "CannotRefund",
    "NeedsSecondPerson",
    "RefundDraft",
    "RefundPlan",
    "RefundedMeanwhile",
    "approve_refund",
    "make_plan",
    "note_paid_out",
    "refund_overdue",
    "refund_share",
    "refund_undeliverable",
    "reject_refund",
    "request_refund",
    "turn_to_balance",
]
