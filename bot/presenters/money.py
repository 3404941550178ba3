"""What buyers read about their money: where it is, and what they can do.

Each text says what happened, that the money is safe, what the reader may do, and what
happens by itself.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    AMBER,
    GREEN,
    SECONDARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
)
from bot.presenters.text import clock_time, deadline, plain
from payments.models import (
    Deposit,
    Order,
    Payment,
    Refund,
    RefundPart,
    UnmatchedMoney,
)
from payments.states import OrderStatus, RefundTo, UnmatchedReason
from ppob.kit.money import rupiah


def what(subject: Order | Deposit) -> str:
    """An order or a top-up by its code."""
    if isinstance(subject, Deposit):
        return _("top-up #%(code)s") % {"code": subject.code}
    return _("order #%(code)s") % {"code": subject.code}


def credited(money: UnmatchedMoney, *, balance: int, missing: int) -> Draft:
    """Money that was not what was asked for lies on the buyer's balance now.

    `missing` is what the order's price still lacks (rupiah).
    """
    payment = money.payment
    is_part = money.reason == UnmatchedReason.UNDERPAID
    words = {
        "amount": rupiah(money.amount),
        # A transfer's code is not needed to pay: the price is.
        "asked": rupiah(payment.net if is_part else payment.amount),
        "missing": rupiah(missing or payment.net - money.amount),
        "what": what(payment.subject),
    }
    happened = {
        UnmatchedReason.UNDERPAID: _(
            "⚠️ **%(amount)s** of %(asked)s arrived for %(what)s: **%(missing)s are "
            "missing**."
        ),
        UnmatchedReason.OVERPAID: _(
            "💰 For %(what)s **%(amount)s** more than asked arrived. It is paid; the "
            "extra money is yours."
        ),
        UnmatchedReason.ALREADY_PAID: _(
            "💰 **%(amount)s** arrived for %(what)s, which was already paid. Both "
            "payments are written down; you pay only once."
        ),
        UnmatchedReason.OUT_OF_STOCK: _(
            "⌛ Your **%(amount)s** for %(what)s arrived after the deadline, and the "
            "stock is gone by now. We are sorry."
        ),
        UnmatchedReason.WRONG_AMOUNT: _(
            "💰 **%(amount)s** arrived for %(what)s; %(asked)s were asked for."
        ),
        UnmatchedReason.WALLET_FULL: _(
            "💰 **%(amount)s** arrived for %(what)s when your balance was full."
        ),
        UnmatchedReason.ASKED_BACK: _(
            "↩️ The **%(amount)s** of %(what)s that you asked for could not be sent "
            "back."
        ),
    }[UnmatchedReason(money.reason)]
    safe = _(
        "Your money is safe: it is on your balance in this store, now %(balance)s."
    ) % {"balance": rupiah(balance)}
    can_pay_rest = _can_pay_rest(money)
    choices = (
        _("Pay only what is missing, or have the money sent back.")
        if can_pay_rest
        else _("Use it for your next purchase, or have it sent back.")
    )
    return Draft(
        embed=EmbedDraft(
            text="\n".join([happened % words, safe, choices]), colour=AMBER
        ),
        rows=(_money_buttons(money, can_pay_rest=can_pay_rest),),
    )


def part_came(money: UnmatchedMoney, *, missing: int) -> Draft:
    """A part of an order's price came, and the order still waits for the rest."""
    order = money.payment.order
    text = _(
        "⚠️ **%(amount)s** arrived for %(what)s: **%(missing)s are missing**. Your "
        "money is safe and counts towards it. Send the rest the same way; the order is "
        "paid as soon as it is all there."
    ) % {
        "amount": rupiah(money.amount),
        "what": what(money.payment.subject),
        "missing": rupiah(missing),
    }
    if order is not None:
        text += "\n" + _("The order waits until %(when)s.") % {
            "when": deadline(order.expires_at)
        }
    return _amber(text)


def waiting(money: UnmatchedMoney) -> Draft:
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
        "what": what(money.payment.subject),
        "reason": reasons[UnmatchedReason(money.reason)],
    }
    return _amber(_by(text, money))


def asked_back(money: UnmatchedMoney) -> Draft:
    """The buyer wants it back: it left the balance and waits for the seller."""
    text = _(
        "↩️ **%(amount)s** of %(what)s left your balance and goes back to where you "
        "paid from. It is safe and noted; the seller was told and sends it."
    ) % {"amount": rupiah(money.amount), "what": what(money.payment.subject)}
    return _amber(_by(text, money))


