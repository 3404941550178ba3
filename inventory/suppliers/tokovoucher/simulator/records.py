"""What the simulated supplier remembers of a purchase, and what it says."""

from dataclasses import dataclass

from inventory.simulator.engine import Order

PENDING, SUCCESS, FAILED = "pending", "sukses", "gagal"

# Refusals of purchases; none of them makes one. Tests may plan them by these words.
REFUSALS = {
    "product": "Kode Produk Tidak Ditemukan",
    "balance": "Saldo Tidak Cukup",
    "riddle": "Terjadi Kesalahan Sistem",
}
BAD_SIGN = "Signature Invalid"
STRANGER = "Member tidak ditemukan !!"
BAD_ADDRESS = "Ip Not Allow"
NOT_SHOWN = "Transaksi Tidak Ditemukan"
FAILURE = "Nomor Tujuan Salah"


@dataclass(kw_only=True)
class Transaction(Order):
    """One purchase, with what TokoVoucher shows of it.

    `times` is how often it was ordered under this reference.
    """

    trx_id: str
    code: str
    destination: str
    sn: str = ""
    balance: int = 0
    times: int = 1

    def present(self) -> dict[str, object]:
        """An answer, and a report."""
        said = self.rc.upper() + (f", SN: {self.sn}" if self.sn else "")
        what = f"{self.code}.{self.destination}"
        return {
            "status": self.rc,
            "message": f"TRXID:{self.trx_id}. REFID:{self.ref_id}. {said}. "
            f"HRG:{self.price}. SALDO:{self.balance}. KP:{what}",
            "sn": self.sn,
            "ref_id": self.ref_id,
            "trx_id": self.trx_id,
            "produk": self.code,
            "sisa_saldo": self.balance,
            "price": self.price,
        }
