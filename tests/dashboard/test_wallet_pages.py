"""Buyers' balances, statements, the money rules, and what orders left for the store."""

import pytest

from payments.dashboard.wallets import GREW, SHRANK
from payments.figures import OrderMoney, money_of
from payments.gateways.base import FactState
from payments.models import LedgerAccount, MoneyPolicy, Order
from payments.services import ledger
from payments.services.incoming import balance
from payments.services.orders import delivery
from payments.states import AccountKind, RefundTo
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.editing import seen_at
from tests.dashboard.money import (
    make_delivered,
    make_deposit,
    make_paid,
    make_refund,
    make_transfer,
    pay,
)
from tests.factories import make_customer, make_member, make_order, make_product
from tests.payments.acts import tell

WALLETS = "/toko/arcadia/saldo/"
RULES = "/toko/arcadia/saldo/batas/"
BOOKS = "/toko/arcadia/uang/per-pesanan/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


def give(name: str, amount: int):
    """A buyer who topped up; the transfer's code is theirs, too."""
    customer = make_customer(name)
    pay(make_deposit(amount, customer=customer))
    return customer


def test_balances_are_listed_largest_first_with_their_sum(english, in_arcadia):
    names = [("ayu", 20_000), ("bima", 90_000), ("citra", 50_000)]
    buyers = [give(name, amount) for name, amount in names]
    total = sum(ledger.wallet_balance(buyer.pk) for buyer in buyers)

    page = english.get(WALLETS)

    words = text_of(page)
    assert words.index("@bima") < words.index("@citra") < words.index("@ayu")
    assert f"Rp {total:,}".replace(",", ".") in words
    assert "Rp 700.000.000" in words


def test_balances_are_searched_by_name_and_paged_by_key(
    english, in_arcadia, monkeypatch
):
    monkeypatch.setattr("payments.dashboard.wallets.PAGE", 2)
    for name, amount in (("ayu", 20_000), ("bima", 90_000), ("citra", 50_000)):
        give(name, amount)
    last = LedgerAccount.objects.get(customer__username="citra")

    found = text_of(english.get(f"{WALLETS}?cari=BIM"))
    second = text_of(english.get(f"{WALLETS}?sebelum={last.balance}-{last.pk}"))
    nobody = text_of(english.get(f"{WALLETS}?cari=zzz"))
    nonsense = english.get(f"{WALLETS}?sebelum=x-1-2")

    assert "@bima" in found
    assert "@ayu" not in found
    assert "@ayu" in second
    assert "@citra" not in second
    assert "Nobody here" in nobody
    assert "@bima" in text_of(nonsense)


def test_another_stores_balances_are_not_here(english, borealis):
    with tenant_scope(borealis.pk):
        theirs = give("dewi", 77_000)

    assert "No balances yet" in text_of(english.get(WALLETS))
    assert "dewi" not in text_of(english.get(f"{WALLETS}?cari=dew"))
    assert english.get(f"{WALLETS}{theirs.public_id}/").status_code == 404


@pytest.fixture
def spent(in_arcadia) -> Order:
    """Ayu topped up, paid from the balance, and got a part back."""
    customer = give("ayu", 60_000)
    order = make_order(
        make_product(codes=1, price=25_000), customer=customer, now=clock.now()
    )
    balance.pay_with_balance(order_id=order.pk, now=clock.now())
    delivered = delivery.deliver_order(order_id=order.pk, now=clock.now())
    make_refund(delivered, make_member(), 5_000)
    return delivered


def test_every_line_of_a_statement_opens_its_order(english, spent):
    page = english.get(f"{WALLETS}{spent.customer.public_id}/")

    words = text_of(page)
    assert page.content.decode().count(f"/pesanan/{spent.public_id}/") == 2
    assert "Paid for an order" in words
    assert "-Rp 25.000" in words
    assert "Refund" in words
    assert "+Rp 5.000" in words
    assert "Balance top-up #" in words


def test_a_statement_is_paged_by_key(english, spent, monkeypatch):
    monkeypatch.setattr("payments.dashboard.wallets.PAGE", 1)
    address = f"{WALLETS}{spent.customer.public_id}/"

    first = text_of(english.get(address))
    older = english.get(address).context["older"]
    second = text_of(english.get(f"{address}?sebelum={older}"))

    assert "+Rp 5.000" in first
    assert "-Rp 25.000" not in first
    assert "-Rp 25.000" in second


