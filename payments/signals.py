"""Facts that payments announce to the app above. All sent inside the transaction."""

from django.dispatch import Signal

# An order moved. Arguments: tenant_id, order (payments.Order), source, target.
order_changed = Signal()

# A payment is ready to be paid (its QR code or account is known), or it ended.
# Arguments: tenant_id, payment (payments.Payment), target.
payment_changed = Signal()

# Money came in that fits no order. Arguments: tenant_id, money (UnmatchedMoney).
money_unmatched = Signal()
