"""The merchants that the simulated gateway knows, one for each demo store.

The keys open nothing but the simulator; they look like Tripay's sandbox keys.
"""

from dataclasses import dataclass, field

DEFAULT_PORT = 8200
API_PATH = "/api"


@dataclass(frozen=True)
class Merchant:
    """One merchant's access and how it shows in the payer's wallet."""

    code: str
    name: str
    city: str
    nmid: str  # the national merchant id that every QRIS code carries
    api_key: str = field(repr=False)
    private_key: str = field(repr=False)


TOKO_RIZKY = Merchant(
    code="T10001",
    name="TOKO RIZKY",
    city="JAKARTA",
    nmid="ID1020000000101",
    api_key="DEV-rizky9Vq2LxT7bWc4NpZ8sKdR1mHfY6uJ3aEgQ",
    private_key="rizky-4TgH7-yUj8K-lOp9Q-wEr2Z",
)
TOKO_DEWI = Merchant(
    code="T10002",
    name="TOKO DEWI",
    city="BANDUNG",
    nmid="ID1020000000202",
    api_key="DEV-dewiK5tR8wQ1zXc6VbN3mLp0OjH9gFdS2aYuE",
    private_key="dewi-9MnB6-vCx3Z-aSd5F-gHj1K",
)
MERCHANTS = (TOKO_RIZKY, TOKO_DEWI)


def base_url(port: int = DEFAULT_PORT, *, host: str = "127.0.0.1") -> str:
    """The address a merchant enters instead of Tripay's."""
    return f"http://{host}:{port}{API_PATH}"


def find_merchant(code: str) -> Merchant | None:
    """The merchant with this code."""
    return next((merchant for merchant in MERCHANTS if merchant.code == code), None)
