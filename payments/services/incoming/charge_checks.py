"""Whether what a gateway asks of the payer is what we asked the gateway for."""

from payments.gateways import qris
from payments.gateways.base import Charge
from payments.gateways.instructions import Qris
from payments.models import Payment


def find_misfit(charge: Charge, payment: Payment) -> str:
    """Why the buyer must not be shown this charge, or "" if it fits the payment.

    Whoever pays another sum than ours pays one that we do not recognise: the merchant
    account may put its fee on the payer, and wallets believe the QR code alone.
    """
    if charge.amount != payment.amount:
        return "another amount"
    if not isinstance(charge.instructions, Qris):
        return ""
    try:
        code = qris.parse(charge.instructions.text)
        asked = code.amount
    except qris.InvalidQris:
        # The sandboxes of gateways draw words that no wallet can read.
        return "" if payment.method.is_test else "a QR code that cannot be read"
    if asked is not None and asked != payment.amount:
        return "another amount in its QR code"
    return "a fee in its QR code" if code.adds_fee else ""
