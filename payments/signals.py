"""Facts that payments announce to the app above. All sent inside the transaction."""

from django.dispatch import Signal

# An order moved. Arguments: tenant_id, order (payments.Order), source, target, and by
# whom (actor) and when (now).
order_changed = Signal()

# A payment is ready to be paid (its QR code or account is known), or it ended.
# Arguments: tenant_id, payment (payments.Payment), target.
payment_changed = Signal()

# Money came in that fits no order. Arguments: tenant_id, money (UnmatchedMoney).
money_unmatched = Signal()

# Unapplied money went to the buyer's balance. Arguments: tenant_id, money
# (UnmatchedMoney).
money_credited = Signal()

# A deposit moved. Arguments: tenant_id, deposit (payments.Deposit), source, target.
deposit_changed = Signal()

# A refund moved. Arguments: tenant_id, refund (payments.Refund), source, target.
refund_changed = Signal()

# The gateway took money back. Arguments: tenant_id, payment, reversal (what of it, and
# what the store lost, because what it paid for was delivered or spent).
payment_reversed = Signal()

# Staff looked at a buyer's codes. Arguments: tenant_id, order, entry (the audit entry's
# id), reason (words for the buyer).
codes_disclosed = Signal()

# A way to pay needs a person. Arguments: tenant_id, method_id, trouble, at.
method_troubled = Signal()

# Money that fits no order was paid back by hand. Arguments: tenant_id, money.
money_returned = Signal()

# A gateway's news contradicts what is known, and a person has to decide. Arguments:
# tenant_id, discrepancy (payments.Discrepancy, its payment loaded).
discrepancy_found = Signal()

# No message reaches a buyer, and somebody has to tell them. Arguments: tenant_id,
# unreached (payments.UnreachedBuyer).
buyer_unreached = Signal()
