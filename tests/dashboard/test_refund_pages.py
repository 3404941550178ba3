"""Giving money back through the browser: enter, read, confirm; a second person."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from inventory import selectors as inventory
from payments.models import LedgerEntry, MoneyPolicy, Order, Payment, Refund, RefundPart
from payments.services import ledger
from payments.services.incoming import balance, charges
from payments.services.orders import delivery
from payments.states import AccountKind, OrderStatus, RefundStatus, RefundTo
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.money import (
    make_delivered,
    make_deposit,
    make_paid,
    make_refund,
    make_transfer,
    pay,
)
from tests.factories import make_customer, make_gateway_method, make_member

QUEUE = "/toko/arcadia/uang/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def second(in_arcadia):
    """Another person of the store who may refund."""
    browser = browser_of(make_member(Role.ADMIN))
    browser.cookies["django_language"] = "en"
    return browser


def page_of(order: Order) -> str:
    return f"/toko/arcadia/pesanan/{order.public_id}/refund/"


def hidden(response, name: str) -> str:
    """What a hidden field of the page's form says."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', response.content.decode())
    return re.search(r'value="([^"]*)"', tag[0])[1]


def form_of(browser, order: Order, **changes: str) -> dict[str, str]:
    """The form as it was built, filled in."""
    page = browser.get(page_of(order))
    kept = {name: hidden(page, name) for name in ("request_key", "seen_refunded")}
    filled = {"amount": "10.000", "to": "balance", "reason": "kode rusak"}
    return {**kept, **filled, **changes}


def confirm(browser, order: Order, form: dict[str, str]):
    return browser.post(page_of(order), form | {"step": "confirm"}, follow=True)


def nothing_was_refunded(order: Order) -> bool:
    order.refresh_from_db()
    return order.refunded == 0 and not Refund.objects.exists()


def test_all_that_is_left_is_the_default(english, in_arcadia):
    order = make_delivered(29_000)

    page = english.get(page_of(order))

    assert hidden(page, "amount") == "Rp 29.000"
    assert hidden(page, "seen_refunded") == "0"


def test_the_question_says_what_will_happen_and_does_nothing(english, in_arcadia):
    order = make_delivered(29_000)

    words = text_of(english.post(page_of(order), form_of(english, order)))

    assert "Refund Rp 10.000?" in words
    assert "To the balance Rp 10.000" in words
    assert "They stay with the buyer and are not sold again" in words
    assert nothing_was_refunded(order)


def test_a_confirmed_refund_is_on_the_buyers_balance(english, owner, in_arcadia):
    order = make_delivered(29_000)
    before = ledger.wallet_balance(order.customer_id)
    form = form_of(english, order)
    question = english.post(page_of(order), form)
    asked = {name: hidden(question, name) for name in form}

    done = confirm(english, order, asked)

    assert "Rp 10.000 was refunded" in text_of(done)
    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (10_000, RefundStatus.DONE)
    assert (refund.reason, refund.requested_by) == ("kode rusak", owner.name)
    assert ledger.wallet_balance(order.customer_id) == before + 10_000
    entry = AuditEntry.objects.get(action="refund.requested")
    assert (entry.actor, entry.reason) == (owner.name, "kode rusak")
    words = text_of(english.get(f"/toko/arcadia/pesanan/{order.public_id}/"))
    assert "Came in Rp 29.000 Refunded −Rp 10.000 Left for the store Rp 19.000" in words
    assert "kode rusak" in words


def test_the_same_form_twice_is_one_refund(english, in_arcadia):
    order = make_delivered(29_000)
    form = form_of(english, order)

    first, again = confirm(english, order, form), confirm(english, order, form)

    assert "Rp 10.000 was refunded" in text_of(first)
    assert "Rp 10.000 was refunded" in text_of(again)
    assert Refund.objects.get().amount == 10_000
    assert Order.objects.get().refunded == 10_000


def test_a_full_refund_sent_twice_says_the_same_twice(english, in_arcadia):
    order = make_paid(29_000)
    form = form_of(english, order, amount="29000")

    confirm(english, order, form)
    again = confirm(english, order, form)

    assert "Rp 29.000 was refunded" in text_of(again)
    assert Refund.objects.count() == 1


def test_two_people_with_the_same_page_refund_once(english, second, in_arcadia):
    order = make_delivered(29_000)
    mine, theirs = form_of(english, order), form_of(second, order)

    confirm(english, order, mine)
    refused = confirm(second, order, theirs)

    assert "Somebody has refunded this order in the meantime" in text_of(refused)
    assert hidden(refused, "seen_refunded") == "10000"
    assert Refund.objects.count() == 1


def test_an_undelivered_order_ends_and_its_code_is_for_sale_again(english, in_arcadia):
    order = make_paid(29_000)
    form = form_of(english, order, amount="29.000")

    question = text_of(english.post(page_of(order), form))
    confirm(english, order, form)

    assert "codes that were set aside are for sale again" in question
    order.refresh_from_db()
    assert order.status == OrderStatus.REFUNDED
    product_id = order.lines.get().product_id
    assert inventory.available([product_id]) == {product_id: 1}


