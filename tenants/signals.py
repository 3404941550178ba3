"""Facts that stores announce to the apps above."""

from django.dispatch import Signal

# A store's settings, guild or staff changed. Arguments: tenant_id.
settings_changed = Signal()

# A rule stopped or began to hold in a store. Arguments: tenant_id, proof.
health_changed = Signal()

# Somebody began or ceased to work in a store, or has another role; or an owner offered
# the store to somebody. Arguments: tenant_id, news (a `tenants.news.StaffNews`).
staff_changed = Signal()
