"""Uploading codes as a seller does it: look, choose, keep, withdraw, find again."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inventory import selectors
from inventory.models import StockBatch, StockDraft, StockItem
from inventory.services import stock
from ppob.kit import clock
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.test_every_page import check_markup
from tests.factories import add_codes, make_member, make_order, make_product
from tests.inventory import workbooks as xl


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


@pytest.fixture
def product(in_arcadia):
    return make_product(name="Steam 60")


def page(name, public_id):
    return reverse(f"inventory:{name}", args=["arcadia", public_id])


def upload(browser, product, codes="", *, file=None, **more):
    """Send a list and follow to the page that shows it."""
    data = {"codes": codes, **({"file": file} if file else {}), **more}
    response = browser.post(page("stock", product.public_id), data)
    assert response.status_code == 302, text_of(response)
    return browser.get(response.url)


def draft_page():
    return page("draft", StockDraft.objects.get().public_id)


def keep(browser, revision=None):
    draft = StockDraft.objects.get()
    return browser.post(
        page("keep-draft", draft.public_id),
        {"revision": draft.revision if revision is None else revision},
        follow=True,
    )


def revealed():
    return [item.code.reveal() for item in StockItem.objects.order_by("pk")]


def test_a_list_is_shown_before_it_is_stored(english, product):
    add_codes(product, 1)

    shown = upload(english, product, "kode\nAAA-1\nAAA-2\n\nAAA-2\n")

    check_markup(shown)
    words = text_of(shown)
    assert "Nothing is in stock yet" in words
    assert "2 new codes 1 there already 1 held back 0 cannot be codes" in words
    assert "looks like a heading · 1" in words
    assert "AAA-1" in words
    assert "Put 2 codes into stock" in words
    assert selectors.available([product.pk]) == {product.pk: 1}

    kept = keep(english)

    assert "2 codes were added to the stock." in text_of(kept)
    assert "Upload of 2 codes" in text_of(kept)
    assert selectors.available([product.pk]) == {product.pk: 3}
    assert revealed()[1:] == ["AAA-1", "AAA-2"]


def test_the_form_carries_no_code(english, product):
    shown = upload(english, product, "VERY-SECRET-CODE\nOTHER").content.decode()

    inputs = [part.split(">")[0] for part in shown.split("<input")[1:]]
    assert not any("VERY-SECRET-CODE" in part for part in inputs)
    assert "VERY-SECRET-CODE" not in repr(dict(english.session))
    assert "VERY-SECRET-CODE" not in draft_page()


def test_after_it_is_kept_no_page_shows_a_code(english, product):
    upload(english, product, "VERY-SECRET-CODE")
    kept = keep(english)
    batch = StockBatch.objects.get()

    pages = [
        kept,
        english.get(page("stock", product.public_id)),
        english.get(page("codes", product.public_id)),
        english.get(page("batch", batch.public_id)),
        english.post(page("codes", product.public_id), {"code": "VERY-SECRET-CODE"}),
    ]

    for response in pages:
        assert response.status_code == 200
        assert "VERY-SECRET-CODE" not in response.content.decode()
        assert "no-store" in response.headers["Cache-Control"]
    assert "••••CODE" in text_of(pages[2])


def test_a_quoted_cell_with_a_line_break_is_one_code_from_the_box_too(english, product):
    shown = upload(english, product, '"mail a@x.id\r\npin 1234"\r\nBBB')

    assert "1 code has several lines" in text_of(shown)
    keep(english)
    assert revealed() == ["mail a@x.id\npin 1234", "BBB"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_file_is_read_whatever_wrote_it(english, product, encoding):
    content = 'kode;harga\r\n"KODE\r\n1";500\r\nKODE-2;500\r\n'.encode(encoding)

    upload(english, product, file=SimpleUploadedFile("codes.csv", content))
    keep(english)

    assert revealed() == ["KODE\n1", "KODE-2"]
    batch = StockBatch.objects.get()
    assert (batch.source, batch.file_name) == ("text", "codes.csv")


def test_a_workbook_is_read_and_its_destroyed_numbers_are_reported(english, product):
    body = xl.rows(
        xl.text("A1", "Kode"),
        xl.text("A2", "AAA-1"),
        xl.number("A3", "4.687E+11"),
        xl.number("A4", "12345"),
    )

    shown = upload(english, product, file=SimpleUploadedFile("x.txt", xl.book(body)))

    words = text_of(shown)
    assert "2 new codes 0 there already 1 held back 1 cannot be codes" in words
    assert "a number, date or yes/no that the spreadsheet destroyed" in words
    assert "Excel drops zeros at the beginning" in words
    keep(english)
    assert revealed() == ["AAA-1", "12345"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7", "a PDF, not a list of codes"),
        (b"PK\x03\x04{GB", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (b'A\n"B', "Line 2 opens a quotation mark"),
    ],
)
def test_another_file_is_refused_with_the_way_out(english, product, content, sentence):
    response = english.post(
        page("stock", product.public_id),
        {"codes": "", "file": SimpleUploadedFile("codes.txt", content)},
    )

    assert response.status_code == 200
    assert sentence in text_of(response)
    assert not StockDraft.objects.exists()
    assert not StockItem.objects.exists()


def test_the_way_out_is_told_in_the_readers_language(browser, product):
    response = browser.post(
        page("stock", product.public_id),
        {"codes": "", "file": SimpleUploadedFile("codes.xlsx", b"%PDF-1.7")},
    )

    assert "bukan daftar kode" in text_of(response)


def test_old_windows_letters_are_held_back_until_somebody_looks(english, product):
    content = "AAA\nS\xe9rie\n".encode("cp1252")

    shown = upload(english, product, file=SimpleUploadedFile("a.csv", content))

    assert "read as Windows-1252" in text_of(shown)
    assert "Série" in text_of(shown)
    english.post(draft_page(), {"include": ["foreign"]})
    keep(english)
    assert revealed() == ["AAA", "Série"]


def test_a_column_is_chosen_and_the_page_shows_it(english, product):
    shown = upload(english, product, "a@x.id,pw-1\nb@x.id,pw-2\n")
    assert "The whole line is the code" in text_of(shown)

    changed = english.post(draft_page(), {"column": "1"}, follow=True)

    check_markup(changed)
    keep(english)
    assert revealed() == ["pw-1", "pw-2"]


def test_what_another_window_chose_is_not_stored_unseen(english, product):
    upload(english, product, "a@x.id,pw-1\nb@x.id,pw-2\n")
    english.post(draft_page(), {"column": "1"})

    refused = keep(english, revision=1)

    assert "chosen in another window" in text_of(refused)
    assert not StockItem.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"column": "99"},
        {"column": "x"},
        {"column": "-1"},
        {"include": ["nonsense", "known"]},
    ],
)
def test_choices_that_do_not_exist_change_nothing(english, product, data):
    body = xl.rows(xl.text("A1", "AAA") + xl.text("B1", "BBB"))
    upload(english, product, file=SimpleUploadedFile("a.xlsx", xl.book(body)))

    english.post(draft_page(), data)

    draft = StockDraft.objects.get()
    assert (draft.code_column, draft.included) == (None, [])


def test_a_draft_that_is_thrown_away_or_too_old_is_gone(english, product):
    upload(english, product, "AAA")
    first = StockDraft.objects.get().public_id
    thrown = english.post(page("discard-draft", first), follow=True)
    assert "Nothing was stored" in text_of(thrown)
    assert english.get(page("draft", first)).status_code == 404

    upload(english, product, "AAA")
    StockDraft.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    late = keep(english)

    assert "older than half an hour" in text_of(late)
    assert not StockItem.objects.exists()


def test_a_colleague_does_not_see_an_upload(english, product):
    upload(english, product, "VERY-SECRET-CODE")
    colleague = browser_of(make_member(Role.ADMIN))

    assert colleague.get(draft_page()).status_code == 404
    colleague.post(
        page("keep-draft", StockDraft.objects.get().public_id), {"revision": "1"}
    )

    assert "waits until" not in text_of(colleague.get(page("stock", product.public_id)))
    assert "waits until" in text_of(english.get(page("stock", product.public_id)))
    assert not StockItem.objects.exists()


def test_the_twin_in_another_product_is_named(english, product):
    other = make_product(name="Steam 120")
    stock.add_items(product=other, codes=["AAA\u200b-1"], actor="test", now=NOON)

    words = text_of(upload(english, product, "AAA-1\nBBB"))

    assert "already in another product : Steam 120" in words.replace(
        "product:", "product :"
    )
    assert "1 new codes 1 there already" in words


# --- Withdrawing and finding again ----------------------------------------------------


def test_an_upload_is_withdrawn_as_a_whole(english, product):
    add_codes(product, 3)
    make_order(product)
    batch = StockBatch.objects.get()
    bystander = make_product(codes=2)
    address = page("withdraw-batch", batch.public_id)

    refused = english.post(address, {"reason": ""}, follow=True)
    assert "Give a reason" in text_of(refused)
    assert selectors.available([product.pk]) == {product.pk: 2}
    done = english.post(address, {"reason": "bad batch"}, follow=True)

    assert "2 codes were taken out of stock." in text_of(done)
    assert "0 are sold and 1 held for buyers" in text_of(done)
    assert "This upload was withdrawn" in text_of(done)
    assert selectors.available([product.pk, bystander.pk]) == {
        product.pk: 0,
        bystander.pk: 2,
    }
    again = english.post(address, {"reason": "bad batch"}, follow=True)
    assert "withdrawn already" in text_of(again)


def change(browser, product, do, *items, reason="looks wrong"):
    data = {
        "do": do,
        "items": [str(item.public_id) for item in items],
        "reason": reason,
        "query": "status=free",
    }
    return browser.post(page("change-codes", product.public_id), data, follow=True)


def test_ticked_codes_go_into_quarantine_back_and_out(english, product):
    add_codes(product, 3)
    one, two, _three = StockItem.objects.order_by("pk")

    into = change(english, product, "quarantine", one, two)
    assert "2 codes are in quarantine and not for sale." in text_of(into)
    assert selectors.available([product.pk]) == {product.pk: 1}
    back = change(english, product, "restore", one)
    assert "1 code is for sale again." in text_of(back)
    out = change(english, product, "withdraw", two)
    assert "1 code was taken out of stock." in text_of(out)

    assert selectors.available([product.pk]) == {product.pk: 2}
    two.refresh_from_db()
    assert (two.status, two.aside_reason) == ("void", "looks wrong")
    assert out.redirect_chain[0][0].endswith("?status=free")


def test_codes_are_listed_by_status_and_upload(english, product):
    add_codes(product, 2)
    add_codes(product, 1)
    first, second = StockBatch.objects.order_by("pk")
    item = StockItem.objects.filter(batch=first).first()
    change(english, product, "quarantine", item)
    address = page("codes", product.public_id)

    def count(query):
        response = english.get(f"{address}?{query}")
        check_markup(response)
        return response.content.decode().count('<td data-label="Code">')

    assert count("") == 3
    assert count("status=quarantined") == 1
    assert count("status=sold") == 0
    assert count(f"unggah={second.public_id}") == 1
    assert count(f"unggah={first.public_id}&status=free") == 1


def test_a_code_is_found_in_whichever_product_it_lies(english, product):
    other = make_product(name="Steam 120")
    stock.add_items(product=other, codes=["FIND-ME-1"], actor="test", now=NOON)
    address = page("codes", product.public_id)

    found = english.post(address, {"code": " FIND\u200b-ME-1 "})
    nothing = english.post(address, {"code": "FIND-ME-2"})

    assert "Steam 120" in text_of(found)
    assert "••••ME-1" not in text_of(found)  # no more than a quarter
    assert "This code is not in the store" in text_of(nothing)
    assert "FIND-ME-2" not in nothing.content.decode()


def test_an_unsold_code_is_opened_with_a_reason_and_once(english, product):
    stock.add_items(product=product, codes=["SECRET-77"], actor="test", now=NOON)
    address = page("reveal-code", StockItem.objects.get().public_id)

    asked = english.get(address)
    refused = english.post(address, {"reason": "no"})
    shown = english.post(address, {"reason": "a buyer says it is used"})

    assert "SECRET-77" not in asked.content.decode() + refused.content.decode()
    assert "SECRET-77" in shown.content.decode()
    entry = AuditEntry.objects.get(action="stock.revealed")
    assert entry.reason == "a buyer says it is used"


def test_a_sold_code_is_not_opened_from_the_stock(english, product):
    add_codes(product, 1)
    make_order(product)
    item = StockItem.objects.get()

    refused = english.post(
        page("reveal-code", item.public_id), {"reason": "I want to see it"}
    )

    assert "A buyer holds or bought this code" in text_of(refused)
    assert item.code.reveal() not in refused.content.decode()


def test_a_cashier_works_with_the_stock_and_opens_nothing(in_arcadia, product):
    add_codes(product, 1)
    item = StockItem.objects.get()
    cashier = browser_of(make_member(Role.CASHIER))
    cashier.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"

    listed = cashier.get(page("codes", product.public_id))

    assert listed.status_code == 200
    assert "/buka/" not in listed.content.decode()
    assert cashier.get(page("reveal-code", item.public_id)).status_code == 403
