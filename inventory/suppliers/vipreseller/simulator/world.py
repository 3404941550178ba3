"""The buyers, goods and players that the simulated supplier knows.

A buyer for each demo store; the keys open nothing but the simulator. Numbers that end
in 1230, 1232, 1233 and 1234 end as another supplier's documented test numbers do,
because this one has no sandbox and documents none.
"""

from dataclasses import dataclass, field

from inventory.suppliers.vipreseller import SPEC

API_PATH = f"/{SPEC.code}"
START_BALANCE = 1_000_000  # rupiah
GAMES, PREPAID = "game-feature", "prepaid"


@dataclass(frozen=True)
class Buyer:
    """One store's access, and the level that decides what it pays."""

    api_id: str
    api_key: str = field(repr=False)
    level: str


@dataclass(frozen=True)
class Good:
    """One service; what it costs in rupiah for each level of buyers."""

    family: str
    code: str
    brand: str
    name: str
    basic: int
    premium: int
    special: int
    kind: str = ""
    server: str = "1"

    def price_for(self, level: str) -> int:
        """What a buyer of this level pays, in rupiah."""
        return self.prices[level]

    @property
    def prices(self) -> dict[str, int]:
        """The three prices as lists show them."""
        return {"basic": self.basic, "premium": self.premium, "special": self.special}

    @property
    def service(self) -> str:
        """What orders call it."""
        return f"{self.brand} - {self.name}" if self.family == GAMES else self.name


TOKO_RIZKY = Buyer(**SPEC.demo_keys["toko-rizky"], level="premium")
TOKO_DEWI = Buyer(**SPEC.demo_keys["toko-dewi"], level="basic")
BUYERS = (TOKO_RIZKY, TOKO_DEWI)


def _game(code: str, brand: str, name: str, *prices: int, server: str = "1") -> Good:
    basic, premium, special = prices
    return Good(GAMES, code, brand, name, basic, premium, special, server=server)


def _prepaid(code: str, brand: str, name: str, kind: str, *prices: int) -> Good:
    basic, premium, special = prices
    return Good(PREPAID, code, brand, name, basic, premium, special, kind=kind)


ML, ML_B, FF = "Mobile Legends A", "Mobile Legends B", "Free Fire"
GOODS = (
    _game("ML86-S1", ML, "86 Diamonds", 19_100, 18_900, 18_800),
    _game("ML172-S1", ML, "172 Diamonds", 37_900, 37_500, 37_300),
    _game("ML706-S1", ML, "706 Diamonds", 158_900, 157_800, 157_400),
    _game("ML1048-S2", ML_B, "1048 Diamonds", 197_000, 195_695, 195_200, server="2"),
    _game("FF70-S1", FF, "70 Diamonds", 9_250, 9_150, 9_100),
    _game("FF140-S1", FF, "140 Diamonds", 18_400, 18_250, 18_200),
    _game("FF355-S1", FF, "355 Diamonds", 41_300, 41_000, 40_900),
    _prepaid("XL10", "XL", "XL 10.000", "pulsa-reguler", 10_350, 10_250, 10_200),
    _prepaid("PLN20", "PLN", "PLN 20.000", "token-pln", 20_400, 20_300, 20_250),
)

# Code, id, zone: the name. The ones of Mobile Legends also say how an order ends.
PLAYERS = {
    ("mobile-legends", "136216325", "2685"): "Itacimo",
    ("mobile-legends", "10001230", "2685"): "SiBeres",
    ("mobile-legends", "10001232", "2685"): "SiGagal",
    ("mobile-legends", "10001233", "2685"): "SiSabar",
    ("mobile-legends", "10001234", "2685"): "SiApes",
    ("free-fire", "2772860208", ""): "BudiFF",
    ("pubgm", "5123456789", ""): "SniperDewi",
    ("genshin-impact", "812345678", "os_asia"): "Lumine",
    ("valorant", "EarlGreyTeemo#sip", ""): "EarlGreyTeemo",
}
_PLACES = {(code, target): zone for code, target, zone in PLAYERS}


def find_buyer(api_key: str) -> Buyer | None:
    """The buyer with this key."""
    return next((buyer for buyer in BUYERS if buyer.api_key == api_key), None)


def find_good(family: str, code: str) -> Good | None:
    """The service with this code in a part of the API."""
    found = (good for good in GOODS if (good.family, good.code) == (family, code))
    return next(found, None)


def is_elsewhere(code: str, target: str, zone: str) -> bool:
    """Whether there is such a player, in another zone."""
    return _PLACES.get((code, target), zone) != zone
