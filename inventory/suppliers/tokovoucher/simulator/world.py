"""The members and goods that the simulated supplier knows.

A member for each demo store; the keys open nothing but the simulator. Accounts that end
in 1230, 1232, 1233 and 1234 end as another supplier's documented test numbers do,
because this one has no sandbox and documents none.
"""

from dataclasses import dataclass, field

from inventory.suppliers.tokovoucher import SPEC

API_PATH = f"/{SPEC.code}"
START_BALANCE = 1_000_000  # rupiah


@dataclass(frozen=True)
class Member:
    """One store's access."""

    member_code: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True)
class Good:
    """One product and what it stands below; `price` in rupiah."""

    code: str
    name: str
    price: int
    kind: str
    operator: str
    category: str


TOKO_RIZKY = Member(**SPEC.demo_keys["toko-rizky"])
TOKO_DEWI = Member(**SPEC.demo_keys["toko-dewi"])
MEMBERS = (TOKO_RIZKY, TOKO_DEWI)

_ML = ("Mobile Legends Fast", "Mobile Legends", "Topup Game")
_FF = ("Free Fire ID Fast", "Free Fire", "Topup Game")
GOODS = (
    Good("ML86", "Mobile Legends 86 Diamond", 18_600, *_ML),
    Good("ML172", "Mobile Legends 172 Diamond", 36_900, *_ML),
    Good("FF70", "Free Fire 70 Diamond", 9_050, *_FF),
    Good("S10", "Telkomsel 10.000", 10_600, "Pulsa Reguler", "Telkomsel", "Pulsa"),
)


def find_member(member_code: str) -> Member | None:
    """The member with this code."""
    return next((each for each in MEMBERS if each.member_code == member_code), None)


def find_good(code: str) -> Good | None:
    """The product with this code."""
    return next((good for good in GOODS if good.code == code), None)
