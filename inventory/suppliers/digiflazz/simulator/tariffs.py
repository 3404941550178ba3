"""The bills that the simulated supplier knows: the documented test numbers.

https://developer.digiflazz.com/api/buyer/test-case/, postpaid. Amounts are rupiah:
`price` is what a buyer's deposit loses, `selling_price` what the customer is billed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from inventory.suppliers.digiflazz.simulator.records import FAILED, PENDING, SUCCESS

NO_BILL = "60"  # which failure the documented ones are is not said


@dataclass(frozen=True)
class Line:
    """One line of the postpaid list."""

    sku: str
    name: str
    brand: str
    admin: int
    commission: int
    # The documented numbers: one that is paid, one without an answer, one whose payment
    # fails, and two that are under way first and then succeed or fail.
    numbers: tuple[str, str, str, str, str]
    description: dict[str, Any]
    period: str = "201901"
    has_serial_number: bool = True


LINES = (
    Line(
        "pln",
        "PLN Pascabayar",
        "PLN PASCABAYAR",
        2_500,
        1_000,
        (
            "530000000001",
            "530000000003",
            "530000000006",
            "630000000001",
            "630000000006",
        ),
        {"tarif": "R1", "daya": 1300},
    ),
    Line(
        "pdam",
        "PDAM Simulasi",
        "PDAM",
        2_500,
        1_000,
        ("1013226", "1013227", "1013230", "2013226", "2013230"),
        {"tarif": "3A", "alamat": "WONOKROMO S.S BARU 2 8", "jatuh_tempo": "20"},
    ),
    Line(
        "internet",
        "Internet Simulasi",
        "INTERNET PASCABAYAR",
        2_500,
        1_000,
        ("6391601001", "6391601002", "6391601005", "7391601001", "7391601005"),
        {},
    ),
    Line(
        "bpjs",
        "BPJS Kesehatan",
        "BPJS KESEHATAN",
        2_500,
        1_000,
        (
            "8801234560001",
            "8801234560002",
            "8801234560005",
            "9801234560001",
            "9801234560005",
        ),
        {"jumlah_peserta": "2", "alamat": "JAKARTA PUSAT"},
        period="01",  # how many months
    ),
    Line(
        "bpjstk",
        "BPJS Ketenagakerjaan",
        "BPJS KETENAGAKERJAAN",
        2_500,
        1_000,
        (
            "8102051011270001",
            "8102051011270002",
            "8102051011270003",
            "9102051011270001",
            "9102051011270003",
        ),
        {"kode_program": "JKK,JKM", "kantor_cabang": "KOTA SIMULASI"},
        has_serial_number=False,
    ),
)
_TWO_SHEETS = "530000000002"
_ENDS = (
    (SUCCESS, ""),
    (NO_BILL, ""),
    (FAILED, ""),
    (PENDING, SUCCESS),
    (PENDING, FAILED),
)


@dataclass(frozen=True)
class Owed:
    """What a number owes, and how its payment ends: now, and after a while."""

    price: int
    bill: dict[str, Any]
    rc: str
    then: str


def find_owed(sku: str, number: str) -> Owed | None:
    """What this number owes for this SKU; None where there is nothing to pay."""
    line = next((each for each in LINES if each.sku == sku), None)
    if line is None:
        return None
    if (sku, number) == ("pln", _TWO_SHEETS):
        return _owed(line, ["201901", "201902"], SUCCESS, "")
    if number not in line.numbers:
        return None
    rc, then = _ENDS[line.numbers.index(number)]
    return None if rc == NO_BILL else _owed(line, [line.period], rc, then)


def has_line(sku: str) -> bool:
    """Whether there is a bill with this code."""
    return any(line.sku == sku for line in LINES)


def has_serial_number(sku: str) -> bool:
    """Whether the payment of such a bill is answered with a serial number."""
    return any(line.sku == sku and line.has_serial_number for line in LINES)


def postpaid_list(off: Collection[str]) -> list[dict[str, object]]:
    """The postpaid price list; `off` are the codes that are switched off."""
    return [
        {
            "product_name": line.name,
            "category": "Pascabayar",
            "brand": line.brand,
            "seller_name": "SIMULASI",
            "admin": line.admin,
            "commission": line.commission,
            "buyer_sku_code": line.sku,
            "buyer_product_status": True,
            "seller_product_status": line.sku not in off,
            "desc": "-",
        }
        for line in LINES
    ]


def _owed(line: Line, periods: list[str], rc: str, then: str) -> Owed:
    """As documented: 11.000 are billed for one sheet, 25.000 for two of them."""
    sheets = [
        {"periode": period, "nilai_tagihan": "8000", "admin": "2500", "denda": "500"}
        for period in periods
    ]
    is_one = len(periods) == 1
    bill = {
        "customer_name": "Nama Pelanggan Pertama",
        "admin": line.admin * len(periods),
        "selling_price": 11_000 if is_one else 25_000,
        "desc": {
            "lembar_tagihan": len(periods),
            **line.description,
            "detail": sheets,
        },
    }
    return Owed(10_000 if is_one else 23_000, bill, rc, then)
