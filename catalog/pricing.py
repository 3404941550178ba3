"""Computing prices; pure. Amounts are whole rupiah."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

DEFAULT_PERCENT = Decimal("11.1")


def marked_up(cost: int, *, percent: Decimal = DEFAULT_PERCENT, step: int = 1) -> int:
    """The selling price: `cost` plus `percent` of it, rounded to a multiple of `step`.

    11.1 % of the cost is 10 % of the price: 18,000 gives 20,000 at steps of 100. A
    price that rounding would push below the cost is rounded up instead. Raises
    ValueError for a negative cost or a step below 1.
    """
    if cost < 0 or step < 1:
        raise ValueError("A cost is not negative and a step is at least 1.")
    exact = cost * (1 + percent / 100) / step
    rounded = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step
    return rounded if rounded >= cost else -(-cost // step) * step


def profit(*, price: int, cost: int) -> int:
    """What one sale leaves before fees; negative when sold below cost."""
    return price - cost


def daily_revenue(prices: Sequence[int], *, transactions: int = 100) -> int:
    """What `transactions` sales a day bring in if every price sells equally often."""
    if not prices:
        return 0
    average = Decimal(sum(prices)) / len(prices)
    return int((average * transactions).quantize(Decimal(1), rounding=ROUND_HALF_UP))
