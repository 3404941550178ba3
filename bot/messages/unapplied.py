"""What buyer and seller read about money that is not what was asked for.

Each text says what happened, that the money is safe, what the reader may do, and what
happens by itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import (
    AMBER,
    GREEN,
    Draft,
    framed,
)
from bot.presenters.subject import Subject, mention, what
from bot.presenters.text import deadline, plain
from bot.services import subjects
from payments.models import UnmatchedMoney
from payments.services.incoming import instalments
from payments.states import OrderStatus, UnmatchedReason, UnmatchedStatus
from ppob.kit.money import rupiah


@dataclass(frozen=True)
class Unapplied:
    """Money that was not what was asked for (rupiah); `order_id` is our row's.

    `asked` is the payment's amount and `net` what of it counts towards the price.
    `balance` is the buyer's and `missing` what the order's price still lacks, where the
    message says so.
    """

    pk: int
    subject: Subject
    amount: int
    reason: UnmatchedReason
    asked: int
    net: int
    note: str
    due_at: datetime | None
    order_id: int | None
    order_is_open: bool
    order_expires_at: datetime | None
    is_waiting: bool
    balance: int = 0
    missing: int = 0
    page: str = ""

    @property
    def counts_towards_order(self) -> bool:
        """Whether it is a part of a price whose rest can still be paid."""
        return self.reason == UnmatchedReason.UNDERPAID and self.order_is_open


def unapplied_of(money: UnmatchedMoney) -> Unapplied:
    """What messages say of unapplied money, as plain values."""
    payment, order = money.payment, money.payment.order
    return Unapplied(
        pk=money.pk,
        subject=subjects.subject_of(payment.subject),
        amount=money.amount,
        reason=UnmatchedReason(money.reason),
        asked=payment.amount,
        net=payment.net,
        note=money.note,
        due_at=money.due_at,
        order_id=order.pk if order is not None else None,
        order_is_open=order is not None
        and order.status == OrderStatus.AWAITING_PAYMENT,
        order_expires_at=order.expires_at if order is not None else None,
        is_waiting=money.status == UnmatchedStatus.OPEN,
    )


def announce_to_buyer(money: UnmatchedMoney, news: str) -> list[Announcement]:
    """The message for whoever paid it."""
    subject = money.payment.subject
    return [
        Announcement(
            {"money": money.pk},
            f"money:{money.pk}:{news}",
            ticket=subjects.find_ticket(subject),
            customer=subject.customer,
        )
    ]


def announce_to_log(money: UnmatchedMoney, news: str) -> list[Announcement]:
    """The same for the log channel of the ticket's server."""
    ticket = subjects.find_ticket(money.payment.subject)
    key = f"money:{money.pk}:{news}:log"
    return [Announcement({"money": money.pk}, key, guild_id=subjects.guild_of(ticket))]


def load_unapplied(about: About) -> Unapplied:
    """The money a message is about."""
    return unapplied_of(subjects.get_money(about.payload))


def _load_for_log(about: About) -> Unapplied:
    return replace(load_unapplied(about), page=subjects.dashboard())


def _announce_unmatched(*, money: UnmatchedMoney) -> list[Announcement]:
    return announce_to_buyer(money, "unmatched:buyer")


def _announce_unmatched_to_log(*, money: UnmatchedMoney) -> list[Announcement]:
    return announce_to_log(money, "unmatched")


def _load_unmatched(about: About) -> Unapplied:
    money = subjects.get_money(about.payload)
    found, order = unapplied_of(money), money.payment.order
    if order is None or not (found.counts_towards_order and found.is_waiting):
        return found
    return replace(found, missing=instalments.missing_of(order))


def draw_unmatched(money: Unapplied) -> Draft:
    """A part of a price that still can be paid, or money that the seller decides on."""
    if money.counts_towards_order and money.is_waiting:
        return draw_part(money)
    return draw_waiting(money)


def draw_part(money: Unapplied) -> Draft:
    """A part of an order's price came, and the order still waits for the rest."""
    text = _(
        "⚠️ **%(amount)s** arrived for %(what)s: **%(missing)s are missing**. Your "
        "money is safe and counts towards it. Send the rest the same way; the order is "
        "paid as soon as it is all there."
    ) % {
        "amount": rupiah(money.amount),
        "what": what(money.subject),
        "missing": rupiah(money.missing),
    }
    if money.order_expires_at is not None:
        text += "\n" + _("The order waits until %(when)s.") % {
            "when": deadline(money.order_expires_at)
        }
    return framed(text, AMBER)


