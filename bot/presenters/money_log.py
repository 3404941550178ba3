"""What the seller reads in the log channel about money that moves."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from bot.presenters.draft import AMBER, BLUE, GREEN, RED, Draft, EmbedDraft
from bot.presenters.money import what
from bot.presenters.text import deadline, plain
from payments.models import (
    Deposit,
    Discrepancy,
    Payment,
    Refund,
    RefundPart,
    UnmatchedMoney,
)
from payments.states import (
    DiscrepancyKind,
    RefundStatus,
    RefundTo,
    UnmatchedReason,
)
from ppob.kit.money import rupiah
from tenants.models import Customer


def transfer_announced(payment: Payment, *, page: str) -> Draft:
    """A buyer says the transfer was made: somebody has to look at the account."""
    text = _(
        "🏦 %(buyer)s says **%(amount)s** for %(what)s was transferred by %(method)s. "
        "Look at your account and confirm it in the dashboard: %(page)s"
    )
    return _line(
        text
        % {
            **_about(payment),
            "amount": asked_in_parts(payment),
            "method": plain(str(payment.method), 60),
            "page": page,
        },
        AMBER,
    )


def unmatched(money: UnmatchedMoney, *, page: str) -> Draft:
    """Money came in that fits nothing: the seller decides."""
    text = _(
        "💰 **%(amount)s** came in for %(what)s of %(buyer)s and fits nothing: "
        "%(reason)s. Decide what happens to it in the dashboard: %(page)s"
    )
    return _line(_by(text % _money_words(money, page), money), AMBER)


def asked_back(money: UnmatchedMoney, *, page: str) -> Draft:
    """A buyer wants odd money back at its source: the seller has to send it."""
    text = _(
        "↩️ %(buyer)s wants **%(amount)s** of %(what)s back where it came from. Send it "
        "and write it down in the dashboard: %(page)s"
    )
    return _line(_by(text % _money_words(money, page), money), AMBER)


def credited(money: UnmatchedMoney) -> Draft:
    """Odd money went to the buyer's balance; nothing to do."""
    text = _(
        "💰 **%(amount)s** came in for %(what)s (%(reason)s) and was added to the "
        "balance of %(buyer)s. Nothing to do."
    )
    return _line(text % _money_words(money, ""), BLUE)


def deposit(found: Deposit, *, amount: int) -> Draft:
    """A buyer topped up their balance."""
    text = _("👛 %(buyer)s topped up **%(amount)s** (#%(code)s).") % {
        "buyer": _name(found.customer),
        "amount": rupiah(amount),
        "code": found.code,
    }
    return _line(text, GREEN)


def refund(
    found: Refund, status: RefundStatus, parts: Sequence[RefundPart], *, page: str
) -> Draft:
    """A refund that needs a second person, has to be sent, or is over."""
    words = {
        "amount": rupiah(found.amount),
        "code": found.order.code,
        "buyer": _name(found.order.customer),
        "reason": plain(found.reason, 200),
        "page": page,
        "when": deadline(found.due_at) if found.due_at else "",
    }
    sources = ", ".join(
        f"{rupiah(part.amount)} {plain(str(part.payment.method), 60)}"
        for part in parts
        if part.destination == RefundTo.SOURCE
    )
    text = {
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
    colour = (
        AMBER
        if status in (RefundStatus.AWAITING_APPROVAL, RefundStatus.PAYING_OUT)
        else BLUE
    )
    line = text % words
    if status == RefundStatus.PAYING_OUT and sources:
        line = f"{line}\n{sources}"
    return _line(line, colour)


def discrepancy(found: Discrepancy, *, page: str) -> Draft:
    """A gateway contradicts what is known: somebody has to decide."""
    text = _(
        "⚖️ %(method)s tells **%(amount)s** for %(what)s of %(buyer)s, but "
        "**%(expected)s** are written down (%(kind)s; reference `%(reference)s`). "
        "Nothing was booked. Look at the provider's own list and decide in the "
        "dashboard: %(page)s"
    ) % {
        **_about(found.payment),
        "method": plain(str(found.payment.method), 60),
        "amount": rupiah(found.amount),
        "expected": rupiah(found.expected),
        "kind": DiscrepancyKind(found.kind).label,
        "reference": found.payment.reference,
        "page": page,
    }
    return _line(text, AMBER)


def reversed_payment(payment: Payment, *, amount: int, loss: int) -> Draft:
    """A gateway took money back: what it means for the store."""
    text = _(
        "🚨 %(method)s took **%(amount)s** back (%(what)s of %(buyer)s, reference "
        "`%(reference)s`)."
    ) % {
        **_about(payment),
        "method": plain(str(payment.method), 60),
        "amount": rupiah(amount),
        "reference": payment.reference,
    }
    if loss:
        text += "\n" + _(
            "%(loss)s of it were delivered or spent already: that is your loss. Ask "
            "the provider why, with the reference."
        ) % {"loss": rupiah(loss)}
    else:
        text += "\n" + _("Nothing was lost: it was not delivered.")
    return _line(text, RED)


def asked_in_parts(payment: Payment) -> str:
    """What was asked for; with a code: “Rp 29.834 = Rp 29.000 + Rp 834 to balance”."""
    if not payment.unique_code:
        return rupiah(payment.amount)
    return _("%(amount)s = %(net)s + %(code)s to the buyer's balance") % {
        "amount": rupiah(payment.amount),
        "net": rupiah(payment.net),
        "code": rupiah(payment.unique_code),
    }


def _money_words(money: UnmatchedMoney, page: str) -> dict[str, str]:
    return {
        **_about(money.payment),
        "amount": rupiah(money.amount),
        "reason": str(UnmatchedReason(money.reason).label),
        "page": page,
    }


def _about(payment: Payment) -> dict[str, str]:
    subject = payment.subject
    return {"what": what(subject), "buyer": _name(subject.customer)}


def _name(customer: Customer) -> str:
    return f"<@{customer.discord_id}>"


def _by(text: str, money: UnmatchedMoney) -> str:
    if money.due_at is None:
        return text
    return text + " " + _("Until %(when)s.") % {"when": deadline(money.due_at)}


def _line(text: str, colour: int) -> Draft:
    return Draft(embed=EmbedDraft(text=text, colour=colour))
