"""The buyers, goods and players that the simulated supplier knows.

The keys open nothing but the simulator. What a game calls its formats and servers is
from docs/prepaid/core/v2/inquiry/game/ of IAK's reference.
"""

from dataclasses import dataclass, field

from inventory.suppliers.iak import SPEC

BASE_PATH = f"/{SPEC.code}"
START_BALANCE = 1_000_000  # rupiah


@dataclass(frozen=True)
class Buyer:
    """One store's access; `username` is the phone number it is registered with."""

    username: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Good:
    """One line of the price list; `price` in rupiah, `kind` and `operator` its path."""

    code: str
    brand: str
    nominal: str
    kind: str
    operator: str
    price: int
    has_pin: bool = False


TOKO_RIZKY = Buyer(**SPEC.demo_keys["toko-rizky"])
TOKO_DEWI = Buyer(**SPEC.demo_keys["toko-dewi"])
BUYERS = (TOKO_RIZKY, TOKO_DEWI)

GOODS = (
    Good("hml86", "Mobile Legend", "86 Diamonds", "game", "mobile_legend", 18_900),
    Good("hml172", "Mobile Legend", "172 Diamonds", "game", "mobile_legend", 37_400),
    Good("hff70", "Free Fire", "70 Diamonds", "game", "free_fire", 9_200),
    Good("htelkomsel10000", "Telkomsel", "10.000", "pulsa", "telkomsel", 10_850),
    Good("hpln20000", "PLN", "Token 20.000", "pln", "pln", 20_350),
    Good(
        "hsteam12000",
        "Steam SEA",
        "Voucher Steam IDR 12.000",
        "game",
        "steam_sea",
        16_500,
        has_pin=True,
    ),
)

# What a player's account looks like, by the code of the game.
FORMATS = {
    "103": "[userid]|[zoneid]",
    "127": "[userid]|[serverId]",
    "135": "[userid]",
    "140": "[rolename]|[userid]|[zoneid]",
    "142": "[rolename]|[serverId]",
}
VOUCHERS = ("104",)  # games whose accounts need no check
SERVERS: dict[str, tuple[tuple[str, str], ...]] = {
    "103": (),  # the player types the zone
    "142": (("Test 1", "90001"), ("Test 2", "90002")),
}
# The one player of the documented test case.
PLAYERS = {("103", "156378300|8483"): "budi"}
PLAYED = ("103",)
METER = "12345678901"  # the documented one


def find_buyer(username: str) -> Buyer | None:
    """The buyer with this phone number."""
    return next((buyer for buyer in BUYERS if buyer.username == username), None)


def find_good(code: str) -> Good | None:
    """The good with this code."""
    return next((good for good in GOODS if good.code == code), None)
