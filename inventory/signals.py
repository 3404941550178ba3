"""Facts that the inventory announces to the apps above."""

from django.dispatch import Signal

# The stock of a product changed. Arguments: tenant_id, product_id.
stock_changed = Signal()

# A product crossed an alert level downwards, or was refilled (level ""). Sent inside
# the transaction. Arguments: tenant_id, alert_id, product_id, level, available.
stock_ran_low = Signal()
