"""What the simulated supplier remembers of a purchase, and its words for outcomes."""

from dataclasses import dataclass, field
from typing import Any

from inventory.simulator.engine import Order

SUCCESS, FAILED, PENDING, REFUNDED = "00", "02", "03", "74"
_PENDING = (PENDING, "99")

MESSAGES = {
    "00": "Transaksi Sukses",
    "02": "Transaksi Gagal",
    "03": "Transaksi Pending",
    "40": "Payload Error",
    "41": "Signature tidak valid",
    "42": "Gagal memproses API Buyer",
    "43": "SKU tidak di temukan atau Non-Aktif",
    "44": "Saldo tidak cukup",
    "45": "IP Anda tidak kami kenali",
    "49": "Ref ID tidak unik",
    "50": "Transaksi Tidak Ditemukan",
    "54": "Nomor Tujuan Salah",
    "60": "Tagihan belum tersedia",
    "68": "Stok habis",
    "69": "Harga seller lebih besar dari ketentuan harga Buyer",
    "74": "Transaksi Refund",
    "83": "Anda telah mencapai limitasi pengecekan pricelist",
    "99": "DF Router Issue",
}


def word(rc: str) -> str:
    """The status that goes with a response code."""
    if rc == SUCCESS:
        return "Sukses"
    return "Pending" if rc in _PENDING else "Gagal"


@dataclass(kw_only=True)
class Transaction(Order):
    """One purchase, with what Digiflazz shows of it."""

    sku: str
    customer_no: str
    cb_url: str
    sn: str = ""
    balance: int = 0
    bill: dict[str, Any] = field(default_factory=dict)  # of a postpaid payment

    def present(self) -> dict[str, object]:
        """The `data` of an answer or a callback."""
        if self.bill:
            return self._present_bill()
        shown: dict[str, object] = {
            "ref_id": self.ref_id,
            "customer_no": self.customer_no,
            "buyer_sku_code": self.sku,
            "message": MESSAGES.get(self.rc, "Transaksi Gagal"),
            "status": word(self.rc),
            "rc": self.rc,
            "buyer_last_saldo": self.balance,
            "price": self.price,
        }
        return shown | {"sn": self.sn} if self.sn and self.rc == SUCCESS else shown

    def _present_bill(self) -> dict[str, object]:
        """What is not paid, or not yet, is told with as few words as documented."""
        shown: dict[str, object] = {
            "ref_id": self.ref_id,
            "customer_no": self.customer_no,
            "buyer_sku_code": self.sku,
            "message": MESSAGES.get(self.rc, "Transaksi Gagal"),
            "status": word(self.rc),
            "rc": self.rc,
        }
        if self.rc != SUCCESS:
            return shown
        paid = {"sn": self.sn, "buyer_last_saldo": self.balance, "price": self.price}
        return shown | self.bill | paid


@dataclass(kw_only=True)
class Asked:
    """One question about a bill, and what was answered."""

    username: str
    ref_id: str
    sku: str
    customer_no: str
    asked_at: float
    price: int
    bill: dict[str, Any]

    def present(self) -> dict[str, object]:
        """The `data` of the answer: as of a payment, without its serial number."""
        return {
            "ref_id": self.ref_id,
            "customer_no": self.customer_no,
            "buyer_sku_code": self.sku,
            "message": MESSAGES[SUCCESS],
            "status": word(SUCCESS),
            "rc": SUCCESS,
            "price": self.price,
            **self.bill,
        }
