"""Facts that stores announce to the apps above."""

from django.dispatch import Signal

# A store's settings, guild or staff changed. Arguments: tenant_id.
settings_changed = Signal()

# A rule stopped or began to hold in a store. Arguments: tenant_id, proof.
health_changed = Signal()

# An owner offered the store to somebody who works there. Arguments: tenant_id, offer.
store_offered = Signal()
