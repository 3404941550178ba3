"""What the simulated supplier remembers of a purchase, and what it says."""

from dataclasses import dataclass

from inventory.simulator.engine import Order

PENDING, PROCESSING, CHECKING = "Pending", "Proses", "Validasi Provider"
SUCCESS, PARTIAL, FAILED = "Sukses", "Sukses Sebagian", "Gagal"
UNDER_WAY = (PENDING, PROCESSING, CHECKING)

# Refusals of purchases; none of them makes one. Tests may plan them by these words.
REFUSALS = {
    "product": "Produk tidak ditemukan",
    "balance": "Saldo tidak cukup",
    "riddle": "Terjadi kesalahan, hubungi admin",
}
BAD_SIGN = "Signature not valid"
STRANGER = "Merchant not found"
BAD_ADDRESS = "IP 127.0.0.1 not allowed"
NOT_SHOWN = "Transaksi tidak ditemukan"
NO_GAME = "Game belum tersedia"
FAILURE = "error_require_login"


@dataclass(kw_only=True)
class Transaction(Order):
    """One purchase, with what Apigames shows of it.

    `times` is how often it was ordered under this reference.
    """

    trx_id: str
    code: str
    name: str
    destination: str
    sn: str = ""
    balance: int = 0
    times: int = 1

    def present(self) -> dict[str, object]:
        """The `data` of an answer, and a report."""
        told = f"status {self.rc.upper()}. {self.sn}. Sisa saldo {self.balance}"
        return {
            "merchant_id": self.username,
            "trx_id": self.trx_id,
            "ref_id": self.ref_id,
            "destination": self.destination,
            "product_code": self.code,
            "product_code_master": self.code,
            "message": f"R#{self.ref_id} {self.code}.{self.destination}, {told}",
            "status": self.rc,
            "sn": self.sn,
            "last_balance": str(self.balance),
            "product_detail": {
                "name": self.name,
                "code": self.code,
                "price": self.price,
                "price_unit": "rupiah",
                "rate": 1,
                "price_rp": self.price,
            },
        }
