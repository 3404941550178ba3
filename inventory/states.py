"""Statuses of the inventory and the transitions between them."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ItemStatus(TextChoices):
    """Where one code stands."""

    FREE = "free", _("Free")
    HELD = "held", _("Held for a buyer")
    SOLD = "sold", _("Sold")
    VOID = "void", _("Taken out")
    QUARANTINED = "quarantined", _("In quarantine")


# The database refuses the same transitions: nothing comes back from sold or taken out,
# and what is in quarantine has to be put back before it can be held.
ITEM_TRANSITIONS: dict[ItemStatus, frozenset[ItemStatus]] = {
    ItemStatus.FREE: frozenset(
        {ItemStatus.HELD, ItemStatus.VOID, ItemStatus.QUARANTINED}
    ),
    # Taken out straight from a hold when its upload was withdrawn in the meantime.
    ItemStatus.HELD: frozenset({ItemStatus.FREE, ItemStatus.SOLD, ItemStatus.VOID}),
    ItemStatus.SOLD: frozenset(),
    ItemStatus.VOID: frozenset(),
    ItemStatus.QUARANTINED: frozenset({ItemStatus.FREE, ItemStatus.VOID}),
}

# Codes that can be sold or were: the same one is among them once in a store.
LIVE_ITEMS = (ItemStatus.FREE, ItemStatus.HELD, ItemStatus.SOLD)
UNSOLD_ITEMS = (ItemStatus.FREE, ItemStatus.QUARANTINED)


class BatchSource(TextChoices):
    """How a batch of codes came in."""

    PASTED = "pasted", _("Pasted")
    TEXT = "text", _("Text or CSV file")
    WORKBOOK = "workbook", _("Excel workbook")


class HoldStatus(TextChoices):
    """Whether codes are still set aside for an order line."""

    ACTIVE = "active"
    CONSUMED = "consumed"
    RELEASED = "released"


HOLD_TRANSITIONS: dict[HoldStatus, frozenset[HoldStatus]] = {
    HoldStatus.ACTIVE: frozenset({HoldStatus.CONSUMED, HoldStatus.RELEASED}),
    HoldStatus.CONSUMED: frozenset(),
    HoldStatus.RELEASED: frozenset(),
}


DEPOSIT_HOLD_TRANSITIONS: dict[HoldStatus, frozenset[HoldStatus]] = {
    HoldStatus.ACTIVE: frozenset({HoldStatus.CONSUMED, HoldStatus.RELEASED}),
    HoldStatus.CONSUMED: frozenset(),
    HoldStatus.RELEASED: frozenset(),
}


class MovementKind(TextChoices):
    """Why a product's stock changed."""

    UPLOADED = "uploaded", _("Uploaded")
    HELD = "held", _("Held")
    RELEASED = "released", _("Released")
    SOLD = "sold", _("Sold")
    VOIDED = "voided", _("Taken out")
    QUARANTINED = "quarantined", _("Put into quarantine")
    RESTORED = "restored", _("Put back into stock")


class AlertLevel(TextChoices):
    """How urgently a product needs stock."""

    WARNING = "warning", _("Running low")
    CRITICAL = "critical", _("Almost gone")
    EMPTY = "empty", _("Sold out")


ALERT_EMOJI = {
    AlertLevel.WARNING: "🟡",
    AlertLevel.CRITICAL: "🔴",
    AlertLevel.EMPTY: "⚫",
}


def alert_level(*, available: int, minimum: int) -> AlertLevel | None:
    """The alert that `available` pieces deserve, or None.

    Empty at 0, critical at half the minimum or less, warning at the minimum or less.
    """
    if available <= 0:
        return AlertLevel.EMPTY
    if available * 2 <= minimum:
        return AlertLevel.CRITICAL
    if available <= minimum:
        return AlertLevel.WARNING
    return None


