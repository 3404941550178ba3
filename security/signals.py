"""Facts that the audit trail announces to the apps above."""

from django.dispatch import Signal

# An audit entry of the store in scope was written, in the entry's own transaction.
# Arguments: entry.
audit_entry_recorded = Signal()
