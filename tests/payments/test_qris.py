"""QRIS texts: the published vectors, damaged codes and the picture."""

import io

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from payments.gateways import qris

STATIC = (
    "00020101021126630014ID.SPINPAY.WWW011893600816343100062402121314310006240303UMI"
    "51440014ID.CO.QRIS.WWW0215ID10200384314890303UMI5204839853033605802ID5904SPIN"
    "6013Jakarta Pusat61051034062140103***0703A0163045CDD"
)
SPECIFICATION = (
    "00020101021126670018ID.CO.EXAMPLE2.WWW01159360001404567890215MIDCONTOH1234560303UMI"
    "51370014ID.CO.QRIS.WWW0215ID10191234567815204123453033605802ID5914NamaMerchantC1"
    "6009NamaKota16110123456789062070703K196304B22E"
)
DYNAMIC = (
    "00020101021226530012COM.DOKU.WWW0118936008990000002475020424750303URE"
    "51440014ID.CO.QRIS.WWW0215ID10200392934820303URE5204539953033605404100055020256035005802ID"
    "5911GUREUM SHOP6013JAKARTA PUSAT61051064062070703A016304FD26"
)
TAIL = "5802ID5904SPIN6013Jakarta Pusat61051034062140103***0703A016304"


def test_the_crc_is_the_documented_one():
    assert qris.crc16("123456789") == "29B1"


def test_a_static_code_is_read():
    code = qris.parse(STATIC)

    assert code.merchant_name == "SPIN"
    assert code.city == "Jakarta Pusat"
    assert code.amount is None
    assert not code.is_dynamic


@pytest.mark.parametrize("checksum", ["5cdd", "5cDd"])
def test_a_checksum_in_lower_case_is_the_same_number(checksum):
    code = qris.parse(STATIC[:-4] + checksum)

    assert code.merchant_name == "SPIN"
    assert qris.compose(code.fields) == STATIC


@pytest.mark.parametrize("checksum", ["5cde", "5CDE", "5cd ", "\uff15cdd", "5cd\u00df"])
def test_a_wrong_checksum_stays_wrong_in_any_case(checksum):
    with pytest.raises(qris.InvalidQris):
        qris.parse(STATIC[:-4] + checksum)


def test_a_dynamic_code_is_read_with_its_amount():
    code = qris.parse(DYNAMIC)

    assert code.merchant_name == "GUREUM SHOP"
    assert code.amount == 1000
    assert code.is_dynamic


def test_the_specification_example_is_read():
    assert qris.parse(SPECIFICATION).merchant_name == "NamaMerchantC1"


@pytest.mark.parametrize(
    ("fee", "tail"),
    [
        ({}, f"5303360540515000{TAIL}8C4A"),
        ({"fixed_fee": 250}, f"53033605405150005502025603250{TAIL}5A46"),
        ({"percent_fee": "0.7"}, f"530336054051500055020357030.7{TAIL}4B89"),
    ],
)
def test_a_static_code_becomes_dynamic(fee, tail):
    made = qris.with_amount(STATIC, 15_000, **fee)

    assert made == STATIC[:6] + "010212" + STATIC[12:].split("5303360")[0] + tail


def test_an_old_amount_and_fee_are_replaced():
    code = qris.parse(qris.with_amount(DYNAMIC, 25_000))

    assert code.amount == 25_000
    assert code.find("55") == ""
    assert code.find("56") == ""


def test_everything_else_is_copied_as_it_stands():
    before = [f for f in qris.parse(STATIC).fields if f[0] != "01"]

    after = qris.parse(qris.with_amount(STATIC, 15_000)).fields

    assert [f for f in after if f[0] not in ("01", "54")] == before


