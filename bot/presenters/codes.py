"""Codes for the eyes of their buyer, and what is said about them."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from bot.presenters.draft import Draft, FileDraft
from bot.presenters.text import deadline
from payments.models import Order
from payments.services.orders.delivery import RevealedCode

_IN_MESSAGE = 1500  # characters; longer lists are easier to use as a file


def revealed(
    codes: Sequence[RevealedCode], order: Order, *, first_seen_at: datetime
) -> Draft:
    """The codes, to be shown to their buyer alone, and when they were first seen."""
    title = _("🔐 Order #%(code)s. Do not show this to anybody.") % {"code": order.code}
    seen = seen_words(first_seen_at)
    listed = "\n".join(code.code for code in codes)
    if not listed.strip():
        return Draft(text=_("The supplier gave no serial number for this order."))
    if len(listed) <= _IN_MESSAGE and "```" not in listed:
        return Draft(text=f"{title}\n```\n{listed}\n```\n{seen}")
    file = FileDraft(f"{order.code}.txt", listed.encode())
    return Draft(text=f"{title}\n{seen}", files=(file,))


def seen_words(first_seen_at: datetime) -> str:
    """When the codes were first looked at."""
    return _("👁 First seen %(time)s.") % {"time": deadline(first_seen_at)}
