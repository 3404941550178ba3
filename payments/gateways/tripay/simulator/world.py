"""The merchants that Tripay's simulator knows, one for each demo store.

The keys open nothing but the simulator; they look like Tripay's sandbox keys.
"""

from dataclasses import dataclass, field

from payments.gateways.tripay import SPEC
from payments.simulator.records import Merchant

API_PATH = f"/{SPEC.code}"


@dataclass(frozen=True)
class TripayMerchant(Merchant):
    """One merchant's access, and how it shows in the payer's wallet."""

    api_key: str = field(repr=False)
    private_key: str = field(repr=False)


def _merchant(store: str, *, name: str, city: str, nmid: str) -> TripayMerchant:
    keys = SPEC.demo_keys[store]
    return TripayMerchant(
        code=keys["merchant_code"],
        name=name,
        city=city,
        nmid=nmid,
        api_key=keys["api_key"],
        private_key=keys["private_key"],
    )


TOKO_RIZKY = _merchant(
    "toko-rizky", name="TOKO RIZKY", city="JAKARTA", nmid="ID1020000000101"
)
TOKO_DEWI = _merchant(
    "toko-dewi", name="TOKO DEWI", city="BANDUNG", nmid="ID1020000000202"
)
MERCHANTS = (TOKO_RIZKY, TOKO_DEWI)


def find_merchant(code: str) -> TripayMerchant | None:
    """The merchant with this code."""
    return next((merchant for merchant in MERCHANTS if merchant.code == code), None)
