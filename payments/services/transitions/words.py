"""What is said to whoever comes too late, whatever of a sale they wanted to change."""

from django.utils.translation import gettext_lazy as _

MOVED_ON = _("This order has moved on in the meantime.")
