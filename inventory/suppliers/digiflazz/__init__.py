"""Digiflazz: what it needs and offers. https://developer.digiflazz.com/api/buyer/"""

from django.utils.translation import gettext_lazy as _

from inventory.suppliers.base import Mode, SupplierSpec
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
    # One `customer_no`: most games' parts follow each other, HoYoverse's do not.
    formats=dict.fromkeys(("GENSHIN", "HSR", "ZZZ"), "{user_id}|{server}"),
)
