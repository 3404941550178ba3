"""Tripay: what it needs and offers. https://tripay.co.id/developer"""

from django.utils.translation import gettext_lazy as _

from payments.gateways.base import Channel, GatewaySpec, Mode
from payments.states import MethodKind
from ppob.kit.providers import CallbackSpec, KeyField

SPEC = GatewaySpec(
    code="tripay",
    label="Tripay",
    keys=(
        KeyField("merchant_code", _("Merchant code"), is_secret=False, most=40),
        KeyField("api_key", _("API key")),
        KeyField("private_key", _("Private key")),
    ),
    addresses={
        Mode.TEST: "https://tripay.co.id/api-sandbox",
        Mode.LIVE: "https://tripay.co.id/api",
    },
    callbacks=CallbackSpec(headers=("x-callback-signature", "x-callback-event")),
    # Closed payments are neither withdrawn nor sent back by program.
    channels=(Channel("qris", "QRIS", MethodKind.QRIS),),
    demo_keys={
        "toko-rizky": {
            "merchant_code": "T10001",
            "api_key": "DEV-rizky9Vq2LxT7bWc4NpZ8sKdR1mHfY6uJ3aEgQ",
            "private_key": "rizky-4TgH7-yUj8K-lOp9Q-wEr2Z",
        },
        "toko-dewi": {
            "merchant_code": "T10002",
            "api_key": "DEV-dewiK5tR8wQ1zXc6VbN3mLp0OjH9gFdS2aYuE",
            "private_key": "dewi-9MnB6-vCx3Z-aSd5F-gHj1K",
        },
    },
    guide=_("You find the keys in Tripay under Merchant, then API."),
)
