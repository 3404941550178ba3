"""The card of a top-up: one message that says how far it has come."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.models import Ticket
from bot.presenters.bills import receipt_fields
from bot.presenters.draft import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    SECONDARY,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    Row,
)
from bot.presenters.text import clock_time, deadline, plain
from catalog import destinations
from inventory.models import Purchase, PurchaseAttempt
from inventory.services import bills
from inventory.services.bills import Receipt
from inventory.states import OPEN_PURCHASES, AttemptStatus, PurchaseStatus
from payments.models import OrderLine
from ppob.kit import clock

_COLOURS = {
    PurchaseStatus.SUCCEEDED: GREEN,
    PurchaseStatus.FAILED: GREY,
    PurchaseStatus.NEEDS_OWNER: AMBER,
}


@dataclass(frozen=True)
class TopUpCard:
    """A paid top-up as it stands: when it was paid, when it begins, goes out, ends.

    Of a bill there is a `receipt`, and what of its price is the store's `fee` (rupiah).
    `tries` counts the suppliers that were asked. While nothing was sent it can be taken
    back: until `undo_until`, and again when it `is_late`.
    """

    order_id: int
    code: str
    product: str
    account: str
    name: str
    status: PurchaseStatus
    paid_at: datetime | None
    undo_until: datetime | None
    can_take_back: bool
    is_late: bool
    sent_at: datetime | None
    promised_at: datetime
    settled_at: datetime | None
    tries: int
    receipt: Receipt | None = None
    fee: int = 0
    renamed_to: str = ""


def _announce(*, purchase: Purchase, ticket: Ticket) -> list[Announcement]:
    key = f"purchase:{purchase.pk}:card"
    return [Announcement({"purchase": purchase.pk}, key, ticket=ticket)]


def _load(about: About) -> TopUpCard:
    purchase = Purchase.objects.get(pk=about.payload["purchase"])
    lines = OrderLine.objects.select_related("order")
    line = lines.get(public_id=purchase.holder)
    order = line.order
    attempts = list(PurchaseAttempt.objects.filter(purchase=purchase).order_by("pk"))
    undo_until = _undo_until(purchase, attempts)
    is_late = purchase.late_at is not None and purchase.status in OPEN_PURCHASES
    receipt = bills.receipt_of(purchase.inquiry) if purchase.inquiry else None
    return TopUpCard(
        order_id=order.pk,
        code=order.code,
        product=line.product_name,
        account=destinations.readable(line.destination),
        name=line.destination_name,
        status=PurchaseStatus(purchase.status),
        paid_at=order.paid_at,
        undo_until=undo_until,
        can_take_back=undo_until is not None
        or (is_late and _is_unsent(purchase, attempts)),
        is_late=is_late,
        sent_at=next((each.first_sent_at for each in attempts[::-1]), None),
        promised_at=purchase.promised_at,
        settled_at=purchase.settled_at,
        tries=len(attempts),
        receipt=receipt,
        fee=line.unit_price - receipt.billed if receipt else 0,
        renamed_to=purchase.renamed_to,
    )


def _undo_until(purchase: Purchase, attempts: list[PurchaseAttempt]) -> datetime | None:
    begins = purchase.starts_at
    if not _is_unsent(purchase, attempts) or begins is None or begins <= clock.now():
        return None
    return begins


def _is_unsent(purchase: Purchase, attempts: list[PurchaseAttempt]) -> bool:
    """Whether it certainly has reached no supplier so far."""
    unsent = (AttemptStatus.QUEUED, AttemptStatus.FAILED)
    is_open = purchase.status in OPEN_PURCHASES
    return is_open and all(each.status in unsent for each in attempts)


def draw(card: TopUpCard) -> Draft:
    """How far it has come, in times; it can be taken back until somebody is asked."""
    paid = _("✓ Paid %(time)s")
    steps = [paid % {"time": clock_time(card.paid_at)}] if card.paid_at else []
    account = plain(card.account, 120)
    embed = EmbedDraft(
        title=_("Order #%(code)s: %(product)s")
        % {"code": card.code, "product": plain(card.product, 80)},
        text="\n".join([*steps, *_steps(card)]),
        colour=_COLOURS.get(card.status, BLUE),
        fields=(
            FieldDraft(
                _("Customer number") if card.receipt else _("Goes to"),
                f"**{plain(card.name, 80)}** · {account}" if card.name else account,
            ),
            *(receipt_fields(card.receipt, fee=card.fee) if card.receipt else ()),
        ),
    )
    return Draft(embed=embed, rows=_rows(card))


def _steps(card: TopUpCard) -> list[str]:
    if card.undo_until is not None:
        return [_("⏳ Begins %(when)s") % {"when": deadline(card.undo_until)}]
    steps = []
    if card.tries > 1:
        steps.append(_("↪️ The supplier had trouble: sent elsewhere, at no cost"))
    if card.sent_at is not None:
        sent = _("✓ Sent to the supplier %(time)s")
        steps.append(sent % {"time": clock_time(card.sent_at)})
    if card.status == PurchaseStatus.SUCCEEDED and card.settled_at is not None:
        done = _("🎉 Done %(time)s")
        steps.append(done % {"time": clock_time(card.settled_at)})
    elif card.renamed_to:
        steps.append(_renamed_words(card))
    elif card.status == PurchaseStatus.FAILED and card.sent_at is None:
        steps.append(_("↩️ Taken back: no supplier was asked. The money is yours."))
    elif card.status == PurchaseStatus.FAILED:
        steps.append(_("✗ It did not work. Your money goes back to you."))
    elif card.status == PurchaseStatus.NEEDS_OWNER:
        steps.append(_stalled_words(card))
    elif card.is_late:
        steps.append(_late_words(card))
    else:
        usual = _("⏳ Usually done by %(when)s")
        steps.append(usual % {"when": deadline(card.promised_at)})
    return steps


def _renamed_words(card: TopUpCard) -> str:
    words = _(
        "✋ Stopped before anything was sent: this account is called **%(name)s** by "
        "now, not **%(before)s**. The money is yours. Is it still yours? Order again."
    )
    return words % {
        "name": plain(card.renamed_to, 80),
        "before": plain(card.name, 80),
    }


def _stalled_words(card: TopUpCard) -> str:
    if card.receipt:
        return _(
            "⏳ It takes longer than promised. The seller looks at it; your money is "
            "safe: the bill is paid, or you get your money back."
        )
    return _(
        "⏳ It takes longer than promised. The seller looks at it; your money "
        "is safe: you get the top-up or your money."
    )


def _late_words(card: TopUpCard) -> str:
    if card.can_take_back:
        return _(
            "⏳ It takes longer than usual, and no supplier has it yet. Wait, or take "
            "your money back now."
        )
    if card.receipt:
        return _(
            "⏳ It takes longer than usual. The supplier has it, so nobody can stop "
            "it; it is asked again and again. Your money is held until it is certain: "
            "the bill is paid, or you get your money back."
        )
    return _(
        "⏳ It takes longer than usual. The supplier has it, so nobody can stop it; it "
        "is asked again and again. Your money is held until it is certain: you get the "
        "top-up or your money."
    )


def _rows(card: TopUpCard) -> tuple[Row, ...]:
    if not card.can_take_back:
        return ()
    undo = ButtonDraft(_("↩️ Take it back"), custom_id("undo", card.order_id), SECONDARY)
    return ((undo,),)


TOP_UP_CARD = MessageKind(
    code="top_up_card",
    events=("topup.begun",),
    audience=Audience.TICKET,
    must_know=False,
    announce=_announce,
    load=_load,
    draw=draw,
)

KINDS = (TOP_UP_CARD,)
