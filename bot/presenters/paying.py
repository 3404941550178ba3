"""How to pay: the QR code or the account, the exact amount, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    BLUE,
    DANGER,
    PRIMARY,
    SECONDARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    FileDraft,
    MenuDraft,
    OptionDraft,
    Row,
)
from bot.presenters.text import deadline, plain
from payments.gateways import qris
from payments.gateways.instructions import (
    Instructions,
    Link,
    PayCode,
    Push,
    Qris,
    VirtualAccount,
)
from payments.models import Deposit, Order, Payment, PaymentMethod
from payments.services.incoming.balance import SMALLEST_REST, BalanceShort
from payments.states import PaymentStatus
from payments.tasks import POLL_EVERY
from ppob.kit.money import rupiah

QR_NAME = "qris.png"


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


@dataclass(frozen=True)
class Bill:
    """What a buyer needs to pay a payment of an order or a top-up. Rupiah, our ids."""

    payment_id: int
    amount: int
    unique_code: int
    expires_at: datetime
    how: Instructions | None
    pay_url: str
    subject_id: int
    subject_code: str
    is_top_up: bool
    method_name: str
    method_label: str
    method_words: str
    account_number: str
    account_name: str
    is_test: bool


def bill_of(payment: Payment) -> Bill:
    """What a message says of a payment, as plain values."""
    method, subject = payment.method, payment.subject
    return Bill(
        payment_id=payment.pk,
        amount=payment.amount,
        unique_code=payment.unique_code,
        expires_at=payment.expires_at,
        how=payment.how_to_pay,
        pay_url=payment.pay_url,
        subject_id=subject.pk,
        subject_code=subject.code,
        is_top_up=isinstance(subject, Deposit),
        method_name=method.name,
        method_label=str(method),
        method_words=method.instructions,
        account_number=method.details.get("account_number", ""),
        account_name=method.details.get("account_name", ""),
        is_test=method.is_test,
    )


def instructions(payment: Payment) -> Draft:
    """Everything the buyer needs to pay this payment of an order or a top-up."""
    return draw_bill(bill_of(payment))


def draw_bill(bill: Bill) -> Draft:
    """The same from plain values: what to scan, to transfer or to follow."""
    if isinstance(bill.how, Qris):
        return _scan(bill, bill.how)
    return _transfer(bill) if bill.how is None else _follow(bill, bill.how)


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


def _scan(bill: Bill, how: Qris) -> Draft:
    lines = [
        _("1. Open DANA, GoPay, OVO, ShopeePay or your bank's app and scan the code."),
        _("2. Check the recipient and the amount before you pay."),
        _("On the same phone? Save the picture and choose it in the app's scanner."),
    ]
    if bill.is_test:
        lines.append(_("**Test mode:** this code moves no real money."))
    embed = EmbedDraft(
        title=_("Pay %(amount)s") % {"amount": rupiah(bill.amount)},
        text="\n".join(lines + _seller_words(bill)),
        colour=BLUE,
        fields=(
            FieldDraft(_("Recipient"), plain(_merchant(bill, how), 40), True),
            _subject_field(bill),
            FieldDraft(_("Pay before"), deadline(bill.expires_at), True),
        ),
        image=f"attachment://{QR_NAME}",
    )
    picture = FileDraft(QR_NAME, qris.qr_png(how.text, pixels=600))
    page = _page_button(bill)
    return Draft(embed=embed, rows=(_buttons(bill) + page,), files=(picture,))


def _follow(bill: Bill, how: Instructions) -> Draft:
    """What is neither scanned nor transferred to the seller: a number, code or page."""
    lines = [_("The payment is recognised by itself, within a minute or so.")]
    if bill.is_test:
        lines.append(_("**Test mode:** this moves no real money."))
    embed = EmbedDraft(
        title=_("Pay %(amount)s") % {"amount": rupiah(bill.amount)},
        text="\n".join(lines + _seller_words(bill)),
        colour=BLUE,
        fields=(
            *_to_copy(how),
            _subject_field(bill),
            FieldDraft(_("Pay before"), deadline(bill.expires_at), True),
        ),
    )
    return Draft(embed=embed, rows=(_buttons(bill) + _page_button(bill),))


def _to_copy(how: Instructions) -> tuple[FieldDraft, ...]:
    match how:
        case VirtualAccount(bank, number):
            name = _("Virtual account at %(bank)s") % {"bank": plain(bank, 40)}
            return (FieldDraft(name, f"```\n{plain(number, 40)}\n```"),)
        case PayCode(place, code):
            name = _("Payment code for %(place)s") % {"place": plain(place, 40)}
            return (FieldDraft(name, f"```\n{plain(code, 40)}\n```"),)
        case Push(app):
            words = _("Confirm the payment in your %(app)s app.")
            return (FieldDraft(_("In your app"), words % {"app": plain(app, 40)}),)
    return ()  # a page: the button leads there


def _transfer(bill: Bill) -> Draft:
    lines = []
    if bill.unique_code:
        lines.append(
            _(
                "Please transfer **exactly** this amount, to the last digit. The extra "
                "%(code)s is how your transfer is recognised; it goes to your balance."
            )
            % {"code": rupiah(bill.unique_code)}
        )
    embed = EmbedDraft(
        title=_("Transfer %(amount)s") % {"amount": rupiah(bill.amount)},
        text="\n".join(lines + _seller_words(bill)),
        colour=BLUE,
        fields=(
            FieldDraft(plain(bill.method_name, 60), _number(bill), True),
            FieldDraft(_("Name"), plain(bill.account_name, 60), True),
            FieldDraft(_("Amount"), f"```\n{bill.amount}\n```"),
            _subject_field(bill),
            FieldDraft(_("Transfer before"), deadline(bill.expires_at), True),
        ),
    )
    return Draft(embed=embed, rows=(_buttons(bill),))


def _subject_field(bill: Bill) -> FieldDraft:
    name = _("Top-up code") if bill.is_top_up else _("Order code")
    return FieldDraft(name, f"#{bill.subject_code}", True)


def _buttons(bill: Bill) -> tuple[ButtonDraft, ...]:
    paid = ButtonDraft(_("I have paid"), custom_id("paid", bill.payment_id), SUCCESS)
    if bill.is_top_up:
        end = custom_id("undeposit", bill.subject_id)
        return (paid, ButtonDraft(_("Cancel top-up"), end, DANGER))
    return (
        paid,
        ButtonDraft(
            _("Other way to pay"), custom_id("change", bill.subject_id), SECONDARY
        ),
        ButtonDraft(_("Cancel order"), custom_id("cancel", bill.subject_id), DANGER),
    )


def _page_button(bill: Bill) -> tuple[ButtonDraft, ...]:
    url = bill.how.url if isinstance(bill.how, Link) else bill.pay_url
    return (ButtonDraft(_("Open payment page"), url=url),) if url else ()


def _merchant(bill: Bill, how: Qris) -> str:
    try:
        return qris.parse(how.text).merchant_name
    except qris.InvalidQris:
        return bill.method_label


def _number(bill: Bill) -> str:
    return f"```\n{bill.account_number}\n```"


def _seller_words(bill: Bill) -> list[str]:
    return ["", plain(bill.method_words, 1500)] if bill.method_words else []


def _method_words(method: PaymentMethod) -> str:
    if method.instructions:
        return plain(method.instructions, 500)
    if method.gateway == "manual":
        return _("Transfer to the seller's account; the seller confirms it.")
    return _("Scan a QR code with any wallet or bank app; recognised by itself.")
