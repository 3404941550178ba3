"""Choosing how to pay, and what becomes of it; `bill` draws what is to be paid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    BLUE,
    PRIMARY,
    SECONDARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    MenuDraft,
    OptionDraft,
    Row,
)
from bot.presenters.text import deadline, plain
from payments.models import Order, Payment, PaymentMethod
from payments.services.incoming.balance import SMALLEST_REST, BalanceShort
from payments.states import PaymentStatus
from payments.tasks import POLL_EVERY
from ppob.kit.money import rupiah


@dataclass(frozen=True)
class WayToPay:
    """A payment method as a buyer chooses it; `pk` is our row's."""

    pk: int
    name: str
    is_test: bool


def ways_of(methods: Sequence[PaymentMethod]) -> tuple[WayToPay, ...]:
    """What a message says of these methods, as plain values."""
    return tuple(WayToPay(row.pk, row.name, row.is_test) for row in methods)


@dataclass(frozen=True)
class Offer:
    """The ways to pay an order; `balance` is what its buyer could spend (rupiah)."""

    order_id: int
    code: str
    total: int
    reserved: int
    expires_at: datetime
    methods: tuple[WayToPay, ...]
    balance: int = 0

    def without_ways(self) -> Self:
        """The same for an order that nobody can pay any more."""
        return replace(self, methods=(), balance=0)


def offer_of(order: Order, methods: Sequence[PaymentMethod], *, balance: int) -> Offer:
    """The offer for an order, as plain values."""
    return Offer(
        order_id=order.pk,
        code=order.code,
        total=order.total,
        reserved=order.reserved,
        expires_at=order.expires_at,
        methods=ways_of(methods),
        balance=balance,
    )


# --- Choosing -------------------------------------------------------------------------


def offer_rows(offer: Offer) -> tuple[Row, ...]:
    """The balance, if there is one, then up to five buttons or a menu."""
    rows = method_rows(
        offer.methods, menu_id=custom_id("method", offer.order_id), order=offer.order_id
    )
    if offer.balance <= 0:
        return rows
    label = _("Balance (%(amount)s)") % {"amount": rupiah(offer.balance)}
    button = ButtonDraft(label, custom_id("balance", offer.order_id), PRIMARY)
    return (*rows, (button,))


def method_rows(
    methods: Sequence[WayToPay], *, menu_id: str, order: int
) -> tuple[Row, ...]:
    """Up to five ways to pay an order as buttons, more of them as a menu."""
    if not methods:
        return ()
    if len(methods) > 5:
        return (method_menu(methods, menu_id=menu_id),)
    return (
        tuple(
            ButtonDraft(
                method_label(method),
                custom_id("pay", order, method.pk),
                SUCCESS if number == 0 else PRIMARY,
            )
            for number, method in enumerate(methods)
        ),
    )


def method_menu(methods: Sequence[WayToPay], *, menu_id: str) -> MenuDraft:
    """The ways to pay as a menu; its values are our rows' ids."""
    options = tuple(
        OptionDraft(method_label(method), str(method.pk)) for method in methods[:25]
    )
    return MenuDraft(menu_id, _("How do you pay?"), options)


def method_label(method: WayToPay) -> str:
    """The method's name; play money says so."""
    name = method.name[:60]
    return _("%(name)s (test)") % {"name": name} if method.is_test else name


def choose(offer: Offer) -> Draft:
    """The ways to pay once more, for what the balance leaves."""
    if not offer.methods and not offer.balance:
        return Draft(text=_("This store has no way to pay right now."))
    words = {
        "amount": rupiah(offer.total - offer.reserved),
        "reserved": rupiah(offer.reserved),
        "code": offer.code,
    }
    text = _("How do you want to pay **%(amount)s** for order #%(code)s?") % words
    if offer.reserved:
        text = (
            _(
                "%(reserved)s of your balance is set aside for order #%(code)s. How do "
                "you pay the remaining **%(amount)s**? If you don't, everything goes "
                "back to your balance."
            )
            % words
        )
    return Draft(text=text, rows=offer_rows(offer))