def test_lengths_count_characters_and_the_crc_counts_bytes():
    text = qris.compose([("00", "01"), ("58", "ID"), ("59", "Kopi é最佳")])

    assert "5908Kopi é最佳" in text
    assert qris.parse(text).merchant_name == "Kopi é最佳"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "halo",
        STATIC[:-1] + "E",
        STATIC[:-4] + "5cde",
        STATIC.replace("SPIN", "SPUN"),
        STATIC[:-8],
        STATIC + STATIC,
        STATIC[4:],
        "0" * 513,
        "00020１6304ABCD",
    ],
)
def test_damaged_texts_are_refused(text):
    with pytest.raises(qris.InvalidQris):
        qris.parse(text)


@pytest.mark.parametrize("amount", ["0", "1000,00", "1 000", "1.000.000", "１０"])
def test_amounts_outside_the_profile_are_refused(amount):
    text = qris.compose([("00", "01"), ("01", "12"), ("54", amount), ("58", "ID")])

    with pytest.raises(qris.InvalidQris):
        qris.parse(text)


@pytest.mark.parametrize("tag", [tag for tag, _value in qris.parse(DYNAMIC).fields])
@pytest.mark.parametrize("value", ["", "9"])
def test_a_field_that_comes_twice_is_refused(tag, value):
    """Each wallet believes the one it likes: two amounts, two merchants, two fees."""
    fields = qris.parse(DYNAMIC).fields
    again = value or dict(fields)[tag]

    for place in range(1, len(fields) + 1):
        twice = qris.compose([*fields[:place], (tag, again), *fields[place:]])
        with pytest.raises(qris.InvalidQris):
            qris.parse(twice)


def test_a_static_code_with_an_amount_gets_ours_and_no_second_one():
    fields = qris.parse(STATIC).fields
    place = [tag for tag, _value in fields].index("58")
    printed = qris.compose([*fields[:place], ("54", "5000"), *fields[place:]])
    assert qris.parse(printed).amount == 5_000

    made = qris.parse(qris.with_amount(printed, 15_000))

    assert [value for tag, value in made.fields if tag == "54"] == ["15000"]


@pytest.mark.parametrize(
    ("fields", "adds_fee"),
    [((), False), ((("55", "01"),), True), ((("55", "02"), ("56", "250")), True)],
)
def test_a_fee_on_top_of_the_amount_is_seen(fields, adds_fee):
    text = qris.compose([("00", "01"), ("54", "1000"), *fields, ("58", "ID")])

    assert qris.parse(text).adds_fee is adds_fee


@pytest.mark.parametrize("amount", ["1000", "1000.00", "1000."])
def test_amounts_with_empty_sen_are_whole_rupiah(amount):
    text = qris.compose([("00", "01"), ("01", "12"), ("54", amount), ("58", "ID")])

    assert qris.parse(text).amount == 1000


def test_an_amount_with_sen_is_refused():
    text = qris.compose([("00", "01"), ("01", "12"), ("54", "10.50"), ("58", "ID")])

    with pytest.raises(qris.InvalidQris):
        _ = qris.parse(text).amount


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": 5, "fixed_fee": -1},
        {"amount": 5, "fixed_fee": 1, "percent_fee": "1"},
        {"amount": 5, "percent_fee": "120"},
    ],
)
def test_impossible_amounts_and_fees_are_refused(change):
    with pytest.raises(qris.InvalidQris):
        qris.with_amount(STATIC, **change)


@given(st.integers(min_value=1, max_value=9_999_999_999_999))
def test_every_amount_comes_back_exactly(amount):
    assert qris.parse(qris.with_amount(STATIC, amount)).amount == amount


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        found = qris.parse(text)
    except qris.InvalidQris:
        return
    assert qris.parse(text) == found
    assert found.amount is None or found.amount > 0


def test_the_picture_is_large_enough_and_readable():
    text = qris.with_amount(STATIC, 15_000)

    picture = Image.open(io.BytesIO(qris.qr_png(text)))

    found = zxingcpp.read_barcodes(picture.convert("L"))
    assert min(picture.size) >= 512
    assert [code.text for code in found] == [text]