def test_a_part_of_an_undelivered_order_leaves_it_going_on(english, in_arcadia):
    order = make_paid(29_000)
    form = form_of(english, order)

    question = text_of(english.post(page_of(order), form))
    confirm(english, order, form)

    assert "the buyer still gets everything" in question
    delivered = delivery.deliver_order(order_id=order.pk, now=clock.now())
    assert delivered.status == OrderStatus.DELIVERED


def test_seen_codes_are_named_before_one_refunds(english, in_arcadia):
    order = make_delivered(29_000)
    delivery.reveal_codes(customer=order.customer, order_id=order.pk, now=clock.now())

    question = text_of(english.post(page_of(order), form_of(english, order)))

    assert "The buyer has seen the codes" in question


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "29.001", "At most Rp 29.000 can be refunded"),
        ("amount", "0", "Enter a whole amount"),
        ("amount", "-5000", "Enter a whole amount"),
        ("amount", "50,5", "Enter a whole amount"),
        ("amount", "1e9", "Enter a whole amount"),
        ("reason", "  ", "This field is required"),
        ("reason", "x", "at least 3 characters"),
        ("to", "mars", "Select a valid choice"),
        ("request_key", "x" * 90, "Enter a valid UUID"),
        ("seen_refunded", "-1", "greater than or equal to 0"),
    ],
)
@pytest.mark.parametrize("step", ["", "confirm"])
def test_bad_input_changes_nothing(english, in_arcadia, field, value, sentence, step):
    order = make_delivered(29_000)
    form = form_of(english, order, **{field: value, "step": step})

    answer = english.post(page_of(order), form)

    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert nothing_was_refunded(order)


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_an_unpaid_order_cannot_be_refunded(english, in_arcadia, is_cancelled):
    order = make_transfer().order
    if is_cancelled:
        english.post(f"/toko/arcadia/pesanan/{order.public_id}/batal/")
    form = {
        "amount": "29000",
        "to": "balance",
        "reason": "why not",
        "request_key": str(uuid4()),
        "seen_refunded": "0",
    }

    opened = english.get(page_of(order), follow=True)
    confirmed = confirm(english, order, form)

    assert "Nothing of this order can be refunded" in text_of(opened)
    assert "Nothing of this order can be refunded" in text_of(confirmed)
    assert nothing_was_refunded(order)


def test_above_the_limit_a_second_person_has_to_agree(english, second, in_arcadia):
    MoneyPolicy.objects.create(refund_approval_above=5_000)
    order = make_delivered(29_000)
    form = form_of(english, order)
    before = ledger.wallet_balance(order.customer_id)

    question = text_of(english.post(page_of(order), form))
    asked = text_of(confirm(english, order, form))
    refund = Refund.objects.get()
    deed = f"/toko/arcadia/refund/{refund.public_id}/setuju/"

    assert "above Rp 5.000 need a second person" in question
    assert "waits for a second person. No money was moved" in asked
    assert deed not in english.get(QUEUE).content.decode()
    assert "somebody else has to approve it" in text_of(english.get(QUEUE))
    own = english.post(deed, follow=True)
    assert "Somebody else has to approve this refund" in text_of(own)
    assert ledger.wallet_balance(order.customer_id) == before
    assert "waits for approval" in text_of(english.get(page_of(order), follow=True))

    assert deed in second.get(QUEUE).content.decode()
    assert "Rp 10.000 was refunded" in text_of(second.post(deed, follow=True))
    assert "Somebody has decided already" in text_of(second.post(deed, follow=True))
    assert ledger.wallet_balance(order.customer_id) == before + 10_000
    assert Order.objects.get().refunded == 10_000


def test_a_refund_is_rejected_with_a_reason(english, second, owner, in_arcadia):
    MoneyPolicy.objects.create(refund_approval_above=0)
    order = make_delivered(29_000)
    refund = make_refund(order, owner, 10_000)
    deed = f"/toko/arcadia/refund/{refund.public_id}/tolak/"

    silent = second.post(deed, {"reason": "  "}, follow=True)
    refund.refresh_from_db()
    assert "Say why" in text_of(silent)
    assert refund.status == RefundStatus.AWAITING_APPROVAL

    second.post(deed, {"reason": "kode masih jalan"})
    refund.refresh_from_db()
    assert (refund.status, refund.note) == (RefundStatus.REJECTED, "kode masih jalan")
    assert Order.objects.get().refunded == 0


@pytest.fixture
def mixed(in_arcadia) -> Order:
    """Rp 30.000, of which the buyer's balance paid Rp 10.000."""
    buyer = make_customer("citra")
    deposit = make_deposit(10_000, customer=buyer)
    pay(deposit)
    share = deposit.amount
    order = make_transfer(20_000 + share, customer=buyer).order
    balance.reserve_balance(order_id=order.pk, now=clock.now())
    method = Payment.objects.filter(order=order, from_balance=False).get().method
    rest = charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=clock.now()
    )
    pay(rest)
    return delivery.deliver_order(order_id=order.pk, now=clock.now())


