"""TokoVoucher: what it needs and offers. https://docs.tokovoucher.net/"""

from django.utils.translation import gettext_lazy as _

from inventory.suppliers.base import Mode, SupplierSpec
from ppob.kit.providers import CallbackSpec, KeyField

HOST = "api.tokovoucher.net"

SPEC = SupplierSpec(
    code="tokovoucher",
    label="TokoVoucher",
    keys=(
        KeyField(
            "member_code",
            _("Member code"),
            hint=_("In the member area there, under Pengaturan, Secret Key."),
            is_secret=False,
            most=80,
        ),
        KeyField(
            "secret_key",
            _("Secret key"),
            hint=_("Not the default signature beside it: that follows from the key."),
        ),
    ),
    # It has no sandbox: test mode exists where everything is simulated, nowhere else.
    addresses={Mode.LIVE: f"https://{HOST}"},
    # The header covers the reference and not the outcome, so whoever has seen one
    # report could write others: https://docs.tokovoucher.net/webhook/post
    callbacks=CallbackSpec(
        headers=("x-tokovoucher-authorization",), is_confirmed_by_look_up=True
    ),
    demo_keys={
        "toko-rizky": {
            "member_code": "M240815RZKY7302TV",
            "secret_key": "rizky3b7e91c2d50f48a6e2tv",
        },
        "toko-dewi": {
            "member_code": "M240903DEWI5518TV",
            "secret_key": "dewi8f04a6d1e27c4b93c5tv",
        },
    },
    # `tujuan` and `server_id`; what has no server is the account alone.
    formats={"ML": "{user_id}|{zone_id}"},
    joiner="|",
)
