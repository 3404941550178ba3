"""Facts that the inventory announces to the apps above."""

from django.dispatch import Signal

# The stock of a product changed. Arguments: tenant_id, product_id.
stock_changed = Signal()

# A product crossed an alert level downwards, or was refilled (level ""). Sent inside
# the transaction. Arguments: tenant_id, alert_id, product_id, level, available.
stock_ran_low = Signal()

# A unit was bought at a supplier, or certainly was not: `purchase.status` says which.
# Sent inside the transaction, which has locked the purchase: receivers must not lock
# orders here (orders come before purchases), but have a job do it.
# Arguments: tenant_id, purchase.
purchase_settled = Signal()

# A purchase waits for its owner's decision. Sent inside the transaction.
# Arguments: tenant_id, purchase.
purchase_stalled = Signal()

# A supplier contradicted its earlier word about an attempt (`attempt.surprise`). Sent
# inside the transaction. Arguments: tenant_id, attempt.
purchase_contradicted = Signal()

# A supplier account needs a person. Arguments: tenant_id, account_id, trouble, at.
account_troubled = Signal()