def test_every_kind_of_line_has_words(english, spent):
    """The reasons that services book under, as far as they touch a balance."""
    kinds = set(
        LedgerAccount.objects.filter(kind=AccountKind.WALLET).values_list(
            "postings__entry__kind", flat=True
        )
    )

    assert kinds == {"settled", "refund"}
    assert kinds <= set(GREW) | set(SHRANK)


RULES_FORM = {
    "wallet_is_on": "on",
    "wallet_limit": "1.500.000",
    "deposit_min": "5rb",
    "refund_approval_above": "0",
    "surplus_approval_above": "10.000",
    "undo_secs": "45",
    "late_refund": "on",
}


def test_the_money_rules_are_changed_and_written_down(english, owner):
    assert "Rp 2.000.000" in english.get(RULES).content.decode()

    assert english.post(RULES, RULES_FORM | seen_at(english, RULES)).url == RULES

    policy = MoneyPolicy.objects.get()
    assert (policy.wallet_is_on, policy.wallet_limit) == (True, 1_500_000)
    assert (policy.deposit_min, policy.refund_approval_above) == (5_000, 0)
    assert (policy.undo_secs, policy.late_refund) == (45, True)
    entry = AuditEntry.objects.get(action="policy.changed")
    assert entry.before["wallet_limit"] == 2_000_000
    assert entry.after["wallet_limit"] == 1_500_000
    tab = seen_at(english, RULES)
    english.post(RULES, RULES_FORM | tab | {"wallet_is_on": ""})
    assert not MoneyPolicy.objects.get().wallet_is_on
    assert "Balances are switched off" in text_of(english.get(WALLETS))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("wallet_limit", "99.000.000"),
        ("wallet_limit", "abc"),
        ("deposit_min", "999"),
        ("deposit_min", "1.600.000"),
        ("refund_approval_above", "-1"),
        ("refund_approval_above", ""),
        ("undo_secs", "121"),
        ("undo_secs", "-1"),
        ("undo_secs", ""),
    ],
)
def test_rules_that_do_not_fit_change_nothing(english, field, value):
    tab = seen_at(english, RULES)

    answer = english.post(RULES, RULES_FORM | tab | {field: value})

    assert answer.status_code == 200
    assert 'class="error"' in answer.content.decode()
    assert not MoneyPolicy.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER, Role.ADMIN])
def test_only_who_may_change_payments_sees_the_rules(in_arcadia, role):
    browser = browser_of(make_member(role))

    assert RULES not in browser.get(WALLETS).content.decode()
    assert browser.get(RULES).status_code == 403
    assert browser.post(RULES, RULES_FORM).status_code == 403
    assert not MoneyPolicy.objects.exists()


def test_the_books_say_what_is_left_of_each_order(english, in_arcadia):
    whole, parted, ended = make_delivered(10_000), make_delivered(20_000), make_paid()
    make_refund(parted, make_member(), 5_000, RefundTo.SOURCE)
    make_refund(ended, make_member(), 29_000)
    unpaid = make_transfer(40_000).order

    words = text_of(english.get(BOOKS))

    assert "Rp 20.000" in words
    assert "−Rp 5.000" in words
    assert "Rp 15.000" in words
    assert unpaid.code not in words
    assert money_of([whole.pk, parted.pk, ended.pk, unpaid.pk]) == {
        whole.pk: OrderMoney(received=10_000),
        parted.pk: OrderMoney(received=20_000, refunded=5_000),
        ended.pk: OrderMoney(received=29_000, refunded=29_000),
    }


@pytest.mark.parametrize("is_delivered", [True, False])
def test_what_the_provider_took_back_is_not_the_stores(in_arcadia, is_delivered):
    payment = make_transfer(10_000)
    pay(payment)
    if is_delivered:
        delivery.deliver_order(order_id=payment.order_id, now=clock.now())

    tell(payment, FactState.REVERSED, now=clock.now())

    money = money_of([payment.order_id])[payment.order_id]
    assert money.received == 10_000
    assert money.net <= 0
    kinds = (
        AccountKind.HELD,
        AccountKind.SALES,
        AccountKind.REFUNDS,
        AccountKind.LOSSES,
    )
    assert money.net == -sum(ledger.balance(kind) for kind in kinds)


def test_the_books_are_paged_by_key(english, in_arcadia, monkeypatch):
    monkeypatch.setattr("payments.dashboard.books.PAGE", 1)
    first, second = make_paid(10_000), make_paid(20_000)

    newest = text_of(english.get(BOOKS))
    older = text_of(english.get(f"{BOOKS}?sebelum={second.pk}"))

    assert second.code in newest
    assert first.code not in newest
    assert first.code in older
