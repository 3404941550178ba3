"""What buyer and seller read about unapplied money that went to the balance."""

from dataclasses import replace

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.messages.unapplied import (
    Unapplied,
    announce_to_buyer,
    announce_to_log,
    load_unapplied,
    log_words,
    unapplied_of,
)
from bot.presenters.draft import (
    AMBER,
    BLUE,
    SECONDARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    framed,
)
from bot.presenters.subject import what
from bot.services import subjects
from payments.models import UnmatchedMoney
from payments.services.incoming import instalments
from payments.services.ledger import wallets
from payments.states import UnmatchedReason, UnmatchedStatus
from ppob.kit.money import rupiah


def _announce_credited(*, money: UnmatchedMoney) -> list[Announcement]:
    return announce_to_buyer(money, f"credited{_again(money)}:buyer")


def _announce_credited_to_log(*, money: UnmatchedMoney) -> list[Announcement]:
    return announce_to_log(money, f"credited{_again(money)}")


def _again(money: UnmatchedMoney) -> str:
    # Credited when it came, and once more when it could not be sent back.
    return ":again" if money.asked_back_at else ""


def _load_credited(about: About) -> Unapplied | None:
    """None where the buyer has asked for it back already."""
    found = subjects.get_money(about.payload)
    if found.status != UnmatchedStatus.CREDITED:
        return None
    order = found.payment.order
    return replace(
        unapplied_of(found),
        balance=wallets.wallet_of(found.payment.subject.customer).balance,
        missing=instalments.missing_of(order) if order is not None else 0,
    )


def draw_credited(money: Unapplied) -> Draft:
    """Money that was not what was asked for lies on the buyer's balance now."""
    happened = _why_credited(money.reason) % {
        "amount": rupiah(money.amount),
        # A transfer's code is not needed to pay: the price is.
        "asked": rupiah(
            money.net if money.reason == UnmatchedReason.UNDERPAID else money.asked
        ),
        "missing": rupiah(money.missing or money.net - money.amount),
        "what": what(money.subject),
    }
    safe = _(
        "Your money is safe: it is on your balance in this store, now %(balance)s."
    ) % {"balance": rupiah(money.balance)}
    choices = (
        _("Pay only what is missing, or have the money sent back.")
        if money.counts_towards_order
        else _("Use it for your next purchase, or have it sent back.")
    )
    return Draft(
        embed=EmbedDraft(text="\n".join([happened, safe, choices]), colour=AMBER),
        rows=(_buttons(money),),
    )


def _why_credited(reason: UnmatchedReason) -> str:
    return {
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
    }[reason]


def _buttons(money: Unapplied) -> tuple[ButtonDraft, ...]:
    back = ButtonDraft(
        _("Send it back to the source"), custom_id("askback", money.pk), SECONDARY
    )
    if not money.counts_towards_order or money.order_id is None:
        return (back,)
    split = custom_id("split", money.order_id)
    return ButtonDraft(_("Pay the rest"), split, SUCCESS), back


def draw_credited_for_log(money: Unapplied) -> Draft:
    """Unapplied money went to the buyer's balance; nothing to do."""
    text = _(
        "💰 **%(amount)s** came in for %(what)s (%(reason)s) and was added to the "
        "balance of %(buyer)s. Nothing to do."
    )
    return framed(text % log_words(money), BLUE)


MONEY_CREDITED = MessageKind(
    code="money_credited",
    events=("money.credited",),
    audience=Audience.BUYER,
    must_know=True,
    announce=_announce_credited,
    load=_load_credited,
    draw=draw_credited,
)
LOG_MONEY_CREDITED = MessageKind(
    code="log_money_credited",
    events=("money.credited",),
    audience=Audience.STORE,
    must_know=False,
    announce=_announce_credited_to_log,
    load=load_unapplied,
    draw=draw_credited_for_log,
)

KINDS = (MONEY_CREDITED, LOG_MONEY_CREDITED)
