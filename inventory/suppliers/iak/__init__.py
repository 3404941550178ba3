"""IAK (once mobilepulsa): what it needs and offers. https://api.iak.id/"""

from django.utils.translation import gettext_lazy as _

from inventory.suppliers.base import BillInput, Mode, SupplierSpec
from ppob.kit.providers import CallbackSpec, KeyField

HOST = "prepaid.iak.id"
# Bills are paid somewhere else: https://api.iak.id/api/postpaid/core/check-status
POSTPAID = {
    "https://prepaid.iak.dev": "https://testpostpaid.mobilepulsa.net",
    f"https://{HOST}": "https://mobilepulsa.net",
}

SPEC = SupplierSpec(
    code="iak",
    label="IAK",
    keys=(
        KeyField("username", _("Registered phone number"), is_secret=False, most=80),
        KeyField(
            "api_key",
            _("API key"),
            hint=_("Development and production have a key each."),
        ),
    ),
    addresses={Mode.TEST: "https://prepaid.iak.dev", Mode.LIVE: f"https://{HOST}"},
    # Its signature covers the reference and not the outcome, so whoever has seen one
    # report could write others: https://api.iak.id/developer/security
    callbacks=CallbackSpec(headers=(), is_confirmed_by_look_up=True),
    demo_keys={
        "toko-rizky": {"username": "081298076001", "api_key": "5a61b8c0rizky4"},
        "toko-dewi": {"username": "085712340002", "api_key": "9e27d4f1dewi08"},
    },
    # https://github.com/iak-id/iak-api-reference-docs docs/prepaid/game-format.md.
    # That Genshin's servers are called as the game itself calls them (os_asia) is not
    # documented; a wrong one is refused (141), not topped up elsewhere.
    formats={"ML": "{user_id}|{zone_id}", "GENSHIN": "{user_id}|{server}"},
    joiner="|",
    pays_bills=True,
    # What is mandatory in each product's inquiry, by documented types and codes:
    # https://api.iak.id/api/postpaid/core/product/. Of the two products of BPJSTK one
    # needs months; they share their code.
    bill_inputs={
        "EMONEY": BillInput.AMOUNT,
        "MEMBER": BillInput.AMOUNT,
        "NONMEMBER": BillInput.AMOUNT,
        "PBB": BillInput.YEAR,
        "BPJS": BillInput.MONTHS,
        "BPJSTK": BillInput.MONTHS,
        "PAJAKKENDARAAN": BillInput.IDENTITY,
        "ESAMSAT": BillInput.IDENTITY,
    },
    trial_numbers={"PLNPOSTPAID": "530000000001"},
    name_checks={
        "ML": "103",
        "FF": "135",
        "AOV": "139",
        "CODM": "146",
        "GENSHIN": "172",
        "PLN": "pln",
    },
)
