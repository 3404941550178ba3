"""A supplier that does not answer is left alone, tried again, and trusted slowly."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from inventory.events import SupplierBack, SupplierDown
from inventory.models import BreakerEvent, PurchaseAttempt, SupplierAccount
from inventory.services import breaker, purchases, serving, supplier_accounts
from inventory.states import Breaker, CallEnd, Obstacle
from inventory.suppliers.base import (
    FactState,
    KeysRefused,
    OutcomeUnknown,
    ProviderUnreachable,
)
from inventory.tasks import probe_suppliers
from ppob.kit.scope import no_tenant_scope
from tests import hearing
from tests.conftest import NOON
from tests.factories import make_member
from tests.inventory.suppliers import (
    attempt_of,
    send,
    state_of,
    submit,
    told,
)

DOWN = OutcomeUnknown("silence")
AWAY = ProviderUnreachable("no route")


@pytest.fixture
def news():
    told_of = []
    with (
        hearing.heard(SupplierDown, read=lambda _event: told_of.append("down")),
        hearing.heard(SupplierBack, read=lambda _event: told_of.append("back")),
    ):
        yield told_of


def breaker_of(account):
    account.refresh_from_db()
    return account.breaker


def break_it(product, supplier, *, now=NOON, count=5, error=DOWN):
    """So many purchases whose calls end like this; the purchases."""
    bought = []
    for _ in range(count):
        supplier.answers = [error]
        bought.append(submit(product, now=now))
        send(bought[-1], now=now)
    return bought


def put_on_trial(purchase, status="sending"):
    """The purchase tries the supplier out, and its process has died."""
    attempt = attempt_of(purchase)
    SupplierAccount.objects.filter(pk=attempt.account_id).update(
        trial_ref=attempt.ref_id
    )
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(
        status=status, first_sent_at=NOON if status == "sending" else None
    )


def probe(account, *, after, balance=1_000_000, supplier):
    supplier.balance = balance
    breaker.probe(account_id=account.pk, now=NOON + timedelta(seconds=after))
    return breaker_of(account)


# --- When it opens --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recent", "is_enough"),
    [
        ("-----", True),
        ("----", False),
        ("+-----", True),
        ("----+", False),
        ("--+--+--+--+--+--+++", True),
        ("--+--+--+--+--+-++++", False),
        ("--+--+--+--+--+--++", False),
        ("!!!", True),
        ("!!", False),
        ("!!-!", False),
        ("", False),
        ("+" * 20, False),
    ],
)
def test_what_is_enough_to_leave_a_supplier_alone(recent, is_enough):
    assert breaker.is_broken(recent) is is_enough


def test_five_silences_open_it_and_it_is_told_once(product, account, supplier, news):
    break_it(product, supplier, count=4)
    assert breaker_of(account) == Breaker.CLOSED

    break_it(product, supplier, count=3)

    assert breaker_of(account) == Breaker.OPEN
    assert news == ["down"]
    assert account.probe_at == NOON + timedelta(seconds=30)
    [event] = BreakerEvent.objects.all()
    assert (event.source, event.target, event.reason, event.at) == (
        "closed",
        "open",
        "silent",
        NOON,
    )


def test_requests_that_did_not_leave_count_as_well(product, account, supplier):
    break_it(product, supplier, error=AWAY)

    assert breaker_of(account) == Breaker.OPEN


def test_an_answer_in_between_keeps_it_closed(product, account, supplier):
    break_it(product, supplier, count=4)
    send(submit(product))
    break_it(product, supplier, count=4)

    assert breaker_of(account) == Breaker.CLOSED


def test_failures_are_answers(product, account, supplier):
    break_it(product, supplier, count=12, error=FactState.NOT_FORMED)

    assert (breaker_of(account), account.recent_calls) == (Breaker.CLOSED, "")


def test_three_refusals_at_the_door_open_it(product, account, supplier):
    break_it(product, supplier, count=2, error=KeysRefused("no", "SIGN"))
    assert breaker_of(account) == Breaker.CLOSED

    supplier.answers = [
        lambda asked: told(
            asked.ref_id, FactState.NOT_FORMED, rc="45", is_account_trouble=True
        )
    ]
    send(submit(product))

    assert breaker_of(account) == Breaker.OPEN
    assert BreakerEvent.objects.get().reason == "refused"


def test_who_answers_as_always_costs_no_statement(
    product, account, supplier, django_assert_num_queries
):
    purchase = submit(product)
    attempt = attempt_of(purchase)
    assert attempt.account == account

    with django_assert_num_queries(0):
        breaker.note_call(attempt, CallEnd.ANSWERED, now=NOON)


# --- While it is open -----------------------------------------------------------------


def test_nothing_is_sold_that_only_it_delivers(product, account, supplier):
    break_it(product, supplier)

    judged = serving.serving_of([product], now=NOON)[product.pk]

    assert judged.obstacle == Obstacle.DOWN
    assert judged.is_possible is False


def test_another_supplier_goes_on_selling(product, account, supplier, standby):
    break_it(product, supplier)

    assert serving.serving_of([product], now=NOON)[product.pk].is_possible
    assert attempt_of(submit(product)).account == standby


def test_what_waits_moves_to_another_supplier_and_is_fenced(
    product, account, supplier, standby, other
):
    waiting = submit(product)
    break_it(product, supplier)

    send(waiting)
    send(waiting)

    first, second = PurchaseAttempt.objects.filter(purchase=waiting).order_by("pk")
    assert (first.status, first.first_sent_at, first.calls) == ("failed", None, 0)
    assert first.fenced_at == NOON
    assert (second.account, second.status) == (standby, "succeeded")
    assert [asked.ref_id for asked in other.asked] == [second.ref_id]
    assert first.ref_id not in {asked.ref_id for asked in supplier.asked}


def test_what_may_have_been_bought_stays_where_it_is(
    product, account, supplier, standby, other
):
    [*_, last] = break_it(product, supplier)

    supplier.answers = [FactState.SUCCEEDED]
    purchases.check(attempt_id=attempt_of(last).pk, now=NOON + timedelta(minutes=2))

    assert state_of(last) == ("succeeded", "succeeded")
    assert attempt_of(last).account == account
    assert other.asked == []


def test_without_another_supplier_it_waits_and_nothing_leaves(
    product, account, supplier
):
    waiting = submit(product)
    break_it(product, supplier)
    asked = len(supplier.asked)

    assert send(waiting) == ("open", "queued")

    assert len(supplier.asked) == asked
    assert attempt_of(waiting).due_at == NOON + timedelta(seconds=40)


def test_it_stays_where_it_is_if_the_other_deposit_is_too_small(
    product, account, supplier, standby
):
    holder = uuid4()
    with transaction.atomic():
        serving.reserve_best(
            product, destination="0878", ceiling=11_000, holder=holder, now=NOON
        )
    SupplierAccount.objects.filter(pk=standby.pk).update(deposit=100, deposit_at=NOON)
    waiting = submit(product, holder=holder)
    break_it(product, supplier)

    assert send(waiting) == ("open", "queued")
    assert attempt_of(waiting).account == account


def test_an_account_that_was_switched_off_is_not_waited_for(product, account, supplier):
    waiting = submit(product)
    break_it(product, supplier)
    SupplierAccount.objects.filter(pk=account.pk).update(is_active=False)

    assert send(waiting) == ("succeeded", "succeeded")


# --- How it comes back ----------------------------------------------------------------


def test_one_waiting_purchase_tries_it_and_closes_it(product, account, supplier, news):
    first, second = submit(product), submit(product)
    break_it(product, supplier)
    send(first), send(second)

    assert probe(account, after=30, supplier=supplier) == Breaker.OPEN
    assert probe(account, after=40, supplier=supplier) == Breaker.TRIAL
    later = NOON + timedelta(seconds=41)
    claimed = []

    def answer(asked):
        claimed.append(asked.ref_id)
        # While one is out, no other one leaves.
        assert send(second, now=later) == ("open", "queued")
        return told(asked.ref_id, FactState.SUCCEEDED)

    supplier.answers = [answer]
    assert send(first, now=later) == ("succeeded", "succeeded")

    assert claimed == [attempt_of(first).ref_id]
    assert breaker_of(account) == Breaker.CLOSED
    assert news == ["down", "back"]
    assert attempt_of(second).due_at == later
    assert send(second, now=later) == ("succeeded", "succeeded")


def test_a_trial_without_answer_opens_it_for_longer(product, account, supplier, news):
    waiting = submit(product)
    break_it(product, supplier)
    send(waiting)
    probe(account, after=30, supplier=supplier)
    probe(account, after=40, supplier=supplier)
    later = NOON + timedelta(seconds=41)

    supplier.answers = [DOWN]
    assert send(waiting, now=later) == ("open", "unknown")

    assert breaker_of(account) == Breaker.OPEN
    assert account.probe_at == later + timedelta(seconds=60)
    assert news == ["down"]


def test_where_nobody_waits_five_good_probes_close_it(product, account, supplier):
    break_it(product, supplier)

    seen = [
        probe(account, after=after, supplier=supplier) for after in (30, 40, 50, 60, 70)
    ]

    assert seen == ["open", "trial", "trial", "trial", "closed"]
    assert (account.recent_calls, account.probe_at) == ("", None)
    assert account.deposit == 1_000_000


def test_nothing_is_sold_before_it_is_closed(product, account, supplier):
    break_it(product, supplier)
    probe(account, after=30, supplier=supplier)
    probe(account, after=40, supplier=supplier)

    assert breaker_of(account) == Breaker.TRIAL
    assert not serving.serving_of([product], now=NOON)[product.pk].is_possible


def test_a_bad_probe_after_a_good_one_begins_anew(product, account, supplier):
    break_it(product, supplier)
    probe(account, after=30, supplier=supplier)

    assert probe(account, after=40, balance=DOWN, supplier=supplier) == Breaker.OPEN
    assert account.good_probes == 0
    assert account.probe_at == NOON + timedelta(seconds=70)


def test_a_bad_probe_of_a_trial_opens_it_again(product, account, supplier):
    break_it(product, supplier)
    probe(account, after=30, supplier=supplier)
    probe(account, after=40, supplier=supplier)

    assert probe(account, after=50, balance=AWAY, supplier=supplier) == Breaker.OPEN
    assert account.probe_at == NOON + timedelta(seconds=80)


def test_it_is_not_asked_before_its_time_nor_twice(product, account, supplier):
    break_it(product, supplier)
    probe(account, after=29, supplier=supplier)
    assert account.good_probes == 0

    def asked_meanwhile():
        # A second process with the same job finds it taken.
        breaker.probe(account_id=account.pk, now=NOON + timedelta(seconds=30))
        return 1_000_000

    probe(account, after=30, balance=asked_meanwhile, supplier=supplier)
    assert account.good_probes == 1


@pytest.mark.parametrize(
    ("pause", "waits"), [(timedelta(minutes=9), 60), (timedelta(minutes=11), 30)]
)
def test_who_falls_silent_soon_again_waits_longer(
    product, account, supplier, pause, waits
):
    break_it(product, supplier)
    for after in (30, 40, 50, 60, 70):
        probe(account, after=after, supplier=supplier)
    again = NOON + timedelta(seconds=70) + pause

    break_it(product, supplier, now=again)

    assert breaker_of(account) == Breaker.OPEN
    assert account.probe_at == again + timedelta(seconds=waits)


def test_the_wait_has_an_end(product, account, supplier):
    SupplierAccount.objects.filter(pk=account.pk).update(relapses=30, breaker_at=NOON)

    break_it(product, supplier)

    assert breaker_of(account) == Breaker.OPEN
    assert account.probe_at == NOON + timedelta(seconds=300)


def test_a_bad_probe_waits_for_the_purchase_that_is_out(product, account, supplier):
    waiting = submit(product)
    break_it(product, supplier)
    probe(account, after=30, supplier=supplier)
    probe(account, after=40, supplier=supplier)
    put_on_trial(waiting)

    assert probe(account, after=50, balance=AWAY, supplier=supplier) == Breaker.TRIAL
    assert account.good_probes == 0


def test_a_trial_that_a_callback_settled_does_not_keep_it_half_open(
    product, account, supplier
):
    waiting = submit(product)
    break_it(product, supplier)
    probe(account, after=30, supplier=supplier)
    probe(account, after=40, supplier=supplier)
    # Its process died, and a report ended the purchase.
    put_on_trial(waiting)
    for after in (50, 60, 70):
        assert probe(account, after=after, supplier=supplier) == Breaker.TRIAL
    PurchaseAttempt.objects.filter(pk=attempt_of(waiting).pk).update(
        status="failed", fenced_at=NOON, due_at=None
    )

    assert probe(account, after=80, supplier=supplier) == Breaker.CLOSED


def test_a_trial_that_never_left_keeps_nobody_waiting(product, account, supplier):
    first, second = submit(product), submit(product)
    break_it(product, supplier)
    send(first), send(second)
    for after in (30, 40):
        probe(account, after=after, supplier=supplier)
    # The process died between "it did not leave" and the sign about it.
    put_on_trial(first, status="queued")
    later = NOON + timedelta(seconds=41)

    assert send(second, now=later) == ("open", "queued")
    assert send(first, now=later) == ("succeeded", "succeeded")
    assert breaker_of(account) == Breaker.CLOSED


def test_probes_close_it_when_the_trial_never_leaves(product, account, supplier):
    waiting = submit(product)
    break_it(product, supplier)
    for after in (30, 40):
        probe(account, after=after, supplier=supplier)
    put_on_trial(waiting, status="queued")

    for after in (50, 60, 70):
        probe(account, after=after, supplier=supplier)

    assert breaker_of(account) == Breaker.CLOSED


@pytest.mark.parametrize(
    ("after", "pause"), [(30, 30), (120, 30), (400, 100), (1_200, 300), (9_000, 300)]
)
def test_the_longer_it_is_away_the_more_seldom_it_is_asked(
    product, account, supplier, after, pause
):
    break_it(product, supplier)

    probe(account, after=after, balance=DOWN, supplier=supplier)

    assert account.probe_at == NOON + timedelta(seconds=after + pause)


def test_who_is_switched_on_again_is_asked_at_once(product, account, supplier):
    break_it(product, supplier)
    later = NOON + timedelta(hours=3)

    for is_active in (False, True):
        supplier_accounts.switch_account(
            actor=make_member(), account=account, is_active=is_active, now=later
        )

    assert breaker_of(account) == Breaker.OPEN
    assert account.probe_at == later


def test_the_sweep_asks_only_who_is_due(product, account, supplier, jobs, monkeypatch):
    break_it(product, supplier)
    for after, expected in ((29, []), (30, [account.pk])):
        monkeypatch.setattr(
            "ppob.kit.clock.now", lambda after=after: NOON + timedelta(seconds=after)
        )
        jobs.waiting.clear()
        with no_tenant_scope():
            probe_suppliers()
        assert [job[1]["account_id"] for job in jobs.waiting] == expected


def test_who_thinks_is_not_hurried_when_it_moves(product, account, supplier, standby):
    thinking = submit(product, starts_at=NOON + timedelta(seconds=20))
    break_it(product, supplier)

    assert attempt_of(thinking).due_at == NOON + timedelta(seconds=20)


def test_the_database_refuses_an_open_breaker_that_nobody_looks_after(account):
    with pytest.raises(IntegrityError, match="supplier_breaker_is_probed"):
        SupplierAccount.objects.filter(pk=account.pk).update(breaker=Breaker.OPEN)
