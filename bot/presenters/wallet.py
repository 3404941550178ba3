"""A buyer's balance: what is there, what is tied up, what happened, how to top up."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.bill import instructions
from bot.presenters.draft import (
    BLUE,
    PRIMARY,
    SECONDARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    Row,
)
from bot.presenters.orders import order_menu
from bot.presenters.paying import WayToPay, method_label, method_menu
from bot.presenters.text import deadline
from payments.models import Deposit, Payment, UnmatchedMoney
from payments.services.ledger.wallets import StatementLine, Wallet
from payments.states import PaymentStatus
from ppob.kit.money import rupiah

PRESETS = (10_000, 25_000, 50_000, 100_000)


@dataclass(frozen=True)
class Held:
    """A part of the balance that is tied up in an order (rupiah)."""

    order_id: int
    code: str
    amount: int
    is_paid: bool


@dataclass(frozen=True)
class WalletView:
    """What `/saldo` shows. `deposits` are payments of top-ups that are not paid yet."""

    wallet: Wallet
    held: list[Held]
    deposits: list[Payment]
    lines: list[StatementLine]
    limit: int
    is_on: bool
    is_open: bool = True


@dataclass(frozen=True)
class DepositOffer:
    """What a buyer may top up (rupiah), and how; `amount` once they chose."""

    least: int
    most: int
    amount: int | None
    methods: tuple[WayToPay, ...]


# --- Looking --------------------------------------------------------------------------


def view(found: WalletView) -> Draft:
    """The balance, what is set aside for which orders, and the last changes."""
    fields = []
    if found.held:
        fields.append(
            FieldDraft(
                _("Tied up"), "\n".join(_held_words(held) for held in found.held)
            )
        )
    if found.deposits:
        waiting = "\n".join(_deposit_words(payment) for payment in found.deposits)
        fields.append(FieldDraft(_("Top-ups not paid yet"), waiting))
    fields.append(FieldDraft(_("Last changes"), _line_words(found.lines)))
    tied = found.wallet.reserved + found.wallet.held
    text = _("**%(balance)s** can be spent · %(tied)s tied up in orders") % {
        "balance": rupiah(found.wallet.balance),
        "tied": rupiah(tied),
    }
    if not found.is_open:
        text += "\n" + _(
            "This store is closed at the moment. Your balance is safe and written "
            "down here; you can ask for it back."
        )
    embed = EmbedDraft(
        title=_("👛 Your balance in this store"),
        text=text,
        colour=BLUE,
        fields=tuple(fields),
        footer=_(
            "Good for purchases in this store only. At most %(limit)s can be held."
        )
        % {"limit": rupiah(found.limit)},
    )
    return Draft(embed=embed, rows=_view_rows(found))


def statement(
    lines: Sequence[StatementLine], *, next_before: int | None, is_first: bool
) -> Draft:
    """A page of the balance's changes; each one's order opens from the menu."""
    rows = list(_order_rows(lines, ()))
    turns = []
    if not is_first:
        turns.append(ButtonDraft(_("◀ Newest"), custom_id("lines", 0)))
    if next_before is not None:
        turns.append(ButtonDraft(_("Older ▶"), custom_id("lines", next_before)))
    if turns:
        rows.append(tuple(turns))
    embed = EmbedDraft(
        title=_("📒 Changes of your balance"), text=_line_words(lines), colour=BLUE
    )
    return Draft(embed=embed, rows=tuple(rows))


# --- Topping up -----------------------------------------------------------------------


def choose_amount(offer: DepositOffer) -> Draft:
    """Usual amounts as buttons, and one to type another."""
    buttons = [
        ButtonDraft(rupiah(amount), custom_id("fund", amount), PRIMARY)
        for amount in PRESETS
        if offer.least <= amount <= offer.most
    ]
    buttons.append(ButtonDraft(_("Other amount…"), custom_id("fundother"), SECONDARY))
    text = _(
        "How much do you want to top up? From %(least)s to %(most)s. The balance is "
        "good for purchases in this store; the seller pays nothing out in cash."
    ) % {"least": rupiah(offer.least), "most": rupiah(offer.most)}
    return Draft(text=text, rows=(tuple(buttons),))


def choose_method(offer: DepositOffer) -> Draft:
    """The ways to pay a top-up of the chosen amount."""
    amount = offer.amount or 0
    if not offer.methods:
        return Draft(text=_("This store has no way to pay right now."))
    text = _(
        "How do you want to pay the top-up of **%(amount)s**? Possible amounts: "
        "%(least)s to %(most)s."
    ) % {
        "amount": rupiah(amount),
        "least": rupiah(offer.least),
        "most": rupiah(offer.most),
    }
    if len(offer.methods) > 5:
        menu = method_menu(offer.methods, menu_id=custom_id("fundby", amount))
        return Draft(text=text, rows=(menu,))
    row = tuple(
        ButtonDraft(
            method_label(method),
            custom_id("fundwith", amount, method.pk),
            SUCCESS if number == 0 else PRIMARY,
        )
        for number, method in enumerate(offer.methods)
    )
    return Draft(text=text, rows=(row,))


def how_to_pay(payment: Payment, *, is_sent: bool) -> Draft:
    """How to pay a top-up; `is_sent` says that it went to the direct messages, too."""
    if payment.status == PaymentStatus.CREATED:
        return Draft(
            text=_(
                "Top-up #%(code)s is being prepared. Look with `/saldo` in a moment; "
                "nothing has been charged."
            )
            % {"code": payment.subject.code}
        )
    if payment.status != PaymentStatus.PENDING:
        return Draft(
            text=_("Top-up #%(code)s waits for no money any more. See `/saldo`.")
            % {"code": payment.subject.code}
        )
    draft = instructions(payment)
    note = _("This message disappears; `/saldo` shows it again.")
    if is_sent:
        note = _(
            "This was sent to your direct messages as well. If they are closed, "
            "`/saldo` shows it again."
        )
    return Draft(text=note, embed=draft.embed, rows=draft.rows, files=draft.files)


def deposit_cancelled(deposit: Deposit) -> Draft:
    """The top-up was given up."""
    return Draft(
        text=_(
            "Top-up #%(code)s was cancelled. Money that arrives for it anyway is not "
            "lost: it is added to your balance."
        )
        % {"code": deposit.code}
    )


def sent_back(money: UnmatchedMoney) -> Draft:
    """The request was noted."""
    text = _("Noted: %(amount)s left your balance and goes back to its source.") % {
        "amount": rupiah(money.amount)
    }
    if money.due_at is not None:
        text += " " + _("The seller has until %(when)s.") % {
            "when": deadline(money.due_at)
        }
    return Draft(text=text)


def _view_rows(found: WalletView) -> tuple[Row, ...]:
    rows = list(_order_rows(found.lines, found.held))
    reopen = tuple(
        ButtonDraft(
            _("How to pay #%(code)s") % {"code": payment.subject.code},
            custom_id("howto", payment.pk),
            SECONDARY,
        )
        for payment in found.deposits
    )
    if reopen:
        rows.append(reopen)
    buttons = [ButtonDraft(_("History"), custom_id("lines", 0), SECONDARY)]
    if not found.is_open:
        if found.wallet.balance:
            asks = ButtonDraft(_("Ask for it back"), custom_id("askall"), SUCCESS)
            buttons.insert(0, asks)
    elif found.is_on:
        buttons.insert(0, ButtonDraft(_("Top up"), custom_id("topup"), SUCCESS))
    rows.append(tuple(buttons))
    return tuple(rows)


def _order_rows(lines: Sequence[StatementLine], held: Sequence[Held]) -> list[Row]:
    """A menu of the orders behind these lines, each once."""
    orders = {held_for.order_id: f"#{held_for.code}" for held_for in held}
    for line in lines:
        if line.order_id is not None:
            orders.setdefault(line.order_id, f"#{line.code} · {_signed(line.amount)}")
    return [order_menu(list(orders.items()))] if orders else []


def _held_words(held: Held) -> str:
    words = {"amount": rupiah(held.amount), "code": held.code}
    if held.is_paid:
        return _("%(amount)s for #%(code)s, being delivered") % words
    return _("%(amount)s for #%(code)s, waits for the rest") % words


def _deposit_words(payment: Payment) -> str:
    return f"#{payment.subject.code} · {rupiah(payment.amount)} · " + _(
        "until %(when)s"
    ) % {"when": deadline(payment.expires_at)}


def _line_words(lines: Sequence[StatementLine]) -> str:
    if not lines:
        return _("Nothing happened here yet.")
    return "\n".join(
        f"<t:{int(line.at.timestamp())}:d> **{_signed(line.amount)}** "
        f"{_kind(line)} #{line.code}"
        for line in lines
    )


def _kind(line: StatementLine) -> str:
    if line.kind == "settled":
        if line.order_id is None:
            return _("top-up")
        return _("unique code of") if line.amount > 0 else _("paid")
    return {
        "reserved": _("set aside for"),
        "released": _("no longer set aside for"),
        "credited": _("money that did not fit"),
        "recredited": _("money that did not fit"),
        "asked_back": _("sent back to the source"),
        "unmatched": _("sent back to the source"),
        "applied": _("rest of"),
        "refund": _("refund of"),
        "paid_out": _("refund of"),
        "reversed": _("taken back by the provider"),
    }.get(line.kind, _("change of"))


def _signed(amount: int) -> str:
    return f"{'+' if amount > 0 else '−'}{rupiah(abs(amount))}"
