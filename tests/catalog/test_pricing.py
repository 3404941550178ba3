from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.games import GAMES
from catalog.pricing import daily_revenue, marked_up, profit


def test_eleven_point_one_per_cent_turns_18000_into_20000():
    assert marked_up(18_000, step=100) == 20_000


@pytest.mark.parametrize(
    ("cost", "step", "price"),
    [
        (18_000, 1, 19_998),
        (9_000, 100, 10_000),
        (45_000, 500, 50_000),
        (0, 100, 0),
        (49, 100, 100),  # rounding down would sell below cost
    ],
)
def test_a_price_is_rounded_to_the_step(cost, step, price):
    assert marked_up(cost, step=step) == price


def test_another_percentage():
    assert marked_up(10_000, percent=Decimal(25), step=1) == 12_500


@given(
    cost=st.integers(0, 10**9),
    percent=st.decimals(0, 200, places=1),
    step=st.sampled_from([1, 50, 100, 500, 1000]),
)
def test_a_price_is_a_multiple_of_the_step_and_never_below_cost(cost, percent, step):
    price = marked_up(cost, percent=percent, step=step)

    assert price % step == 0
    assert price >= cost
    assert price - cost * (1 + percent / 100) < step


@pytest.mark.parametrize(("cost", "step"), [(-1, 100), (1, 0)])
def test_nonsense_is_refused(cost, step):
    with pytest.raises(ValueError, match="not negative"):
        marked_up(cost, step=step)


def test_a_sale_below_cost_is_a_loss():
    assert profit(price=900, cost=1_000) == -100


def test_a_hundred_topups_a_day_bring_in_seven_million():
    prices = [
        marked_up(cost, step=100) for game in GAMES for _sku, _name, cost in game.topups
    ]

    assert len(GAMES) == 5
    assert len(prices) == 15
    assert daily_revenue(prices) == 7_066_667


def test_no_prices_bring_in_nothing():
    assert daily_revenue([]) == 0