class PurchaseStatus(TextChoices):
    """Whether one unit was bought at a supplier."""

    OPEN = "open", _("Being bought")
    NEEDS_OWNER = "needs_owner", _("Needs your decision")
    SUCCEEDED = "succeeded", _("Bought")
    FAILED = "failed", _("Not bought")


PURCHASE_TRANSITIONS: dict[PurchaseStatus, frozenset[PurchaseStatus]] = {
    PurchaseStatus.OPEN: frozenset(
        {PurchaseStatus.NEEDS_OWNER, PurchaseStatus.SUCCEEDED, PurchaseStatus.FAILED}
    ),
    # Back to open when the owner has it tried again.
    PurchaseStatus.NEEDS_OWNER: frozenset(
        {PurchaseStatus.OPEN, PurchaseStatus.SUCCEEDED, PurchaseStatus.FAILED}
    ),
    PurchaseStatus.SUCCEEDED: frozenset(),
    PurchaseStatus.FAILED: frozenset(),
}

OPEN_PURCHASES = (PurchaseStatus.OPEN, PurchaseStatus.NEEDS_OWNER)


class AttemptStatus(TextChoices):
    """How far one attempt to buy a unit has come, as far as we know."""

    QUEUED = "queued", _("Not sent yet")
    SENDING = "sending", _("Being sent")
    UNKNOWN = "unknown", _("Outcome not known yet")
    SUCCEEDED = "succeeded", _("Bought")
    FAILED = "failed", _("Not bought")


ATTEMPT_TRANSITIONS: dict[AttemptStatus, frozenset[AttemptStatus]] = {
    # Failed without being sent: the buyer or the owner gave it up.
    AttemptStatus.QUEUED: frozenset({AttemptStatus.SENDING, AttemptStatus.FAILED}),
    # Back to queued only when the request certainly did not leave.
    AttemptStatus.SENDING: frozenset(
        {
            AttemptStatus.QUEUED,
            AttemptStatus.UNKNOWN,
            AttemptStatus.SUCCEEDED,
            AttemptStatus.FAILED,
        }
    ),
    # Only by evidence; never by waiting.
    AttemptStatus.UNKNOWN: frozenset({AttemptStatus.SUCCEEDED, AttemptStatus.FAILED}),
    AttemptStatus.SUCCEEDED: frozenset(),
    AttemptStatus.FAILED: frozenset(),
}

LIVE_ATTEMPTS = (AttemptStatus.QUEUED, AttemptStatus.SENDING, AttemptStatus.UNKNOWN)


class Discrepancy(TextChoices):
    """What a supplier said against its own earlier word; costs the seller money."""

    LATE_SUCCESS = "late_success", _("Bought after it had failed")
    REVERSED = "reversed", _("Taken back after it had succeeded")
    OVERCHARGED = "overcharged", _("Cost more than allowed")


class Breaker(TextChoices):
    """Whether new purchases go to a supplier: a circuit breaker's three positions."""

    CLOSED = "closed", _("Answers")
    OPEN = "open", _("Out of order")
    TRIAL = "trial", _("Being tried again")


BREAKER_TRANSITIONS: dict[Breaker, frozenset[Breaker]] = {
    Breaker.CLOSED: frozenset({Breaker.OPEN}),
    Breaker.OPEN: frozenset({Breaker.TRIAL}),
    Breaker.TRIAL: frozenset({Breaker.OPEN, Breaker.CLOSED}),
}


class CallEnd(StrEnum):
    """How one call to a supplier ended, as far as its health goes."""

    ANSWERED = "+"
    SILENT = "-"
    REFUSED = "!"


# What may be gone from a deposit: a purchase whose outcome nobody knows counts as made.
SPENT_ATTEMPTS = (AttemptStatus.SENDING, AttemptStatus.UNKNOWN, AttemptStatus.SUCCEEDED)


class PriceChangeKind(TextChoices):
    """What a price list said of a line that was not known before."""

    FIRST = "first", _("First list")
    NEW = "new", _("New")
    GONE = "gone", _("Gone")
    BACK = "back", _("There again")
    UP = "up", _("Dearer")
    DOWN = "down", _("Cheaper")


