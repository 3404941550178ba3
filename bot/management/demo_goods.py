"""What the demo stores sell. Amounts are whole rupiah, the codes are made up."""

import hashlib
from dataclasses import dataclass

from catalog.services.categories import CategoryDraft

STREAMING = CategoryDraft(code="STREAM", name="Streaming", emoji="🎬", position=10)
VOUCHERS = CategoryDraft(code="VOUCHER", name="Voucher", emoji="🎟️", position=11)
CODES_EACH = 12


@dataclass(frozen=True)
class DemoProduct:
    """A product with codes from stock."""

    sku: str
    name: str
    category: CategoryDraft
    price: int
    cost: int
    description: str

    @property
    def codes(self) -> str:
        """Its codes, one per line; the same ones every time."""
        return "\n".join(self._code(number) for number in range(1, CODES_EACH + 1))

    def _code(self, number: int) -> str:
        digest = hashlib.sha256(f"{self.sku}/{number}".encode()).hexdigest().upper()
        return f"DEMO-{self.sku}-{digest[:4]}-{digest[4:8]}-{number:02d}"


NETFLIX = DemoProduct(
    "NETFLIX-1",
    "Netflix 1 Bulan",
    STREAMING,
    price=29_000,
    cost=24_000,
    description="Netflix Premium 4K, 1 profil, 30 hari. Garansi penuh.",
)
SPOTIFY = DemoProduct(
    "SPOTIFY-1",
    "Spotify Premium 1 Bulan",
    STREAMING,
    price=19_500,
    cost=15_500,
    description="Kode Spotify Premium Individual untuk 1 bulan.",
)
STEAM = DemoProduct(
    "STEAM-60K",
    "Steam Wallet IDR 60.000",
    VOUCHERS,
    price=66_500,
    cost=62_000,
    description="Kode saldo Steam region Indonesia.",
)
GOOGLE_PLAY = DemoProduct(
    "GPLAY-50K",
    "Google Play IDR 50.000",
    VOUCHERS,
    price=52_500,
    cost=50_000,
    description="Kode voucher Google Play Indonesia.",
)
CANVA = DemoProduct(
    "CANVA-1",
    "Canva Pro 1 Bulan",
    STREAMING,
    price=15_000,
    cost=9_000,
    description="Undangan tim Canva Pro untuk 30 hari.",
)
YOUTUBE = DemoProduct(
    "YOUTUBE-1",
    "YouTube Premium 1 Bulan",
    STREAMING,
    price=18_000,
    cost=13_500,
    description="YouTube tanpa iklan dan YouTube Music, 30 hari.",
)