def balance_short(order_id: int, short: BalanceShort) -> Draft:
    """The balance is too small: nothing was taken, and what can be done."""
    text = _(
        "Your balance is %(balance)s; **%(missing)s** are missing. Nothing was taken."
    ) % {"balance": rupiah(short.balance), "missing": rupiah(short.missing)}
    # A gateway takes no less than this, so a little of the balance may stay.
    rest = max(short.missing, SMALLEST_REST)
    used = short.balance + short.missing - rest
    split = ButtonDraft(
        _("Use %(balance)s + pay %(missing)s")
        % {"balance": rupiah(used), "missing": rupiah(rest)},
        custom_id("split", order_id),
        SUCCESS,
    )
    others = (
        ButtonDraft(_("Other way to pay"), custom_id("change", order_id), SECONDARY),
        ButtonDraft(_("Top up"), custom_id("topup"), SECONDARY),
    )
    rows: tuple[Row, ...] = (others,)
    return Draft(text=text, rows=((split,), *rows) if used > 0 else rows)


def method_list(methods: list[PaymentMethod]) -> Draft:
    """What the store accepts, for somebody who only wants to know."""
    if not methods:
        return Draft(text=_("This store has not set up a way to pay yet."))
    fields = tuple(
        FieldDraft(
            plain(method.name, 60) + (_(" (test)") if method.is_test else ""),
            _method_words(method),
        )
        for method in methods[:25]
    )
    embed = EmbedDraft(
        title=_("💳 Ways to pay"),
        text=_("Choose one in your ticket after you pressed Buy."),
        colour=BLUE,
        fields=fields,
    )
    return Draft(embed=embed)


# --- Paying ---------------------------------------------------------------------------


def check_answer(payment: Payment, status: PaymentStatus) -> Draft:
    """What the gateway says, after the buyer said the money was sent."""
    code = payment.subject.code
    if status == PaymentStatus.SETTLED:
        return Draft(
            text=_("✅ Your payment for #%(code)s has arrived.") % {"code": code}
        )
    if status in (PaymentStatus.EXPIRED, PaymentStatus.FAILED):
        return Draft(
            text=_(
                "This payment has ended without money. If your app says you paid, it "
                "is recognised as soon as it arrives: you lose nothing. #%(code)s."
            )
            % {"code": code}
        )
    if status == PaymentStatus.SET_ASIDE:
        return Draft(
            text=_(
                "You chose another way to pay #%(code)s. If you have paid this one, it "
                "is recognised as soon as it arrives: you lose nothing, and please "
                "don't pay twice."
            )
            % {"code": code}
        )
    return Draft(
        text=_(
            "Not to be seen at %(method)s yet (%(amount)s for #%(code)s). That is "
            "normal for a few minutes, and your money is safe. We look again every "
            "%(secs)d seconds until %(until)s and tell you; you don't have to press "
            "again."
        )
        % {
            "method": plain(str(payment.method), 60),
            "amount": rupiah(payment.amount),
            "code": code,
            "secs": POLL_EVERY.total_seconds(),
            "until": deadline(payment.expires_at),
        }
    )


def transfer_noted(payment: Payment) -> Draft:
    """The buyer says the transfer was made; a person looks."""
    return Draft(
        text=_(
            "Thank you, the seller was told and is checking the account for "
            "%(amount)s. As soon as the money is confirmed, #%(code)s goes on and you "
            "are told."
        )
        % {"amount": rupiah(payment.amount), "code": payment.subject.code}
    )


def _method_words(method: PaymentMethod) -> str:
    if method.instructions:
        return plain(method.instructions, 500)
    if method.gateway == "manual":
        return _("Transfer to the seller's account; the seller confirms it.")
    return _("Scan a QR code with any wallet or bank app; recognised by itself.")
