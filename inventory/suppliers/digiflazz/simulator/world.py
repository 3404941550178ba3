"""The buyers and goods that the simulated supplier knows; a buyer per demo store.

The keys open nothing but the simulator; they look like Digiflazz's development keys.
"""

from dataclasses import dataclass, field

from inventory.suppliers.digiflazz import SPEC

API_PATH = f"/{SPEC.code}"
START_BALANCE = 1_000_000  # rupiah


@dataclass(frozen=True)
class Buyer:
    """One store's access."""

    username: str
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True)
class Good:
    """One line of the price list; `price` in rupiah, times as `hh:mm`."""

    sku: str
    name: str
    category: str
    brand: str
    price: int
    start_cut_off: str = "0:0"
    end_cut_off: str = "0:0"
    multi: bool = True


TOKO_RIZKY = Buyer(**SPEC.demo_keys["toko-rizky"])
TOKO_DEWI = Buyer(**SPEC.demo_keys["toko-dewi"])
BUYERS = (TOKO_RIZKY, TOKO_DEWI)

GOODS = (
    Good("xld10", "Xl 10.000", "Pulsa", "XL", 10_000),
    Good("ML86", "Mobile Legends 86 Diamonds", "Games", "MOBILE LEGENDS", 18_500),
    Good("ML172", "Mobile Legends 172 Diamonds", "Games", "MOBILE LEGENDS", 36_800),
    Good("FF70", "Free Fire 70 Diamonds", "Games", "FREE FIRE", 8_900),
    Good("PLN20", "PLN 20.000", "PLN", "PLN", 20_150, "23:45", "0:15"),
    Good("X100", "Xl 100.000", "Pulsa", "XL", 98_000, "23:45", "0:15"),
)


# Prepaid meters by the number that is asked for: the meter's own one, and its customer.
# The first is documented (…/inquiry-pln/); it has fewer digits than meters do today.
METERS = {
    "1234554321": ("523300817840", "DAVID"),
    "523300817840": ("523300817840", "DAVID"),
}


def find_buyer(username: str) -> Buyer | None:
    """The buyer with this name."""
    return next((buyer for buyer in BUYERS if buyer.username == username), None)


def find_good(sku: str) -> Good | None:
    """The good with this code."""
    return next((good for good in GOODS if good.sku == sku), None)
