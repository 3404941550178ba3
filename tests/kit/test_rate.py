"""Counting within a window that begins with the first and ends by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache

from ppob.kit import clock, rate
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def empty(db):
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def at(monkeypatch):
    """Turn the clock."""

    def turn(secs):
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=secs))

    turn(0)
    return turn


def count(key="key", *, amount=1):
    return rate.count(key, limit=3, secs=10, amount=amount)


def test_up_to_the_limit_nobody_waits_and_beyond_it_until_the_window_ends(at):
    assert [count() for _try in range(3)] == [0, 0, 0]
    at(4.5)

    assert count() == 6  # 5.5 seconds, told in whole ones

    assert count("another") == 0


def test_amounts_add_up(at):
    assert count(amount=2) == 0
    assert count(amount=1) == 0
    assert count(amount=1) == 10
    assert count("another", amount=1) == 0
    assert count("another", amount=3) == 10


def test_what_is_more_than_the_limit_alone_waits_too(at):
    assert count(amount=4) == 10


def test_when_the_window_is_over_it_begins_anew(at):
    for _try in range(4):
        count()
    at(10)

    assert count() == 0  # whatever the cache still knows
    assert [count() for _try in range(3)] == [0, 0, 0]
    assert count() == 10


def test_a_count_that_lost_its_window_keeps_nobody_out(at):
    for _try in range(4):
        count()
    cache.delete("key-until")

    assert count() == 0
    assert count() == 0


def test_thirty_at_once_are_three_that_pass(at):
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _try: count(), range(30)))

    assert sum(wait == 0 for wait in waits) == 3


def test_is_over_counts_the_same_way(at):
    told = [rate.is_over("tries", limit=2, secs=10) for _try in range(3)]

    assert told == [False, False, True]
