"""Digiflazz: what it needs and offers. https://developer.digiflazz.com/api/buyer/"""

from django.utils.translation import gettext_lazy as _

from inventory.suppliers.base import BillInput, Mode, SupplierSpec
from ppob.kit.providers import CallbackSpec, KeyField

API = "https://api.digiflazz.com/v1"

SPEC = SupplierSpec(
    code="digiflazz",
    label="Digiflazz",
    keys=(
        KeyField("username", _("Username"), is_secret=False, most=80),
        KeyField("api_key", _("API key")),
        # Unsigned reports are not believed, so real money needs it.
        KeyField("webhook_secret", _("Webhook secret"), is_for_live_only=True),
    ),
    # Test mode is a flag of each request to the same address.
    addresses={Mode.TEST: API, Mode.LIVE: API},
    callbacks=CallbackSpec(
        headers=("x-hub-signature", "x-digiflazz-event", "x-digiflazz-delivery")
    ),
    demo_keys={
        "toko-rizky": {
            "username": "rizkytoko",
            "api_key": "dev-7c1d9a40-rizky-11ee-9e2b-5f0a6c3d8e71",
            "webhook_secret": "hook-rizky-Jq8vN2xT",
        },
        "toko-dewi": {
            "username": "dewitoko",
            "api_key": "dev-3b8e5f12-dewi-11ee-a47c-9d6e1b2f4a05",
            "webhook_secret": "hook-dewi-Wm4cR7bK",
        },
    },
    # One `customer_no`: most games' parts follow each other, HoYoverse's do not.
    formats=dict.fromkeys(("GENSHIN", "HSR", "ZZZ"), "{user_id}|{server}"),
    # Of players it names none; https://developer.digiflazz.com/api/buyer/inquiry-pln/
    name_checks={"PLN": "pln"},
    pays_bills=True,
    # https://developer.digiflazz.com/api/buyer/cek-tagihan/: e-money is asked about
    # with an `amount`, SAMSAT with two numbers. The `year` of a PBB may be left out.
    bill_inputs={"EMONEY": BillInput.AMOUNT, "SAMSAT": BillInput.IDENTITY},
    trial_numbers={
        "pln": "530000000001",
        "pdam": "1013226",
        "internet": "6391601001",
        "bpjs": "8801234560001",
        "bpjstk": "8102051011270001",
    },
)
