"""A deposit that runs dry is told once, in time, and again only after a refill."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.models import OutgoingMessage, ServerSettings
from bot.services import sending
from bot.services.wording import write
from inventory import figures, tasks
from inventory.events import DepositRunsDry
from inventory.forecast import Spent
from inventory.models import Purchase, PurchaseAttempt, SupplierAccount
from inventory.services import deposit_forecast, deposits
from inventory.services.supplier_accounts import switch_account
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope, tenant_scope
from tenants.models import Tenant
from tests import hearing
from tests.conftest import NOON
from tests.factories import make_guild, make_member
from tests.inventory.suppliers import make_account, make_topup
from tests.payments.racing import at_once

HOUR = timedelta(hours=1)
SOON = NOON + timedelta(minutes=2)


@pytest.fixture
def told():
    """What was announced to run dry: account and minutes, in order."""

    def read(event):
        return event.account_id, event.minutes_left

    with hearing.heard(DepositRunsDry, read=read) as news:
        yield news


@pytest.fixture
def account(in_arcadia):
    """Rp 10.000 an hour goes out of it, by day and by night; Rp 100.000 are left."""
    account = make_account(deposit=100_000, deposit_at=NOON, deposit_read=100_000)
    spend(account)
    return account


def spend(account, *, hours=28 * 24 - 1, cost=10_000, now=NOON, **fields):
    """A purchase in the middle of each of the last hours."""
    product = make_topup(sku=uuid4().hex[:12])
    moments = [now - HOUR * ago - HOUR / 2 for ago in range(hours)]
    # Rows alone: four weeks of sales, as the tables keep them.
    bought = Purchase.objects.bulk_create(
        Purchase(
            holder=uuid4(),
            unit_no=1,
            product=product,
            destination="1",
            ceiling=12_000,
            status="succeeded",
            created_at=at,
            promised_at=at,
            due_at=at,
            settled_at=at,
        )
        for at in moments
    )
    PurchaseAttempt.objects.bulk_create(
        PurchaseAttempt(
            purchase=purchase,
            account=account,
            sku="x",
            target="1",
            ref_id=uuid4().hex,
            created_at=at,
            first_sent_at=at,
            **{"status": "succeeded", "cost": cost} | fields,
        )
        for purchase, at in zip(bought, moments, strict=True)
    )


def leave(account, deposit):
    SupplierAccount.objects.filter(pk=account.pk).update(deposit=deposit)


def read(account, deposit, *, now=SOON):
    """The supplier says what is there."""
    account.refresh_from_db()
    with deposits.unit_of_work("tests.read"):
        assert deposits.keep_reading(account, deposit, now=now)


def low_at(account):
    account.refresh_from_db()
    return account.low_at


def hours_left(account, *, now=NOON):
    account.refresh_from_db()
    return deposit_forecast.forecast_deposits([account], now=now)[account.pk].hours_left


# --- What is known --------------------------------------------------------------------


def test_a_deposit_lasts_as_long_as_purchases_of_four_weeks_say(account):
    assert hours_left(account) == pytest.approx(10, abs=0.01)


def test_what_is_set_aside_is_gone_already(account):
    SupplierAccount.objects.update(reserved=60_000)

    assert hours_left(account) == pytest.approx(4, abs=0.01)


def test_what_a_purchase_costs_is_its_ceiling_until_it_is_known(account):
    PurchaseAttempt.objects.update(status="unknown", cost=None)

    assert hours_left(account) == pytest.approx(100 / 12, abs=0.01)


def test_what_failed_cost_nothing(account):
    PurchaseAttempt.objects.update(status="failed", fenced_at=NOON)

    assert deposit_forecast.forecast_deposits([account], now=NOON) == {}


def test_with_too_few_purchases_nothing_is_invented(in_arcadia, told):
    account = make_account(deposit=1, deposit_at=NOON)
    spend(account, hours=19)

    assert deposit_forecast.forecast_deposits([account], now=NOON) == {}
    assert deposit_forecast.check_store(now=NOON) == 0
    assert told == []


def test_sums_are_by_account_and_hour_of_the_clock(account):
    other = make_account(TOKO_DEWI)

    spent = figures.spent_by_hour([account.pk, other.pk], now=NOON)

    assert spent[other.pk] == []
    assert len(spent[account.pk]) == 28 * 24 - 1
    assert Spent(1, 1, 10_000) in spent[account.pk]
    assert max(each.hours_ago for each in spent[account.pk]) == 28 * 24 - 1


def test_another_stores_purchases_do_not_count(account, borealis):
    with tenant_scope(borealis.pk):
        spend(make_account(), cost=900_000)

    assert hours_left(account) == pytest.approx(10, abs=0.01)


def test_all_accounts_of_a_store_are_one_question_that_an_index_answers(
    account, superuser
):
    others = [make_account(TOKO_DEWI, deposit=1, deposit_at=NOON)]
    spend(account, hours=2_000, now=NOON - timedelta(days=60))  # of older times

    with CaptureQueriesContext(connection) as queries:
        deposit_forecast.forecast_deposits([account, *others], now=NOON)

    [asked] = [each["sql"] for each in queries if "purchaseattempt" in each["sql"]]
    superuser.execute("VACUUM ANALYZE inventory_purchaseattempt")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Only Scan using attempt_spent_lately" in plan


# --- Told once ------------------------------------------------------------------------


def test_the_seller_is_told_once_below_the_threshold(account, told):
    leave(account, 41_000)
    assert deposit_forecast.check_store(now=NOON) == 0
    leave(account, 39_000)

    assert deposit_forecast.check_store(now=NOON) == 1
    assert deposit_forecast.check_store(now=SOON) == 0
    assert not deposit_forecast.check_account(account_id=account.pk, now=SOON)

    assert told == [(account.pk, 234)]
    assert low_at(account) == NOON


def test_the_store_chooses_the_threshold(account, told):
    Tenant.objects.update(deposit_alert_hours=11)

    deposit_forecast.check_store(now=NOON)

    assert told == [(account.pk, 600)]


def test_of_those_who_look_at_once_one_tells(account, told):
    leave(account, 20_000)

    at_once([partial(deposit_forecast.check_store, now=NOON)] * 3)

    assert told == [(account.pk, 120)]


def test_after_a_refill_it_is_told_again(account, told):
    leave(account, 20_000)
    deposit_forecast.check_store(now=NOON)
    read(account, 20_000)
    read(account, 500_000, now=SOON + HOUR)
    assert low_at(account) is None

    deposit_forecast.check_store(now=SOON + HOUR)
    leave(account, 30_000)
    deposit_forecast.check_store(now=SOON + HOUR)

    assert [account_id for account_id, _minutes in told] == [account.pk] * 2


def test_a_refill_that_is_too_small_is_told_as_such(account, told):
    SupplierAccount.objects.update(deposit=0, deposit_read=0)
    deposit_forecast.check_store(now=NOON)
    read(account, 50_000)
    leave(account, 35_000)

    deposit_forecast.check_store(now=SOON)

    assert [minutes // 60 for _account, minutes in told] == [0, 3]


@pytest.mark.parametrize("deposit", [0, 20_000, 69_999])
def test_what_comes_back_from_one_purchase_is_no_refill(account, told, deposit):
    SupplierAccount.objects.update(deposit=20_000, deposit_read=20_000)
    deposit_forecast.check_store(now=NOON)

    read(account, deposit)
    leave(account, 10_000)
    deposit_forecast.check_store(now=SOON)

    assert len(told) == 1
    assert low_at(account) == NOON


def test_what_was_subtracted_here_and_there_is_no_refill(account, told):
    """The supplier's word of before had it already: ours alone sank and rises again."""
    SupplierAccount.objects.update(deposit=90_000, deposit_read=90_000)
    leave(account, 10_000)
    deposit_forecast.check_store(now=NOON)

    read(account, 90_000)

    assert low_at(account) == NOON
    assert len(told) == 1


