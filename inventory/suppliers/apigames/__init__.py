"""Apigames: what it needs and offers. https://docs.apigames.id/"""

from django.utils.translation import gettext_lazy as _

from inventory.suppliers.base import Mode, SupplierSpec
from ppob.kit.providers import CallbackSpec, KeyField

HOST = "v1.apigames.id"

SPEC = SupplierSpec(
    code="apigames",
    label="Apigames",
    keys=(
        KeyField(
            "merchant_id",
            _("Merchant ID"),
            hint=_("In the member area there, under Pengaturan, Secret Key."),
            is_secret=False,
            most=80,
        ),
        KeyField(
            "secret_key",
            _("Secret key"),
            hint=_(
                "Game accounts that goods are bought with are connected there as well."
            ),
        ),
    ),
    # It has no sandbox: test mode exists where everything is simulated, nowhere else.
    addresses={Mode.LIVE: f"https://{HOST}"},
    # The header covers the reference and not the outcome, so whoever has seen one
    # report could write others: https://docs.apigames.id/docs/v2/webhook/webhook-get
    callbacks=CallbackSpec(
        headers=("x-apigames-authorization",), is_confirmed_by_look_up=True
    ),
    demo_keys={
        "toko-rizky": {
            "merchant_id": "M240611RZKY4821AG",
            "secret_key": "rizky8d2f60b1c94e7a35f0ag",
        },
        "toko-dewi": {
            "merchant_id": "M240702DEWI1937AG",
            "secret_key": "dewi51e7c3a8809b4f26d1ag",
        },
    },
    # `tujuan` and `server_id`; what has no server is the account alone.
    formats={"ML": "{user_id}|{zone_id}"},
    joiner="|",
    # https://docs.apigames.id/docs/cek-username
    name_checks={"ML": "mobilelegend", "FF": "freefire", "HIGGS": "higgs"},
    tells_prices=False,
)
