"""Whose account a buyer named: what suppliers say, and nothing that nobody said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache

from catalog.destinations import BadDestination
from catalog.games import find_game
from inventory.models import AccountCheck, SupplierAccount
from inventory.services import account_checks
from inventory.services.account_checks import Finding
from inventory.states import CheckState
from inventory.suppliers.base import (
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
)
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from inventory.tasks import delete_checks
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from tests.conftest import NOON
from tests.factories import CategoryFactory, make_customer
from tests.inventory.suppliers import Scripted, make_account, served_by

RIZKY = {"user_id": "123456789", "zone_id": "1234"}
TYPED = {"user_id": "123456789 (1234)"}


@pytest.fixture(autouse=True)
def nothing_remembered(db):
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted(names={"123456789": "RizkyGG"})) as scripted:
        yield scripted


@pytest.fixture
def game(in_arcadia):
    fields = [dict(each) for each in find_game("ML").destination_fields]
    return CategoryFactory(code="ML", name="Mobile Legends", destination_fields=fields)


def check(game, typed=TYPED, *, now=NOON):
    return account_checks.check_account(
        customer=make_customer(), category=game, entered=typed, now=now
    )


def test_the_suppliers_word_is_kept_with_its_source(game, supplier):
    make_account()

    found = check(game)

    assert (found.destination, found.state, found.name, found.source) == (
        "123456789|1234",
        CheckState.VERIFIED,
        "RizkyGG",
        "digiflazz",
    )
    assert supplier.named == [RIZKY]


def test_an_account_that_the_supplier_does_not_know_is_not_found(game, supplier):
    make_account()

    found = check(game, {"user_id": "99999999 (1234)"})

    assert (found.state, found.name) == (CheckState.NOT_FOUND, "")


@pytest.mark.parametrize(
    "trouble",
    [
        ProviderRefused("too many", "LIMIT"),
        ProviderUnreachable("away"),
        OutcomeUnknown("slow"),
    ],
)
def test_what_could_not_be_asked_is_neither_right_nor_wrong(game, supplier, trouble):
    make_account()
    supplier.names["123456789"] = trouble

    found = check(game)

    assert (found.state, found.name, found.source) == (CheckState.UNCHECKED, "", "")


def test_trouble_is_not_remembered(game, supplier):
    make_account()
    supplier.names["123456789"] = OutcomeUnknown("slow")
    check(game)
    supplier.names["123456789"] = "RizkyGG"

    assert check(game).name == "RizkyGG"


def test_a_name_is_asked_for_once_in_ten_minutes(game, supplier):
    make_account()

    assert [check(game).name for _ in range(3)] == ["RizkyGG"] * 3
    assert supplier.named == [RIZKY]


def test_another_store_asks_for_itself(game, supplier, arcadia, borealis):
    make_account()
    check(game)

    with tenant_scope(borealis.pk):
        make_account()
        found = account_checks.find_name(game, RIZKY)

    assert found == Finding(CheckState.VERIFIED, "RizkyGG", "digiflazz")
    assert supplier.named == [RIZKY, RIZKY]


def test_the_next_supplier_is_asked_where_the_first_cannot_say(game, supplier):
    make_account()
    make_account(TOKO_DEWI, position=1)
    answers = [ProviderUnreachable("away"), "RizkyGG"]
    supplier.find_name = lambda _game, account: _next(supplier, answers, account)

    assert check(game).name == "RizkyGG"
    assert supplier.named == [RIZKY, RIZKY]


def _next(supplier, answers, account):
    supplier.named.append(dict(account))
    answer = answers.pop(0)
    if isinstance(answer, Exception):
        raise answer
    return answer


def test_two_suppliers_are_asked_at_most(game, supplier):
    make_account()
    make_account(TOKO_DEWI, position=1)
    make_account(replace(TOKO_DEWI, username="third"), position=2)
    supplier.names["123456789"] = ProviderUnreachable("away")

    check(game)

    assert supplier.named == [RIZKY, RIZKY]


def test_without_a_supplier_nobody_is_asked(game, supplier):
    assert check(game).state == CheckState.UNCHECKED
    assert supplier.named == []


def test_an_account_that_is_off_is_not_asked(game, supplier):
    make_account(is_active=False)

    assert check(game).state == CheckState.UNCHECKED
    assert supplier.named == []


def test_what_can_be_no_account_asks_nobody(game, supplier):
    make_account()

    with pytest.raises(BadDestination):
        check(game, {"user_id": "hello"})
    assert supplier.named == []
    assert not AccountCheck.objects.exists()


def test_a_product_without_a_game_takes_what_was_typed(in_arcadia, supplier):
    found = check(None, {"account": "0812-3456-7890"})

    assert (found.destination, found.state) == (
        "0812-3456-7890",
        CheckState.UNCHECKED,
    )


def test_keys_that_do_not_work_are_no_answer(game, supplier, monkeypatch):
    account = make_account()
    SupplierAccount.objects.filter(pk=account.pk).update(credentials=None)
    monkeypatch.setattr(
        account_checks,
        "open_supplier",
        lambda _account: (_ for _ in ()).throw(ProviderRefused("keys", "MISSING")),
    )

    assert check(game).state == CheckState.UNCHECKED


def test_a_later_check_is_another_row(game, supplier):
    make_account()
    first = check(game)
    second = check(game, now=NOON + timedelta(hours=1))

    assert first.pk != second.pk
    assert AccountCheck.objects.count() == 2


def test_named_accounts_are_forgotten_after_thirty_days(
    game, supplier, borealis, monkeypatch
):
    check(game)
    young = check(game, now=NOON + timedelta(microseconds=1))
    with tenant_scope(borealis.pk):
        check(None, {"account": "0812-3456-7890"})
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=30))

    delete_checks()

    assert list(AccountCheck.objects.all()) == [young]
    with tenant_scope(borealis.pk):
        assert not AccountCheck.objects.exists()
