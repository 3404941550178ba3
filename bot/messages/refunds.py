"""What buyer and seller read about money that goes back to its buyer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import AMBER, BLUE, GREEN, Draft, framed
from bot.presenters.subject import mention
from bot.presenters.text import deadline, plain
from bot.selectors import find_ticket
from bot.services import subjects
from payments.models import Refund, RefundPart
from payments.services.ledger import wallets
from payments.states import RefundStatus, RefundTo
from ppob.kit.money import rupiah


@dataclass(frozen=True)
class Part:
    """What goes back by one way (rupiah)."""

    amount: int
    method: str
    to_balance: bool


@dataclass(frozen=True)
class ToldRefund:
    """A refund of an order (rupiah); `balance` is the buyer's, where it is told.

    `to_source` is what was sent back to where it came from.
    """

    code: str
    buyer_id: int
    amount: int
    reason: str
    due_at: datetime | None
    status: RefundStatus
    parts: tuple[Part, ...]
    to_source: int = 0
    balance: int = 0
    page: str = ""


def refund_of(
    refund: Refund, parts: Sequence[RefundPart], *, status: RefundStatus
) -> ToldRefund:
    """What messages say of a refund in `status`, as plain values."""
    return ToldRefund(
        code=refund.order.code,
        buyer_id=refund.order.customer.discord_id,
        amount=refund.amount,
        reason=refund.reason,
        due_at=refund.due_at,
        status=status,
        parts=tuple(
            Part(
                part.amount,
                str(part.payment.method),
                to_balance=part.destination == RefundTo.BALANCE,
            )
            for part in parts
        ),
    )


def _announce(*, refund: Refund, target: RefundStatus) -> list[Announcement]:
    return [
        Announcement(
            {"refund": refund.pk, "status": target.value},
            f"refund:{refund.pk}:{target.value}",
            ticket=find_ticket(refund.order),
            customer=refund.order.customer,
        )
    ]


def _announce_to_log(*, refund: Refund, target: RefundStatus) -> list[Announcement]:
    ticket = find_ticket(refund.order)
    return [
        Announcement(
            {"refund": refund.pk, "status": target.value},
            f"refund:{refund.pk}:{target.value}:log",
            guild_id=subjects.guild_of(ticket),
        )
    ]


def _parts(refund: Refund) -> list[RefundPart]:
    return list(refund.parts.select_related("payment__method").order_by("pk"))


def _load_on_its_way(about: About) -> ToldRefund | None:
    """None where it is done already: that is told as well."""
    found = subjects.get_refund(about.payload)
    if found.status != RefundStatus.PAYING_OUT:
        return None
    return refund_of(found, _parts(found), status=RefundStatus.PAYING_OUT)


def draw_on_its_way(refund: ToldRefund) -> Draft:
    """Money goes back to where it came from; somebody has to send it."""
    text = _(
        "↩️ **%(amount)s** of order #%(code)s is refunded. Your money is safe, and "
        "there is nothing for you to do.\n%(parts)s"
    ) % {
        "amount": rupiah(refund.amount),
        "code": refund.code,
        "parts": "\n".join(_part_words(part) for part in refund.parts),
    }
    if refund.due_at is not None:
        text += "\n" + _("At the latest it is sent %(when)s; you read it here.") % {
            "when": deadline(refund.due_at)
        }
    return framed(text, AMBER)


def _part_words(part: Part) -> str:
    words = {"amount": rupiah(part.amount), "method": plain(part.method, 60)}
    if part.to_balance:
        return _("• %(amount)s to your balance, at once") % words
    return _("• %(amount)s to where it came from: %(method)s") % words


REFUND_PAYING_OUT = MessageKind(
    code="refund_paying_out",
    events=("refund.paying_out",),
    audience=Audience.BUYER,
    must_know=True,
    announce=_announce,
    load=_load_on_its_way,
    draw=draw_on_its_way,
)


def _load_done(about: About) -> ToldRefund:
    found = subjects.get_refund(about.payload)
    parts = _parts(found)
    sent = sum(part.amount for part in parts if part.destination == RefundTo.SOURCE)
    if not found.note:
        sent = 0  # nobody said how it was paid out: it went to the balance instead
    balance = wallets.wallet_of(found.order.customer).balance
    told = refund_of(found, parts, status=RefundStatus.DONE)
    return replace(told, to_source=sent, balance=balance)


def draw_done(refund: ToldRefund) -> Draft:
    """The money was given back."""
    to_balance = refund.amount - refund.to_source
    lines = [
        _("✅ **%(amount)s** of order #%(code)s was refunded.")
        % {"amount": rupiah(refund.amount), "code": refund.code}
    ]
    if to_balance:
        lines.append(
            _("%(amount)s lies on your balance in this store, now %(balance)s.")
            % {"amount": rupiah(to_balance), "balance": rupiah(refund.balance)}
        )
    if refund.to_source:
        lines.append(
            _(
                "%(amount)s was sent back to where you paid from. Banks may take a "
                "few working days to show it."
            )
            % {"amount": rupiah(refund.to_source)}
        )
    return framed("\n".join(lines), GREEN)


REFUND_DONE = MessageKind(
    code="refund_done",
    events=("refund.done",),
    audience=Audience.BUYER,
    must_know=True,
    announce=_announce,
    load=_load_done,
    draw=draw_done,
)


def _load_for_log(about: About) -> ToldRefund | None:
    found = subjects.get_refund(about.payload)
    status = RefundStatus(about.payload["status"])
    if status == RefundStatus.PAYING_OUT and found.status != status:
        return None
    told = refund_of(found, _parts(found), status=status)
    return replace(told, page=subjects.dashboard())


def draw_for_log(refund: ToldRefund) -> Draft:
    """A refund that needs a second person, has to be sent, or is over."""
    line = _log_sentence(refund.status) % {
        "amount": rupiah(refund.amount),
        "code": refund.code,
        "buyer": mention(refund.buyer_id),
        "reason": plain(refund.reason, 200),
        "page": refund.page,
        "when": deadline(refund.due_at) if refund.due_at else "",
    }
    sources = ", ".join(
        f"{rupiah(part.amount)} {plain(part.method, 60)}"
        for part in refund.parts
        if not part.to_balance
    )
    if refund.status == RefundStatus.PAYING_OUT and sources:
        line = f"{line}\n{sources}"
    waits = (RefundStatus.AWAITING_APPROVAL, RefundStatus.PAYING_OUT)
    return framed(line, AMBER if refund.status in waits else BLUE)


def _log_sentence(status: RefundStatus) -> str:
    return {
        RefundStatus.AWAITING_APPROVAL: _(
            "⚖️ A refund of **%(amount)s** for order #%(code)s needs a second person: "
            "%(page)s\n> %(reason)s"
        ),
        RefundStatus.PAYING_OUT: _(
            "↩️ **%(amount)s** of order #%(code)s go back to %(buyer)s. Send it until "
            "%(when)s, then write it down: %(page)s\n> %(reason)s"
        ),
        RefundStatus.DONE: _(
            "✅ **%(amount)s** of order #%(code)s were refunded to %(buyer)s.\n"
            "> %(reason)s"
        ),
        RefundStatus.REJECTED: _(
            "🚫 The refund of **%(amount)s** for order #%(code)s was rejected."
        ),
    }[status]


LOG_REFUND = MessageKind(
    code="log_refund",
    events=tuple(f"refund.{status.value}" for status in RefundStatus),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_to_log,
    load=_load_for_log,
    draw=draw_for_log,
)

KINDS = (REFUND_PAYING_OUT, REFUND_DONE, LOG_REFUND)
