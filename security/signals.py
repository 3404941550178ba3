"""Facts that the audit trail announces to the apps above."""

from django.dispatch import Signal

# A deed of the store in scope was written down, in the deed's own transaction.
# Arguments: entry.
deed_recorded = Signal()