def test_a_quiet_night_alone_ends_no_alert(account, told):
    leave(account, 39_000)
    deposit_forecast.check_store(now=NOON)

    leave(account, 10_000 * 27)
    deposit_forecast.check_store(now=SOON)
    assert low_at(account) == NOON

    leave(account, 10_000 * 29)
    deposit_forecast.check_store(now=SOON)
    assert low_at(account) is None


def test_a_refill_meanwhile_is_not_used_up(account, told, monkeypatch):
    """Who looked before a refill and writes after it tells nobody."""
    leave(account, 20_000)
    found = deposit_forecast.forecast_deposits

    def refilled_meanwhile(accounts, *, now):
        lasting = found(accounts, now=now)
        read(SupplierAccount.objects.get(), 900_000)
        return lasting

    monkeypatch.setattr(deposit_forecast, "forecast_deposits", refilled_meanwhile)

    assert deposit_forecast.check_store(now=NOON) == 0
    assert low_at(account) is None


def test_what_is_not_used_is_not_told(account, told):
    leave(account, 0)
    switch_account(actor=make_member(), account=account, is_active=False, now=NOON)

    assert deposit_forecast.check_store(now=NOON) == 0


def test_a_test_account_beside_a_real_one_is_not_told(account, told):
    leave(account, 0)
    make_account(TOKO_DEWI, is_test=False)

    assert deposit_forecast.check_store(now=NOON) == 0


# --- By themselves --------------------------------------------------------------------


def test_each_reading_is_followed_by_a_look(account, supplier, told, jobs, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    supplier.balance = 30_000

    deposits.read_deposit(account_id=account.pk, now=NOON)
    assert jobs.run() == ["inventory.check_deposit"]

    assert told == [(account.pk, 180)]


def test_the_sweep_looks_at_every_store(account, borealis, told, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    leave(account, 30_000)
    with tenant_scope(borealis.pk):
        theirs = make_account(deposit=20_000, deposit_at=NOON)
        spend(theirs)
        suspended = make_account(TOKO_DEWI)
        assert suspended.deposit is None

    with no_tenant_scope():
        tasks.sweep_deposits()

    assert sorted(told) == sorted([(account.pk, 180), (theirs.pk, 120)])


# --- In Discord -----------------------------------------------------------------------


def words():
    """What the store's log channel gets to read; None if there is nothing to say."""
    pk = OutgoingMessage.objects.get(kind="log_deposit_runs_dry").pk
    [message] = sending.claim([pk], now=clock.now())
    draft = write(message)
    return draft and draft.embed.text


@pytest.fixture
def log(in_arcadia):
    guild = make_guild(bot_joined_at=NOON)
    return ServerSettings.objects.create(guild=guild, log_channel_id=66)


def test_the_stores_log_says_how_long_and_how_much(log, account):
    Tenant.objects.update(language="en")
    leave(account, 33_400)

    deposit_forecast.check_store(now=NOON)

    said = words()
    assert f"**{account}** lasts about 3 h 20 min" in said
    assert "at least Rp 250.000" in said
    assert f"/toko/arcadia/pemasok/{account.public_id}/" in said


def test_what_was_refilled_before_it_was_read_is_not_told(log, account):
    leave(account, 33_400)
    deposit_forecast.check_store(now=NOON)

    SupplierAccount.objects.update(low_at=None)

    assert words() is None
