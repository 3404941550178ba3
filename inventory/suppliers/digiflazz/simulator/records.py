"""What the simulated supplier remembers of a purchase, and its words for outcomes."""

from dataclasses import dataclass, field

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


@dataclass
class Transaction:
    """One purchase. Times are unix seconds, amounts rupiah.

    `charges` and `deliveries` are the truth: how often the price was taken and not
    given back, and how often the goods were delivered. `then` is the outcome that a
    pending one gets at `flips_at`.
    """

    username: str
    ref_id: str
    sku: str
    customer_no: str
    price: int
    cb_url: str
    created_at: float
    rc: str
    then: str = ""
    flips_at: float | None = None
    sn: str = ""
    balance: int = 0
    charges: int = 0
    deliveries: int = 0

    def present(self) -> dict[str, object]:
        """The `data` of an answer or a callback."""
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


@dataclass
class Callback:
    """One report to a buyer's server; `answers` are the HTTP statuses, 0 for none."""

    url: str
    body: str
    signature: str
    ref_id: str
    retries_left: int
    due_at: float | None
    answers: list[int] = field(default_factory=list)