def returned(money: UnmatchedMoney) -> Draft:
    """The store sent it back by hand."""
    text = _(
        "↩️ The store sent **%(amount)s** of %(what)s back to you: “%(note)s”. If it "
        "has not arrived within three days, answer here or ask the store."
    ) % {
        "amount": rupiah(money.amount),
        "what": what(money.payment.subject),
        "note": plain(money.note, 200),
    }
    return Draft(embed=EmbedDraft(text=text, colour=GREEN))


def deposit_credited(deposit: Deposit, *, amount: int, balance: int) -> Draft:
    """The top-up arrived."""
    text = _(
        "✅ **+%(amount)s** arrived at %(time)s (top-up #%(code)s). Your balance in "
        "this store is now **%(balance)s**. Pay with it in any ticket; `/saldo` shows "
        "every change."
    ) % {
        "amount": rupiah(amount),
        "time": clock_time(deposit.credited_at or deposit.created_at),
        "code": deposit.code,
        "balance": rupiah(balance),
    }
    return Draft(embed=EmbedDraft(text=text, colour=GREEN))


def refund_on_its_way(refund: Refund, parts: Sequence[RefundPart]) -> Draft:
    """Money goes back to where it came from; somebody has to send it."""
    text = _(
        "↩️ **%(amount)s** of order #%(code)s is refunded. Your money is safe, and "
        "there is nothing for you to do.\n%(parts)s"
    ) % {
        "amount": rupiah(refund.amount),
        "code": refund.order.code,
        "parts": "\n".join(_part(part) for part in parts),
    }
    if refund.due_at is not None:
        text += "\n" + _("At the latest it is sent %(when)s; you read it here.") % {
            "when": deadline(refund.due_at)
        }
    return _amber(text)


def refund_done(
    refund: Refund, *, to_balance: int, to_source: int, balance: int
) -> Draft:
    """The money was given back; both sums are rupiah of this refund."""
    lines = [
        _("✅ **%(amount)s** of order #%(code)s was refunded.")
        % {"amount": rupiah(refund.amount), "code": refund.order.code}
    ]
    if to_balance:
        lines.append(
            _("%(amount)s lies on your balance in this store, now %(balance)s.")
            % {"amount": rupiah(to_balance), "balance": rupiah(balance)}
        )
    if to_source:
        lines.append(
            _(
                "%(amount)s was sent back to where you paid from. Banks may take a "
                "few working days to show it."
            )
            % {"amount": rupiah(to_source)}
        )
    return Draft(embed=EmbedDraft(text="\n".join(lines), colour=GREEN))


def reversed_payment(payment: Payment, *, amount: int) -> Draft:
    """The provider took the money, or a part of it, back after it had reported it."""
    text = _(
        "⚠️ The payment of **%(amount)s** for %(what)s was taken back by %(method)s. "
        "What was not delivered yet is not delivered, and nothing more is charged. "
        "If you did not ask for this, show the seller this message."
    ) % {
        "amount": rupiah(amount),
        "what": what(payment.subject),
        "method": plain(str(payment.method), 60),
    }
    return _amber(text)


def _can_pay_rest(money: UnmatchedMoney) -> bool:
    order = money.payment.order
    return (
        money.reason == UnmatchedReason.UNDERPAID
        and order is not None
        and order.status == OrderStatus.AWAITING_PAYMENT
    )


def _money_buttons(
    money: UnmatchedMoney, *, can_pay_rest: bool
) -> tuple[ButtonDraft, ...]:
    back = ButtonDraft(
        _("Send it back to the source"), custom_id("askback", money.pk), SECONDARY
    )
    order = money.payment.order
    if not can_pay_rest or order is None:
        return (back,)
    rest = ButtonDraft(_("Pay the rest"), custom_id("split", order.pk), SUCCESS)
    return rest, back


def _part(part: RefundPart) -> str:
    words = {
        "amount": rupiah(part.amount),
        "method": plain(str(part.payment.method), 60),
    }
    if part.destination == RefundTo.BALANCE:
        return _("• %(amount)s to your balance, at once") % words
    return _("• %(amount)s to where it came from: %(method)s") % words


def _by(text: str, money: UnmatchedMoney) -> str:
    if money.due_at is None:
        return text
    when = _("It is decided until %(when)s.") % {"when": deadline(money.due_at)}
    return f"{text}\n{when}"


def _amber(text: str) -> Draft:
    return Draft(embed=EmbedDraft(text=text, colour=AMBER))
