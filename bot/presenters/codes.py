"""Codes, serial numbers and receipts for the eyes of their buyer alone."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from bot.presenters.bills import PaidBill, receipts
from bot.presenters.draft import Draft, FileDraft
from bot.presenters.text import deadline
from payments.handed import Handed
from payments.models import Order
from payments.services.orders.delivery import RevealedCode

_IN_MESSAGE = 1500  # characters; longer lists are easier to use as a file


def revealed(
    codes: Sequence[RevealedCode],
    order: Order,
    *,
    first_seen_at: datetime,
    what: Handed = Handed.CODES,
    bills: Sequence[PaidBill] = (),
) -> Draft:
    """What was delivered, for its buyer's eyes alone, and when it was first seen.

    Bills come with the rest of their receipts.
    """
    title = _titles(what) % {"code": order.code}
    seen = seen_words(first_seen_at)
    receipt = receipts(bills, code=order.code).embed if bills else None
    listed = "\n".join(code.code for code in codes if code.code)
    if not listed.strip():
        return Draft(text=_nothing(what), embed=receipt)
    if len(listed) <= _IN_MESSAGE and "```" not in listed:
        text = f"{title}\n```\n{listed}\n```\n{seen}"
        return Draft(text=text, embed=receipt)
    file = FileDraft(f"{order.code}.txt", listed.encode())
    return Draft(text=f"{title}\n{seen}", embed=receipt, files=(file,))


def _titles(what: Handed) -> str:
    return {
        Handed.CODES: _("🔐 Order #%(code)s. Do not show this to anybody."),
        Handed.SERIAL_NUMBERS: _("🔢 Serial number of order #%(code)s"),
        Handed.RECEIPTS: _("🧾 Serial number of the payment, order #%(code)s"),
    }[what]


def _nothing(what: Handed) -> str:
    if what is Handed.RECEIPTS:
        return _("The bill is paid. The company gave no serial number for it.")
    return _("The supplier gave no serial number for this order.")


def seen_words(first_seen_at: datetime) -> str:
    """When the codes were first looked at."""
    return _("👁 First seen %(time)s.") % {"time": deadline(first_seen_at)}