def draw_waiting(money: Unapplied) -> Draft:
    """Money that the seller has to decide about, because there are no balances."""
    reasons = {
        UnmatchedReason.OUT_OF_STOCK: _("it came late and the stock is gone"),
        UnmatchedReason.WRONG_AMOUNT: _("it is not the amount that was asked for"),
        UnmatchedReason.ALREADY_PAID: _("it was already paid"),
        UnmatchedReason.UNDERPAID: _("it is less than was asked for"),
        UnmatchedReason.OVERPAID: _("it is more than was asked for"),
        UnmatchedReason.WALLET_FULL: _("your balance has no room for it"),
        UnmatchedReason.ASKED_BACK: _("you asked for it back"),
    }
    text = _(
        "💰 **%(amount)s** for %(what)s arrived, but %(reason)s. "
        "Your money is safe and noted. The seller was told and will deliver or pay it "
        "back; you read it here."
    ) % {
        "amount": rupiah(money.amount),
        "what": what(money.subject),
        "reason": reasons[money.reason],
    }
    return framed(_decided_until(text, money), AMBER)


def draw_unmatched_for_log(money: Unapplied) -> Draft:
    """Money came in that fits nothing: the seller decides."""
    text = _(
        "💰 **%(amount)s** came in for %(what)s of %(buyer)s and fits nothing: "
        "%(reason)s. Decide what happens to it in the dashboard: %(page)s"
    )
    return framed(_until(text % log_words(money), money), AMBER)


MONEY_UNMATCHED = MessageKind(
    code="money_unmatched",
    events=("money.unmatched",),
    audience=Audience.BUYER,
    must_know=True,
    announce=_announce_unmatched,
    load=_load_unmatched,
    draw=draw_unmatched,
)
LOG_MONEY_UNMATCHED = MessageKind(
    code="log_money_unmatched",
    events=("money.unmatched",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_unmatched_to_log,
    load=_load_for_log,
    draw=draw_unmatched_for_log,
)


def _announce_asked_back(*, money: UnmatchedMoney) -> list[Announcement]:
    return announce_to_buyer(money, "asked_back:buyer")


def _announce_asked_back_to_log(*, money: UnmatchedMoney) -> list[Announcement]:
    return announce_to_log(money, "asked_back")


def draw_asked_back(money: Unapplied) -> Draft:
    """The buyer wants it back: it left the balance and waits for the seller."""
    text = _(
        "↩️ **%(amount)s** of %(what)s left your balance and goes back to where you "
        "paid from. It is safe and noted; the seller was told and sends it."
    ) % {"amount": rupiah(money.amount), "what": what(money.subject)}
    return framed(_decided_until(text, money), AMBER)


def draw_asked_back_for_log(money: Unapplied) -> Draft:
    """A buyer wants unapplied money back at its source: the seller has to send it."""
    text = _(
        "↩️ %(buyer)s wants **%(amount)s** of %(what)s back where it came from. Send it "
        "and write it down in the dashboard: %(page)s"
    )
    return framed(_until(text % log_words(money), money), AMBER)


MONEY_ASKED_BACK = MessageKind(
    code="money_asked_back",
    events=("money.asked_back",),
    audience=Audience.BUYER,
    must_know=True,
    announce=_announce_asked_back,
    load=load_unapplied,
    draw=draw_asked_back,
)
LOG_MONEY_ASKED_BACK = MessageKind(
    code="log_money_asked_back",
    events=("money.asked_back",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_asked_back_to_log,
    load=_load_for_log,
    draw=draw_asked_back_for_log,
)


def _announce_returned(*, money: UnmatchedMoney) -> list[Announcement]:
    return announce_to_buyer(money, "returned")


def draw_returned(money: Unapplied) -> Draft:
    """The store sent it back by hand."""
    text = _(
        "↩️ The store sent **%(amount)s** of %(what)s back to you: “%(note)s”. If it "
        "has not arrived within three days, answer here or ask the store."
    ) % {
        "amount": rupiah(money.amount),
        "what": what(money.subject),
        "note": plain(money.note, 200),
    }
    return framed(text, GREEN)


MONEY_RETURNED = MessageKind(
    code="money_returned",
    events=("money.returned",),
    audience=Audience.BUYER,
    must_know=True,
    announce=_announce_returned,
    load=load_unapplied,
    draw=draw_returned,
)


def log_words(money: Unapplied) -> dict[str, str]:
    """What every line of the log says about it."""
    return {
        "what": what(money.subject),
        "buyer": mention(money.subject.buyer_id),
        "amount": rupiah(money.amount),
        "reason": str(money.reason.label),
        "page": money.page,
    }


def _decided_until(text: str, money: Unapplied) -> str:
    if money.due_at is None:
        return text
    when = _("It is decided until %(when)s.") % {"when": deadline(money.due_at)}
    return f"{text}\n{when}"


def _until(text: str, money: Unapplied) -> str:
    if money.due_at is None:
        return text
    return text + " " + _("Until %(when)s.") % {"when": deadline(money.due_at)}


KINDS = (
    MONEY_UNMATCHED,
    LOG_MONEY_UNMATCHED,
    MONEY_ASKED_BACK,
    LOG_MONEY_ASKED_BACK,
    MONEY_RETURNED,
)
