"""Deposits at suppliers are set aside for orders, given back once, and used up once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from inventory.models import DepositHold, SupplierAccount
from inventory.services import deposits, purchases, supplier_accounts
from inventory.services.supplier_clients import read_keys
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
)
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from ppob.kit.db import unit_of_work
from tests.conftest import NOON
from tests.factories import make_member
from tests.inventory.suppliers import (
    Scripted,
    hear,
    make_account,
    make_topup,
    map_product,
    send,
    served_by,
    submit,
    told,
)

LATER = NOON + timedelta(minutes=5)
COST = 10_000


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def account(in_arcadia):
    return make_account(deposit=25_000, deposit_at=NOON)


@pytest.fixture
def option(account):
    return map_product(make_topup(), account, cost=COST)


def reserve(option, holder=None):
    holder = holder or uuid4()
    with unit_of_work("tests.reserve"):
        return holder if deposits.reserve(option, holder=holder, now=NOON) else None


def release(*holders):
    with unit_of_work("tests.release"):
        return deposits.release(holders, now=LATER)


def money_of(account):
    account.refresh_from_db()
    return account.deposit, account.reserved


def states():
    return list(DepositHold.objects.order_by("pk").values_list("status", flat=True))


def test_what_is_not_there_is_set_aside_for_nobody(option, account):
    assert reserve(option)
    assert reserve(option)
    assert reserve(option) is None

    assert money_of(account) == (25_000, 20_000)
    assert states() == ["active", "active"]


def test_exactly_what_is_there_is_enough(option, account):
    SupplierAccount.objects.update(deposit=20_000)

    assert reserve(option)
    assert reserve(option)
    assert reserve(option) is None


def test_a_deposit_that_was_never_read_refuses_nobody(in_arcadia):
    option = map_product(make_topup(), make_account(), cost=COST)

    assert reserve(option)
    assert money_of(option.account) == (None, COST)


def test_giving_back_twice_is_once(option, account):
    holder = reserve(option)
    reserve(option)

    assert release(holder, uuid4()) == 1
    assert release(holder) == 0
    assert money_of(account) == (25_000, COST)
    assert states() == ["released", "active"]


def test_a_line_has_one_hold(option):
    holder = reserve(option)

    with pytest.raises(IntegrityError, match="deposit_hold_once_per_line"):
        reserve(option, holder)


def test_what_was_bought_leaves_the_deposit(option, account, supplier):
    holder = reserve(option)
    purchase = submit(option.product, holder=holder)
    supplier.answers = [
        lambda request: told(request.ref_id, FactState.SUCCEEDED, cost=9_900)
    ]

    send(purchase)

    assert money_of(account) == (15_100, 0)
    assert states() == ["consumed"]


def test_what_was_not_bought_is_free_again(option, account, supplier):
    holder = reserve(option)
    purchase = submit(option.product, holder=holder)
    supplier.answers = [FactState.NOT_FORMED]

    send(purchase)

    assert money_of(account) == (25_000, 0)
    assert states() == ["released"]


def test_what_nobody_knows_stays_set_aside(option, account, supplier):
    holder = reserve(option)
    purchase = submit(option.product, holder=holder)
    supplier.answers = [OutcomeUnknown("time-out")]

    send(purchase)
    assert money_of(account) == (25_000, COST)

    hear(purchase, FactState.SUCCEEDED, now=LATER)
    hear(purchase, FactState.SUCCEEDED, now=LATER)
    assert money_of(account) == (15_000, 0)


def test_the_next_supplier_keeps_it_instead(option, account, supplier):
    other = make_account(TOKO_DEWI, position=1, deposit=12_000, deposit_at=NOON)
    map_product(option.product, other, cost=11_000)
    holder = reserve(option)
    purchase = submit(option.product, holder=holder)
    supplier.answers = [FactState.NOT_FORMED, OutcomeUnknown("time-out")]

    send(purchase)

    assert (money_of(account), money_of(other)) == ((25_000, 0), (12_000, 11_000))
    assert states() == ["released", "active"]


def test_what_others_have_set_aside_stays_theirs(option, account, supplier):
    other = make_account(TOKO_DEWI, position=1, deposit=12_000, deposit_at=NOON)
    elsewhere = map_product(option.product, other, cost=11_000)
    reserve(elsewhere)
    purchase = submit(option.product, holder=reserve(option))
    supplier.answers = [FactState.NOT_FORMED]

    send(purchase)

    purchase.refresh_from_db()
    assert purchase.status == "failed"
    assert (money_of(account), money_of(other)) == ((25_000, 0), (12_000, 11_000))


def test_a_purchase_goes_first_where_its_money_is(option, account, supplier):
    first = make_account(TOKO_DEWI, position=0, deposit=90_000, deposit_at=NOON)
    SupplierAccount.objects.filter(pk=account.pk).update(position=5)
    map_product(option.product, first, cost=COST)

    purchase = submit(option.product, holder=reserve(option))

    assert purchase.attempts.get().account == account


def test_what_is_given_up_is_free_again(option, account):
    purchase = submit(option.product, holder=reserve(option))

    purchases.give_up(purchase_id=purchase.pk, actor="t", reason="t", now=LATER)

    assert money_of(account) == (25_000, 0)


def test_a_reading_replaces_what_was_known(option, account, supplier):
    supplier.balance = 777_000

    assert deposits.read_deposit(account_id=account.pk, now=LATER)

    assert (money_of(account), account.deposit_at) == ((777_000, 0), LATER)


def test_a_reading_from_before_a_purchase_is_not_believed(option, account, supplier):
    purchase = submit(option.product, holder=reserve(option))

    def read_while_it_is_bought():
        send(purchase, now=LATER)
        return 25_000

    supplier.balance = read_while_it_is_bought

    assert not deposits.read_deposit(account_id=account.pk, now=LATER)
    assert money_of(account) == (15_000, 0)


def test_new_keys_bring_no_old_deposit_back(option, account, supplier):
    purchase = submit(option.product, holder=reserve(option))
    account.refresh_from_db()

    def read_while_it_is_bought():
        send(purchase, now=LATER)
        return 25_000

    supplier.balance = read_while_it_is_bought

    supplier_accounts.rotate_keys(
        actor=make_member(), account=account, keys={"api_key": "dev-new"}, now=LATER
    )

    assert money_of(account) == (15_000, 0)
    assert read_keys(account)["api_key"] == "dev-new"


@pytest.mark.parametrize(
    "trouble",
    [ProviderRefused("no", "41"), ProviderUnreachable("away"), OutcomeUnknown("slow")],
)
def test_without_an_answer_what_was_known_stays(option, account, supplier, trouble):
    supplier.balance = trouble

    assert not deposits.read_deposit(account_id=account.pk, now=LATER)
    assert (money_of(account), account.deposit_at) == ((25_000, 0), NOON)
