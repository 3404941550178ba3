"""VIP Reseller: what it needs and offers. https://vip-reseller.co.id/page/api/profile"""

from django.utils.translation import gettext_lazy as _

from inventory.suppliers.base import Mode, SupplierSpec
from ppob.kit.providers import CallbackSpec, KeyField

SPEC = SupplierSpec(
    code="vipreseller",
    label="VIP Reseller",
    keys=(
        KeyField("api_id", _("API ID"), is_secret=False, most=80),
        KeyField("api_key", _("API key")),
    ),
    # It has no sandbox: test mode exists where everything is simulated, nowhere else.
    addresses={Mode.LIVE: "https://vip-reseller.co.id/api"},
    # The header is the same for every callback and covers none of them.
    callbacks=CallbackSpec(
        headers=("x-client-signature",), is_confirmed_by_look_up=True
    ),
    demo_keys={
        "toko-rizky": {
            "api_id": "rizky7Qd",
            "api_key": "rizky2vNc8XtLq5WbHs9KfJmR4yPzGa7UdEo1TiVe6",
        },
        "toko-dewi": {
            "api_id": "dewi4Kp",
            "api_key": "dewi9hBx3MrTz6YwCn1QkLgV8sFjDu5PaOe2IiXq7",
        },
    },
    # `data_no` and `data_zone`; what has no zone is the account alone.
    formats={"ML": "{user_id}|{zone_id}", "GENSHIN": "{user_id}|{server}"},
    joiner="|",
    name_checks={
        "ML": "mobile-legends",
        "FF": "free-fire",
        "PUBG": "pubgm",
        "GENSHIN": "genshin-impact",
        "VALORANT": "valorant",
    },
    keeps_our_reference=False,
)
