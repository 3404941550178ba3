"""The merchants, goods and players that the simulated supplier knows.

A merchant for each demo store; the keys open nothing but the simulator. Accounts that
end in 1230, 1232, 1233 and 1234 end as another supplier's documented test numbers do,
because this one has no sandbox and documents none.
"""

from dataclasses import dataclass, field

from inventory.suppliers.apigames import SPEC

API_PATH = f"/{SPEC.code}"
START_BALANCE = 1_000_000  # rupiah


@dataclass(frozen=True)
class Merchant:
    """One store's access."""

    merchant_id: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True)
class Good:
    """One product; `price` in rupiah."""

    code: str
    name: str
    price: int


TOKO_RIZKY = Merchant(**SPEC.demo_keys["toko-rizky"])
TOKO_DEWI = Merchant(**SPEC.demo_keys["toko-dewi"])
MERCHANTS = (TOKO_RIZKY, TOKO_DEWI)

GOODS = (
    Good("ML86", "86 Diamond Mobile Legends", 18_700),
    Good("ML172", "172 Diamond Mobile Legends", 37_200),
    Good("FF70", "70 Diamond Free Fire", 9_100),
    Good("TSEL10", "Telkomsel 10.000", 10_700),
)

# The game's word and the player as they are asked for.
PLAYERS = {
    ("mobilelegend", "136216325(2685)"): "Itacimo",
    ("mobilelegend", "10001230(2685)"): "SiBeres",
    ("freefire", "2772860208"): "BudiFF",
    ("higgs", "12345678"): "RMX2180",
}
GAMES = ("mobilelegend", "freefire", "higgs")


def find_merchant(merchant_id: str) -> Merchant | None:
    """The merchant with this id."""
    return next((each for each in MERCHANTS if each.merchant_id == merchant_id), None)


def find_good(code: str) -> Good | None:
    """The product with this code."""
    return next((good for good in GOODS if good.code == code), None)
