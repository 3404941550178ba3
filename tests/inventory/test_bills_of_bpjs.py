"""Bills of BPJS: paid once, also where the payment has no serial number (BPJS TK).

https://developer.digiflazz.com/api/buyer/test-case/, `bpjstk`: a success with `sn: ""`.
"""

from dataclasses import replace

import pytest

from inventory.models import BillInquiry
from inventory.services import bills
from inventory.suppliers.base import FactState
from tests.inventory.billing import IAK, WITHOUT_SERIAL_NUMBER, BillShop
from tests.inventory.suppliers import attempt_of
from tests.inventory.test_bill_answers import ASKED, PAID, QUESTION, REQUEST
from tests.inventory.test_bill_answers import shop as supplier_at

NUMBERS = WITHOUT_SERIAL_NUMBER.numbers


@pytest.fixture
def shop(monkeypatch, jobs, in_arcadia):
    return BillShop(monkeypatch, jobs, WITHOUT_SERIAL_NUMBER)


def receipt_of(purchase):
    return bills.receipts_of([purchase.holder])[purchase.holder]


def test_it_is_paid_at_once_and_its_receipt_names_a_reference(shop):
    purchase = shop.order()

    shop.work()

    asked = BillInquiry.objects.get()
    assert shop.state(purchase) == ("succeeded", ["succeeded"])
    assert purchase.serial_number.reveal() == ""
    assert receipt_of(purchase).reference == asked.ref_id
    assert shop.charged() == {asked.ref_id: 1}


@pytest.mark.parametrize(
    ("number", "ends"),
    [(NUMBERS.waits_then_paid, "succeeded"), (NUMBERS.waits_then_fails, "failed")],
)
def test_what_was_under_way_ends_by_itself(shop, number, ends):
    purchase = shop.order(number)

    shop.work()
    assert shop.state(purchase) == ("open", ["unknown"])
    shop.settle(purchase, secs=20 * 60)

    assert shop.state(purchase) == (ends, [ends])
    assert list(shop.charged().values()) == [1] * (ends == "succeeded")


def test_what_never_arrived_is_not_taken_for_a_payment(shop):
    purchase = shop.order()
    shop.troubles = ["silent"]

    shop.work()
    shop.live(secs=40 * 60)

    # The question of before reads the same as a payment: its owner has to look.
    assert shop.state(purchase) == ("needs_owner", ["unknown"])
    assert shop.charged() == {}


def test_a_lost_answer_is_for_its_owner_who_ends_it(shop):
    purchase = shop.order()
    shop.troubles = ["lost"]

    shop.work()
    shop.live(secs=40 * 60)

    assert shop.state(purchase) == ("needs_owner", ["unknown"])
    assert attempt_of(purchase).rc == "00"
    assert list(shop.charged().values()) == [1]


@pytest.mark.parametrize(
    ("last_rc", "state"),
    [
        ("03", FactState.SUCCEEDED),
        ("", FactState.UNCLEAR),
        ("00", FactState.UNCLEAR),
        ("99", FactState.UNCLEAR),  # trouble on the way may hide a question, too
        ("50", FactState.UNCLEAR),
    ],
)
def test_a_status_without_a_number_proves_what_was_pending(monkeypatch, last_rc, state):
    supplier, _wire = supplier_at(monkeypatch, "digiflazz", {**PAID, "sn": ""})

    fact = supplier.look_up_bill(replace(REQUEST, last_rc=last_rc))

    assert fact.state is state


@pytest.mark.parametrize(
    ("rc", "status"), [("02", "Gagal"), ("03", "Pending"), ("00", "Gagal")]
)
def test_having_been_pending_proves_nothing_else(monkeypatch, rc, status):
    said = {**PAID, "sn": "", "rc": rc, "status": status}
    supplier, _wire = supplier_at(monkeypatch, "digiflazz", said)

    fact = supplier.look_up_bill(replace(REQUEST, last_rc="03"))

    assert fact.state is not FactState.SUCCEEDED


@pytest.mark.parametrize(
    ("told", "period", "months"),
    [("01", "", "1"), ("12", "", "12"), ("201901", "201901", None)],
)
def test_bpjs_tells_how_many_months_and_no_period(monkeypatch, told, period, months):
    desc = {"jumlah_peserta": "2", "detail": [{"periode": told}]}
    supplier, _wire = supplier_at(monkeypatch, "digiflazz", {**ASKED, "desc": desc})

    bill = supplier.inquire_bill(QUESTION)

    details = dict(bill.details)
    assert (bill.period, details.get("months")) == (period, months)
    assert details["members"] == "2"


def test_iak_needs_no_reference_of_the_biller(monkeypatch, jobs, in_arcadia):
    shop = BillShop(monkeypatch, jobs, IAK)
    paying = shop.line.answer

    def answer(path, content):
        data = paying(path, content)["data"]
        return {"data": {key: data[key] for key in data if key != "noref"}}

    shop.line.answer = answer
    lost = shop.order()
    shop.troubles = ["lost"]
    shop.work()
    plain = shop.order()

    shop.work()
    shop.live(secs=5 * 60)

    for purchase in (lost, plain):
        assert shop.state(purchase) == ("succeeded", ["succeeded"])
        assert purchase.serial_number.reveal() == ""
        asked = BillInquiry.objects.get(holder=purchase.holder)
        assert receipt_of(purchase).reference == asked.supplier_reference
    assert list(shop.charged().values()) == [1, 1]
