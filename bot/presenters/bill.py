"""What a buyer is told to do to pay: scan, transfer, copy a number or open a page."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    BLUE,
    DANGER,
    SECONDARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    FileDraft,
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
from payments.models import Deposit, Payment
from ppob.kit.money import rupiah

QR_NAME = "qris.png"


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