class InquiryStatus(TextChoices):
    """Where a question about a bill stands."""

    ASKED = "asked", _("Being asked")
    ANSWERED = "answered", _("Can be paid today")
    NOTHING = "nothing", _("Nothing to pay")
    UNKNOWN = "unknown", _("Not answered")
    USED = "used", _("Ordered")
    OVER = "over", _("Over")


INQUIRY_TRANSITIONS: dict[InquiryStatus, frozenset[InquiryStatus]] = {
    InquiryStatus.ASKED: frozenset(
        {InquiryStatus.ANSWERED, InquiryStatus.NOTHING, InquiryStatus.UNKNOWN}
    ),
    # A bill is paid under the reference of its question, on the day of the question.
    InquiryStatus.ANSWERED: frozenset({InquiryStatus.USED, InquiryStatus.OVER}),
    InquiryStatus.NOTHING: frozenset(),
    InquiryStatus.UNKNOWN: frozenset(),
    # Over when the day ended before it was paid, and the bill was asked for anew.
    InquiryStatus.USED: frozenset({InquiryStatus.OVER}),
    InquiryStatus.OVER: frozenset(),
}

# Questions to whose answer an amount belongs.
BILLED_INQUIRIES = (InquiryStatus.ANSWERED, InquiryStatus.USED, InquiryStatus.OVER)


class BillFinding(TextChoices):
    """What a supplier says about a number's bill."""

    DUE = "due", _("There is a bill to pay.")
    PAID = "paid", _("This bill has been paid already.")
    NONE = "none", _("There is no bill for this number at the moment.")
    WRONG_NUMBER = "wrong_number", _("This customer number does not exist.")
    AT_COUNTER = "at_counter", _("This bill can only be paid at the company's counter.")


class BillInput(TextChoices):
    """What a bill is asked about with besides its number, and why it is not sold."""

    AMOUNT = (
        "amount",
        _("It needs an amount that the buyer chooses. Only a number can be asked for."),
    )
    YEAR = "year", _("It needs a tax year, too. Only a number can be asked for.")
    MONTHS = (
        "months",
        _("It needs the number of months, too. Only a number can be asked for."),
    )
    IDENTITY = (
        "identity",
        _("It needs an identity number, too. Only one number can be asked for."),
    )


class BillDetail(TextChoices):
    """What a bill says besides its amount, by our names for it."""

    SHEETS = "sheets", _("Number of bills")
    TARIFF = "tariff", _("Tariff")
    POWER = "power", _("Power")
    ADDRESS = "address", pgettext_lazy("where somebody lives", "Address")
    MEMBERS = "members", _("Members")
    MONTHS = "months", _("Months")
    BRANCH = "branch", _("Branch")
    DUE_DATE = "due_date", _("Due date")
    FINE = "fine", _("Fine")
    METER = "meter", _("Meter")
    USAGE = "usage", _("Usage")
    ITEM = "item", _("Item")
    PLATE = "plate", _("Number plate")
    INSTALMENT = "instalment", _("Instalment")
    TAX_YEAR = "tax_year", _("Tax year")


class CheckState(TextChoices):
    """What is known of an account that a buyer named. Never more than somebody said."""

    VERIFIED = "verified", _("Checked")
    UNCHECKED = "unchecked", _("Cannot be checked now")
    NOT_FOUND = "not_found", _("Not found")


class Obstacle(TextChoices):
    """Why nobody can deliver a top-up right now, the nearest to working first."""

    CLOSED = "closed", _("Closed for the moment")
    NO_DEPOSIT = "no_deposit", _("Being refilled")
    DOWN = "down", _("The supplier has trouble")
    UNAVAILABLE = "unavailable", _("Out of order")
    TOO_DEAR = "too_dear", _("Costs more than its price")
    NO_SUPPLIER = "no_supplier", _("No supplier")
