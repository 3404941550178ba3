"""The buyers and goods that the simulated supplier knows.

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


TOKO_RIZKY = Buyer(
    username="rizkytoko",
    api_key="dev-7c1d9a40-rizky-11ee-9e2b-5f0a6c3d8e71",
    webhook_secret="hook-rizky-Jq8vN2xT",  # noqa: S106 - opens only the simulator
)
TOKO_DEWI = Buyer(
    username="dewitoko",
    api_key="dev-3b8e5f12-dewi-11ee-a47c-9d6e1b2f4a05",
    webhook_secret="hook-dewi-Wm4cR7bK",  # noqa: S106 - opens only the simulator
)
BUYERS = (TOKO_RIZKY, TOKO_DEWI)

GOODS = (
    Good("xld10", "Xl 10.000", "Pulsa", "XL", 10_000),
    Good("ML86", "Mobile Legends 86 Diamonds", "Games", "MOBILE LEGENDS", 18_500),
    Good("ML172", "Mobile Legends 172 Diamonds", "Games", "MOBILE LEGENDS", 36_800),
    Good("FF70", "Free Fire 70 Diamonds", "Games", "FREE FIRE", 8_900),
    Good("PLN20", "PLN 20.000", "PLN", "PLN", 20_150, "23:45", "0:15"),
    Good("X100", "Xl 100.000", "Pulsa", "XL", 98_000, "23:45", "0:15"),
)


def find_buyer(username: str) -> Buyer | None:
    """The buyer with this name."""
    return next((buyer for buyer in BUYERS if buyer.username == username), None)


def find_good(sku: str) -> Good | None:
    """The good with this code."""
    return next((good for good in GOODS if good.sku == sku), None)
