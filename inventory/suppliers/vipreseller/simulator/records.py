"""What the simulated supplier remembers of an order, and what it says."""

from dataclasses import dataclass

from inventory.simulator.engine import Order
from inventory.suppliers.vipreseller.simulator.world import GAMES

WAITING, PROCESSING, SUCCESS, ERROR = "waiting", "processing", "success", "error"
PENDING = (WAITING, PROCESSING)

# Refusals of orders; none of them makes one. Tests may plan them by these words.
REFUSALS = {
    "balance": "Saldo Anda tidak cukup untuk melakukan pemesanan ini.",
    "hold": "Saldo akun minimum Anda adalah 50,000.",
    "service": "Layanan tidak ditemukan atau saat ini tidak tersedia.",
    "parameter": "Masih ada parameter yang kosong.",
    "busy": "Transaksi dibatasi, coba lagi dalam 6 detik.",
    "maintenance": "Ada pemeliharaan sistem transaksi, coba lagi nanti.",
    "riddle": "Something went wrong, please contact the admin.",
}
ORDERED = "Pesanan berhasil, pesanan akan diproses."
SHOWN = "Detail transaksi berhasil didapatkan."
NOT_SHOWN = "Transaksi tidak ditemukan."
LISTED = "Daftar layanan berhasil didapatkan."
NOT_LISTED = "Layanan tidak ditemukan."
IN_STOCK, OUT_OF_STOCK = "Stok tersedia.", "Stok kosong."
NO_PLAYER = "Player ID Tidak Ditemukan."
NO_GAME = "Game code tidak ditemukan."
WRONG_ZONE = "Zone tujuan salah."
WRONG_NUMBER = "Nomor tujuan salah."
STRANGER = "API Key not registered."
BAD_SIGN = "API Signature not valid."
BAD_ADDRESS = "IP 127.0.0.1 is not permitted"


@dataclass(kw_only=True)
class Transaction(Order):
    """One order, with what VIP Reseller shows of it. `ref_id` is its `trxid`."""

    family: str
    code: str
    service: str
    data: str
    zone: str
    note: str = ""

    def present(self) -> dict[str, object]:
        """One line of a status answer, or the `data` of a callback."""
        of_its_kind = {"zone": self.zone} if self.family == GAMES else {}
        return {
            "trxid": self.ref_id,
            "data": self.data,
            **of_its_kind,
            "service": self.service,
            "status": self.rc,
            "note": self.note,
            "price": self.price,
        }
