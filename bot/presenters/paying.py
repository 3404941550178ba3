"""How to pay: the QR code or the account, the exact amount, and until when."""

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
from payments.models import Order, Payment, PaymentMethod
from payments.states import PaymentStatus
from ppob.kit.money import rupiah

QR_NAME = "qris.png"


def instructions(payment: Payment, method: PaymentMethod, order: Order) -> Draft:
    """Everything the buyer needs to pay this payment."""
    if payment.qr_text:
        return _scan(payment, method, order)
    return _transfer(payment, method, order)


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


def check_answer(status: PaymentStatus, order: Order) -> Draft:
    """What the gateway says, after the buyer said the money was sent."""
    if status == PaymentStatus.SETTLED:
        return Draft(text=_("✅ Your payment has arrived. Look at the newest message."))
    if status in (PaymentStatus.EXPIRED, PaymentStatus.FAILED):
        return Draft(
            text=_(
                "This payment has ended without money. If your app says you paid, it "
                "is recognised as soon as it arrives: you lose nothing. "
                "Order #%(code)s."
            )
            % {"code": order.code}
        )
    return Draft(
        text=_(
            "The payment provider has not seen your money yet. It usually takes a few "
            "seconds, sometimes minutes. We keep looking by ourselves and tell you "
            "here. Order #%(code)s."
        )
        % {"code": order.code}
    )


def transfer_noted(order: Order) -> Draft:
    """The buyer says the transfer was made; a person looks."""
    return Draft(
        text=_(
            "Thank you, the seller was told and is checking the account. As soon as "
            "the money is confirmed, order #%(code)s is delivered here."
        )
        % {"code": order.code}
    )


def _scan(payment: Payment, method: PaymentMethod, order: Order) -> Draft:
    lines = [
        _("1. Open DANA, GoPay, OVO, ShopeePay or your bank's app and scan the code."),
        _("2. Check the recipient and the amount before you pay."),
        _("On the same phone? Save the picture and choose it in the app's scanner."),
    ]
    if method.is_test:
        lines.append(_("**Test mode:** this code moves no real money."))
    embed = EmbedDraft(
        title=_("Pay %(amount)s") % {"amount": rupiah(payment.amount)},
        text="\n".join(lines + _seller_words(method)),
        colour=BLUE,
        fields=(
            FieldDraft(_("Recipient"), plain(_merchant(payment), 40), True),
            FieldDraft(_("Order code"), f"#{order.code}", True),
            FieldDraft(_("Pay before"), deadline(payment.expires_at), True),
        ),
        image=f"attachment://{QR_NAME}",
    )
    picture = FileDraft(QR_NAME, qris.qr_png(payment.qr_text, pixels=600))
    page = _page_button(payment)
    return Draft(embed=embed, rows=(_buttons(payment) + page,), files=(picture,))


def _transfer(payment: Payment, method: PaymentMethod, order: Order) -> Draft:
    lines = []
    if payment.unique_code:
        lines.append(
            _(
                "Please transfer **exactly** this amount, to the last digit. The extra "
                "%(code)s is how your transfer is recognised."
            )
            % {"code": rupiah(payment.unique_code)}
        )
    details = method.details
    embed = EmbedDraft(
        title=_("Transfer %(amount)s") % {"amount": rupiah(payment.amount)},
        text="\n".join(lines + _seller_words(method)),
        colour=BLUE,
        fields=(
            FieldDraft(plain(method.name, 60), _number(details), True),
            FieldDraft(_("Name"), plain(details.get("account_name", ""), 60), True),
            FieldDraft(_("Amount"), f"```\n{payment.amount}\n```"),
            FieldDraft(_("Order code"), f"#{order.code}", True),
            FieldDraft(_("Transfer before"), deadline(payment.expires_at), True),
        ),
    )
    return Draft(embed=embed, rows=(_buttons(payment),))


def _buttons(payment: Payment) -> tuple[ButtonDraft, ...]:
    return (
        ButtonDraft(_("I have paid"), custom_id("paid", payment.pk), SUCCESS),
        ButtonDraft(
            _("Other way to pay"), custom_id("change", payment.order_id), SECONDARY
        ),
        ButtonDraft(_("Cancel order"), custom_id("cancel", payment.order_id), DANGER),
    )


def _page_button(payment: Payment) -> tuple[ButtonDraft, ...]:
    if not payment.pay_url:
        return ()
    return (ButtonDraft(_("Open payment page"), url=payment.pay_url),)


def _merchant(payment: Payment) -> str:
    try:
        return qris.parse(payment.qr_text).merchant_name
    except qris.InvalidQris:
        return payment.method.name


def _number(details: dict[str, str]) -> str:
    return f"```\n{details.get('account_number', '')}\n```"


def _seller_words(method: PaymentMethod) -> list[str]:
    return ["", plain(method.instructions, 1500)] if method.instructions else []


def _method_words(method: PaymentMethod) -> str:
    if method.instructions:
        return plain(method.instructions, 500)
    if method.gateway == "manual":
        return _("Transfer to the seller's account; the seller confirms it.")
    return _("Scan a QR code with any wallet or bank app; recognised by itself.")
