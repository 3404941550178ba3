"""Facts that the catalog announces to the apps above."""

from django.dispatch import Signal

# A product's name, price, description, picture or visibility changed, or it came or
# went. Sent inside the transaction. Arguments: tenant_id, product_id.
product_changed = Signal()
