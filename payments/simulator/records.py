"""What the simulated gateway remembers: transactions and the callbacks they cause."""

from dataclasses import dataclass, field
from enum import StrEnum

from payments.gateways import qris


class State(StrEnum):
    """How far a payment has come."""

    UNPAID = "UNPAID"
    PAID = "PAID"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    REFUND = "REFUND"


@dataclass(frozen=True)
class Merchant:
    """A merchant of a gateway, as payers' wallets show it."""

    code: str
    name: str
    city: str
    nmid: str  # the national merchant id that every QRIS code carries


@dataclass(frozen=True)
class Item:
    """One line of an order; `price` in rupiah."""

    name: str
    price: int
    quantity: int


@dataclass(frozen=True)
class Order:
    """What a merchant asked for. Times are unix seconds, amounts rupiah."""

    merchant_ref: str | None
    amount: int
    customer_name: str
    customer_email: str
    items: list[Item]
    callback_url: str
    return_url: str
    expires_at: int


@dataclass
class Transaction:
    """One payment at `gateway`. `qr_text` is empty for one that is not scanned.

    `paid_amount` differs from the order's for a wrong amount.
    """

    gateway: str
    reference: str
    merchant_code: str
    merchant_name: str
    order: Order
    qr_text: str
    created_at: int
    state: State = State.UNPAID
    paid_at: int | None = None
    paid_amount: int | None = None

    @property
    def amount(self) -> int:
        """What came in, or what has to come in."""
        return self.order.amount if self.paid_amount is None else self.paid_amount


@dataclass
class Answer:
    """How the merchant's server answered one attempt; status 0 is no answer."""

    at: float
    status: int
    accepted: bool


@dataclass
class Delivery:
    """One callback with its attempts. `due_at` is None when nothing is left to try.

    Deliveries of one `queue` go one after the other.
    """

    number: int
    gateway: str
    reference: str
    url: str
    body: str
    headers: dict[str, str]
    label: str
    queue: str
    retries_left: int
    due_at: float | None
    answers: list[Answer] = field(default_factory=list)


def qr_text_for(merchant: Merchant, reference: str, amount: int) -> str:
    """A dynamic QRIS text for exactly this payment.

    Well formed in every detail, but its acquirer number 0000 belongs to nobody, so a
    real wallet cannot pay it.
    """
    account = (
        _field("00", "ID.SIMULASI.WWW")
        + _field("01", f"93600000{merchant.nmid[-11:]}")
        + _field("02", merchant.code)
        + _field("03", "UMI")
    )
    repository = (
        _field("00", "ID.CO.QRIS.WWW")
        + _field("02", merchant.nmid)
        + _field("03", "UMI")
    )
    return qris.compose(
        [
            ("00", "01"),
            ("01", "12"),
            ("26", account),
            ("51", repository),
            ("52", "5816"),
            ("53", "360"),
            ("54", str(amount)),
            ("58", "ID"),
            ("59", merchant.name),
            ("60", merchant.city),
            ("61", "10340"),
            ("62", _field("05", reference[-25:])),
        ]
    )


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"
