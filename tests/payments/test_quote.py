"""Shares of a price: they add up, whatever the prices are."""

import random

import pytest

from payments.services.orders.quote import share_out


@pytest.mark.parametrize(
    ("total", "prices", "shares"),
    [
        (30, [10, 20], [10, 20]),
        (21_000, [11_000, 11_000], [10_500, 10_500]),
        (10, [1, 1, 1], [3, 3, 4]),
        (1, [5, 5], [0, 1]),
        (7, [7], [7]),
    ],
)
def test_a_price_is_shared_in_proportion(total, prices, shares):
    assert share_out(total, prices) == shares


def test_shares_add_up_and_are_off_by_less_than_a_rupiah():
    rng = random.Random(11)
    for _turn in range(2_000):
        prices = [
            rng.randint(1, 10 ** rng.randint(1, 7)) for _ in range(rng.randint(1, 20))
        ]
        total = rng.randint(1, sum(prices))

        shares = share_out(total, prices)

        assert sum(shares) == total
        for share, price in zip(shares, prices, strict=True):
            assert abs(share - total * price / sum(prices)) < 1