def test_a_mixed_payment_goes_back_line_by_line(english, mixed):
    form = form_of(english, mixed, amount=str(mixed.total), to="source")

    question = text_of(english.post(page_of(mixed), form))
    done = text_of(confirm(english, mixed, form))

    assert "To the source Rp 20.000 (paid by BCA)" in question
    assert "(paid by Balance)" in question
    assert "You send Rp 20.000 back by hand" in question
    assert "write it down in the money queue" in done
    parts = RefundPart.objects.order_by("pk").values_list("destination", "amount")
    assert list(parts) == [
        (RefundTo.SOURCE, 20_000),
        (RefundTo.BALANCE, mixed.total - 20_000),
    ]


def test_paid_out_needs_to_be_said_how(english, guild, mixed, owner):
    refund = make_refund(mixed, owner, 20_000, RefundTo.SOURCE)
    deed = f"/toko/arcadia/refund/{refund.public_id}/dibayar/"
    assert "Send Rp 20.000 back to citra" in text_of(english.get(QUEUE))

    silent = english.post(deed, {"note": " "}, follow=True)
    assert "Say how and to whom you paid it back" in text_of(silent)
    assert ledger.balance(AccountKind.PAYABLE) == -20_000

    english.post(deed, {"note": "BCA 123"})
    again = english.post(deed, {"note": "BCA 123"}, follow=True)
    refund.refresh_from_db()
    assert (refund.status, refund.note) == (RefundStatus.DONE, "BCA 123")
    assert ledger.balance(AccountKind.PAYABLE) == 0
    assert "note-bad" in again.content.decode()
    assert LedgerEntry.objects.filter(kind="paid_out").count() == 1
    assert "Nothing is waiting" in text_of(english.get(QUEUE))


@pytest.mark.parametrize("deed", ["dibayar", "saldo"])
def test_what_nobody_approved_is_not_paid_out(english, owner, in_arcadia, deed):
    MoneyPolicy.objects.create(refund_approval_above=0)
    refund = make_refund(make_delivered(), owner, 10_000, RefundTo.SOURCE)

    address = f"/toko/arcadia/refund/{refund.public_id}/{deed}/"
    refused = english.post(address, {"note": "BCA 123"}, follow=True)

    assert "note-bad" in refused.content.decode()
    refund.refresh_from_db()
    assert refund.status == RefundStatus.AWAITING_APPROVAL
    assert ledger.balance(AccountKind.PAYABLE) == 0


def test_what_cannot_be_sent_back_goes_to_the_balance(english, mixed, owner):
    refund = make_refund(mixed, owner, 20_000, RefundTo.SOURCE)
    before = ledger.wallet_balance(mixed.customer_id)

    english.post(f"/toko/arcadia/refund/{refund.public_id}/saldo/")

    refund.refresh_from_db()
    assert refund.status == RefundStatus.DONE
    assert ledger.wallet_balance(mixed.customer_id) == before + 20_000


def test_an_old_qris_payment_cannot_go_back_to_its_source(english, in_arcadia):
    order = make_delivered(29_000)
    long_ago = clock.now() - timedelta(days=31)
    Payment.objects.filter(order=order).update(
        settled_at=long_ago, method=make_gateway_method()
    )

    page = english.get(page_of(order))
    sent = english.post(page_of(order), form_of(english, order, to="source"))

    assert "QRIS payments older than 30 days cannot be sent back" in text_of(page)
    assert 'value="source" disabled' in page.content.decode()
    assert "QRIS payments older than 30 days" in text_of(sent)
    assert nothing_was_refunded(order)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER])
def test_a_weak_role_sees_refunds_and_may_not_touch_them(in_arcadia, owner, role):
    order = make_delivered(29_000)
    MoneyPolicy.objects.create(refund_approval_above=0)
    refund = make_refund(order, owner, 10_000)
    weak = browser_of(make_member(role))
    page = weak.get(f"/toko/arcadia/pesanan/{order.public_id}/").content.decode()

    assert "broken code" in page
    assert page_of(order) not in page
    assert weak.get(page_of(order)).status_code == 403
    queue = weak.get(QUEUE).content.decode()
    for deed in ("setuju", "tolak", "dibayar", "saldo"):
        address = f"/toko/arcadia/refund/{refund.public_id}/{deed}/"
        assert address not in page + queue
        assert weak.post(address).status_code == 403
    refund.refresh_from_db()
    assert refund.status == RefundStatus.AWAITING_APPROVAL


def test_another_stores_refund_does_not_exist(english, borealis):
    with tenant_scope(borealis.pk):
        MoneyPolicy.objects.create(refund_approval_above=0)
        order = make_delivered(29_000)
        refund = make_refund(order, make_member(), 10_000)

    assert english.get(page_of(order)).status_code == 404
    for deed in ("setuju", "tolak", "dibayar", "saldo"):
        answer = english.post(f"/toko/arcadia/refund/{refund.public_id}/{deed}/")
        assert answer.status_code == 404
    assert "broken code" not in text_of(english.get(QUEUE))
    with tenant_scope(borealis.pk):
        refund.refresh_from_db()
        assert refund.status == RefundStatus.AWAITING_APPROVAL
