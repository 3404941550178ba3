"""What buyer and seller read about a payment: how to pay, that it came or failed."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.messages.orders import announce_move, announce_move_to_log
from bot.models import Ticket
from bot.presenters.bill import Bill, bill_of, draw_bill
from bot.presenters.draft import AMBER, GREEN, RED, Draft, EmbedDraft, framed
from bot.presenters.paying import Offer, offer_rows
from bot.presenters.subject import Subject, mention, what
from bot.presenters.text import clock_time, deadline, plain
from bot.services import buyer, subjects
from payments.models import Payment
from payments.states import (
    OPEN_PAYMENTS,
    OrderStatus,
    PaymentStatus,
)
from ppob.kit.money import rupiah
from tenants.models import Customer


def _announce_instructions(
    *, payment: Payment, ticket: Ticket, turn: str = ""
) -> list[Announcement]:
    key = f"payment:{payment.pk}:instructions{turn}"
    return [Announcement({"payment": payment.pk}, key, ticket=ticket)]


def _announce_deposit(*, payment: Payment, customer: Customer) -> list[Announcement]:
    key = f"payment:{payment.pk}:instructions"
    return [Announcement({"payment": payment.pk}, key, customer=customer)]


def _load_bill(about: About) -> Bill | None:
    """None where another way was chosen before this was sent."""
    payment = subjects.get_payment(about.payload)
    return bill_of(payment) if payment.status in OPEN_PAYMENTS else None


PAYMENT_INSTRUCTIONS = MessageKind(
    code="payment_instructions",
    events=("payment.pending",),
    audience=Audience.TICKET,
    must_know=False,
    announce=_announce_instructions,
    load=_load_bill,
    draw=draw_bill,
)
DEPOSIT_INSTRUCTIONS = MessageKind(
    code="deposit_instructions",
    events=("deposit.requested",),
    audience=Audience.BUYER,
    must_know=False,
    announce=_announce_deposit,
    load=_load_bill,
    draw=draw_bill,
)


@dataclass(frozen=True)
class ReceivedPayment:
    """An order that was paid with `amount` rupiah, a unique code included."""

    code: str
    amount: int
    paid_at: datetime
    is_late: bool


def _load_received(about: About) -> ReceivedPayment:
    late = {OrderStatus.EXPIRED.value, OrderStatus.CANCELLED.value}
    order = subjects.get_order(about)
    settled = order.payments.filter(status=PaymentStatus.SETTLED)
    return ReceivedPayment(
        order.code,
        # With a unique code, buyers transfer a little more than the total.
        amount=sum(payment.amount for payment in settled) or order.total,
        paid_at=order.paid_at or order.created_at,
        is_late=about.payload.get("source") in late,
    )


def draw_received(payment: ReceivedPayment) -> Draft:
    """The money is there."""
    received = _("✅ Payment of **%(amount)s** received at %(time)s.") % {
        "amount": rupiah(payment.amount),
        "time": clock_time(payment.paid_at),
    }
    prepared = _("Order #%(code)s is being prepared.") % {"code": payment.code}
    lines = [received, prepared]
    if payment.is_late:
        lines.append(_("It came late, but the stock was still there."))
    return framed("\n".join(lines), GREEN)


PAYMENT_RECEIVED = MessageKind(
    code="payment_received",
    events=("order.paid",),
    audience=Audience.TICKET,
    must_know=True,
    announce=announce_move,
    load=_load_received,
    draw=draw_received,
)


@dataclass(frozen=True)
class Sale:
    """A paid order as the seller reads of it; `goods` names its lines."""

    code: str
    goods: str
    total: int
    buyer_id: int


def _load_sale(about: About) -> Sale:
    order = subjects.get_order(about)
    goods = ", ".join(
        f"{line.quantity} × {line.product_name}" for line in order.lines.order_by("pk")
    )
    return Sale(order.code, goods, order.total, order.customer.discord_id)


def draw_sale(sale: Sale) -> Draft:
    """An order was paid."""
    text = _("💸 Sale #%(code)s: %(names)s for **%(amount)s** by %(buyer)s.") % {
        "code": sale.code,
        "names": plain(sale.goods, 200),
        "amount": rupiah(sale.total),
        "buyer": mention(sale.buyer_id),
    }
    return framed(text, GREEN)


LOG_PAYMENT_RECEIVED = MessageKind(
    code="log_payment_received",
    events=("order.paid",),
    audience=Audience.STORE,
    must_know=False,
    announce=announce_move_to_log,
    load=_load_sale,
    draw=draw_sale,
)


def _announce_failure(*, payment: Payment, ticket: Ticket) -> list[Announcement]:
    key = f"payment:{payment.pk}:failed"
    return [Announcement({"payment": payment.pk}, key, ticket=ticket)]


def _load_failure(about: About) -> Offer | None:
    order = subjects.get_order(about)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        return None
    return buyer.offer_for(order)


def draw_failure(offer: Offer) -> Draft:
    """This way to pay did not work; the others are still there."""
    text = _(
        "⚠️ This way to pay did not work out. Your order #%(code)s is safe and its "
        "stock is still set aside until %(when)s. Please choose a way to pay again."
    ) % {"code": offer.code, "when": deadline(offer.expires_at)}
    return Draft(embed=EmbedDraft(text=text, colour=RED), rows=offer_rows(offer))


PAYMENT_FAILED = MessageKind(
    code="payment_failed",
    events=("payment.failed",),
    audience=Audience.TICKET,
    must_know=True,
    announce=_announce_failure,
    load=_load_failure,
    draw=draw_failure,
)


@dataclass(frozen=True)
class AnnouncedTransfer:
    """A transfer that a buyer says they made. Rupiah."""

    subject: Subject
    amount: int
    net: int
    unique_code: int
    method: str
    page: str


def _announce_transfer(*, payment: Payment) -> list[Announcement]:
    key = f"payment:{payment.pk}:announced"
    ticket = subjects.find_ticket(payment.subject)
    return [
        Announcement({"payment": payment.pk}, key, guild_id=subjects.guild_of(ticket))
    ]


def _load_transfer(about: About) -> AnnouncedTransfer | None:
    payment = subjects.get_payment(about.payload)
    if payment.status not in OPEN_PAYMENTS:
        return None
    return AnnouncedTransfer(
        subjects.subject_of(payment.subject),
        amount=payment.amount,
        net=payment.net,
        unique_code=payment.unique_code,
        method=str(payment.method),
        page=subjects.dashboard(),
    )


def draw_transfer(found: AnnouncedTransfer) -> Draft:
    """A buyer says the transfer was made: somebody has to look at the account."""
    text = _(
        "🏦 %(buyer)s says **%(amount)s** for %(what)s was transferred by %(method)s. "
        "Look at your account and confirm it in the dashboard: %(page)s"
    ) % {
        "what": what(found.subject),
        "buyer": mention(found.subject.buyer_id),
        "amount": _asked_in_parts(found),
        "method": plain(found.method, 60),
        "page": found.page,
    }
    return framed(text, AMBER)


def _asked_in_parts(found: AnnouncedTransfer) -> str:
    """What was asked for; with a code: “Rp 29.834 = Rp 29.000 + Rp 834 to balance”."""
    if not found.unique_code:
        return rupiah(found.amount)
    return _("%(amount)s = %(net)s + %(code)s to the buyer's balance") % {
        "amount": rupiah(found.amount),
        "net": rupiah(found.net),
        "code": rupiah(found.unique_code),
    }


LOG_TRANSFER = MessageKind(
    code="log_transfer",
    events=("payment.transfer_announced",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_transfer,
    load=_load_transfer,
    draw=draw_transfer,
)

KINDS = (
    PAYMENT_INSTRUCTIONS,
    DEPOSIT_INSTRUCTIONS,
    PAYMENT_RECEIVED,
    LOG_PAYMENT_RECEIVED,
    PAYMENT_FAILED,
    LOG_TRANSFER,
)
