"""How long a deposit lasts: the arithmetic, and a trial on generated weeks of sales."""

import math
import random
from bisect import bisect
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

import pytest

from inventory.forecast import (
    CONFIDENCE,
    DAY,
    ENOUGH,
    HOURS,
    STEP,
    WEEK,
    Burn,
    Forecast,
    Spent,
    forecast,
    read_burn,
)
from inventory.services.purchase_routes import JAKARTA

MONDAY = datetime(2026, 3, 16, 0, 0, tzinfo=JAKARTA)
EVEN = Burn((10_000.0,) * WEEK, scatter=0.0, drift=0.0)


def lasting(uncommitted, *, burn=EVEN, now=MONDAY, **options):
    return forecast(burn, uncommitted=uncommitted, now=now, **options)


def each_hour(*, hours=HOURS, count=1, total=10_000):
    return [Spent(ago, count, total) for ago in range(1, hours + 1)]


# --- From rates to hours --------------------------------------------------------------


@pytest.mark.parametrize(
    ("uncommitted", "hours"),
    [(-1, 0.0), (0, 0.0), (5_000, 0.5), (40_000, 4.0), (300_000, 30.0)],
)
def test_what_is_there_lasts_as_long_as_the_rate_says(uncommitted, hours):
    assert lasting(uncommitted).hours_left == hours


def test_the_running_hour_counts_for_what_is_left_of_it():
    late = MONDAY + timedelta(minutes=45)

    assert lasting(2_500, now=late).hours_left == 0.25
    assert lasting(12_500, now=late).hours_left == 1.25


def test_what_lasts_for_weeks_needs_no_forecast():
    assert lasting(336 * 10_000).hours_left == pytest.approx(336)
    assert lasting(400 * 10_000) == Forecast(hours_left=None, to_add=0)
    assert lasting(400 * 10_000).minutes_left is None


def test_nothing_is_spent_where_nothing_was_spent():
    quiet = Burn((0.0,) * WEEK, scatter=0.0, drift=0.0)

    assert lasting(1, burn=quiet) == Forecast(hours_left=None, to_add=0)


@pytest.mark.parametrize(
    ("uncommitted", "last", "to_add"),
    [
        (0, 24, 250_000),
        (40_000, 24, 200_000),
        (190_000, 24, 50_000),
        (239_999, 24, 50_000),
        (240_000, 24, 0),
        (-10_000, 24, 250_000),
        (40_000, 48, 450_000),
    ],
)
def test_what_is_missing_is_named_in_steps(uncommitted, last, to_add):
    assert lasting(uncommitted, last=last).to_add == to_add
    assert to_add % STEP == 0


def test_the_hours_of_the_week_have_rates_of_their_own():
    """A deposit before a quiet night lasts longer than one before an evening."""
    rates = tuple(1_000.0 if slot % DAY < 6 else 10_000.0 for slot in range(WEEK))
    burn = Burn(rates, scatter=0.0, drift=0.0)

    assert lasting(16_000, burn=burn).hours_left == 7.0
    assert lasting(16_000, burn=burn, now=MONDAY.replace(hour=18)).hours_left == 1.6


def test_the_cautious_side_of_a_rate_is_promised():
    """Nine of ten sums lie below it, whether by chance or because days differ."""
    wide = replace(EVEN, scatter=10_000.0)
    busy = replace(EVEN, drift=0.5)

    assert wide.at_most(40_000.0) == pytest.approx(40_000 + 1.2816 * 20_000, rel=1e-4)
    assert busy.at_most(40_000.0) == pytest.approx(40_000 + 1.2816 * 20_000, rel=1e-4)
    assert lasting(40_000, burn=wide).hours_left < 4.0
    assert lasting(40_000, burn=busy).to_add > lasting(40_000).to_add


# --- From purchases to rates ----------------------------------------------------------


def test_too_few_purchases_say_nothing():
    few = each_hour(hours=ENOUGH - 1)

    assert read_burn([*few, Spent(30, 0, 0)], now=MONDAY) is None
    assert read_burn([*few, Spent(30, 1, 9)], now=MONDAY) is not None
    assert read_burn([], now=MONDAY) is None


def test_half_a_day_says_nothing():
    assert read_burn(each_hour(hours=DAY - 1, count=50), now=MONDAY) is None
    assert read_burn(each_hour(hours=DAY, count=50), now=MONDAY) is not None


def test_an_even_month_is_a_flat_rate():
    burn = read_burn(each_hour(), now=MONDAY)

    assert burn.rates == pytest.approx((10_000.0,) * WEEK)
    assert (burn.scatter, burn.drift) == pytest.approx((0.0, 0.0))


def test_what_was_spent_on_mondays_is_expected_on_mondays():
    mondays = [
        Spent(ago, 1, 24_000)
        for ago in range(1, HOURS + 1)
        if (MONDAY - timedelta(hours=ago)).weekday() == 0
    ]

    burn = read_burn(mondays, now=MONDAY)

    assert min(burn.rates[:DAY]) > 3 * max(burn.rates[DAY:])


def test_little_history_leans_on_the_flat_rate():
    """One evening that sold well makes no rule for that evening."""
    quiet = each_hour(hours=2 * DAY, total=1_000)
    evening = [
        replace(each, total=25_000) if each.hours_ago == 5 else each for each in quiet
    ]

    burn = read_burn(evening, now=MONDAY)

    flat = sum(each.total for each in evening) / len(evening)
    assert flat == 1_500
    assert max(burn.rates) < 15_000
    assert burn.rates[3 * DAY] == pytest.approx(flat, rel=0.5)


def test_newer_weeks_count_for_more():
    growing = [
        Spent(ago, 1, 20_000 if ago <= WEEK else 10_000) for ago in range(1, HOURS + 1)
    ]

    burn = read_burn(growing, now=MONDAY)

    # Of weights 1, 0.8, 0.64 and 0.512; the plain mean would be 12,500.
    assert burn.rates[1] == pytest.approx(10_000 * (1 + 1 / 2.952), rel=1e-3)


def test_what_is_older_than_four_weeks_is_forgotten():
    old = [Spent(ago, 1, 90_000) for ago in range(HOURS, HOURS + 500)]

    assert read_burn([*each_hour(hours=HOURS - 1), *old], now=MONDAY) == read_burn(
        each_hour(hours=HOURS - 1), now=MONDAY
    )


# --- A trial on generated sales -------------------------------------------------------

RUNS = 100
ALERT_HOURS = 4
IN_TIME = 2  # hours in which a seller can send money
TOO_EARLY = 16  # hours
BY_HOUR = [
    *(0.5, 0.3, 0.2, 0.15, 0.15, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.2),
    *(1.4, 1.2, 1.0, 1.0, 1.2, 1.5, 2.0, 2.4, 2.4, 2.1, 1.6, 1.0),
]
BY_DAY = [0.8, 0.8, 0.85, 0.9, 1.2, 1.6, 1.5]
COSTS = [5_000] * 6 + [12_000] * 8 + [27_000] * 6 + [55_000] * 4 + [110_000] * 2
COSTS.append(275_000)
BEGIN = datetime(2026, 1, 5, tzinfo=JAKARTA)


@dataclass(frozen=True)
class Outcome:
    """When a deposit was announced to run dry before it did, and what was said then."""

    lead: float  # hours
    told: float  # hours

    @property
    def lasted(self):
        return self.lead >= self.told


def sales(rng, *, begin, hours):
    """Purchases as (hours since the beginning, cost): busier days vary by a fifth."""
    per_hour = rng.choice([4, 8])
    found, mood = [], 1.0
    for hour in range(hours):
        at = begin + timedelta(hours=hour)
        if hour % DAY == 0:
            mood = rng.lognormvariate(0, 0.2)
        rate = per_hour * BY_HOUR[at.hour] * BY_DAY[at.weekday()] * mood
        moment = rng.expovariate(rate)
        while moment < 1:
            found.append((hour + moment, rng.choice(COSTS)))
            moment += rng.expovariate(rate)
    return found


class Store:
    """Four weeks of sales, and then a deposit that runs dry."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.begin = BEGIN + timedelta(hours=rng.randrange(WEEK))
        sold = sales(rng, begin=self.begin, hours=HOURS + 4 * DAY)
        self.per_hour = {}
        for at, cost in sold:
            count, total = self.per_hour.get(int(at), (0, 0))
            self.per_hour[int(at)] = count + 1, total + cost
        self.moments = [at for at, _cost in sold if at >= HOURS]
        self.spent = [0, *accumulate(cost for at, cost in sold if at >= HOURS)]
        self.deposit = self.spent_by(HOURS + rng.uniform(8, 48))
        # The first purchase that it does not pay for.
        self.empty_at = self.moments[bisect(self.spent, self.deposit) - 1]
        self.burns = {}

    def spent_by(self, moment):
        return self.spent[bisect(self.moments, moment)]

    def burn_at(self, hour, *, is_flat):
        """What is known at the beginning of this hour; flat if the shape is ignored."""
        if hour not in self.burns:
            recent = [ago for ago in range(1, HOURS) if hour - ago in self.per_hour]
            self.burns[hour] = read_burn(
                [Spent(ago, *self.per_hour[hour - ago]) for ago in recent],
                now=self.begin + timedelta(hours=hour),
            )
        burn = self.burns[hour]
        if is_flat:
            return replace(burn, rates=(math.fsum(burn.rates) / WEEK,) * WEEK)
        return burn

    def alert(self, *, is_flat):
        """Looked at every half an hour, until it is said to run dry or does."""
        moment = float(HOURS)
        while moment < self.empty_at:
            found = forecast(
                self.burn_at(int(moment), is_flat=is_flat),
                uncommitted=self.deposit - self.spent_by(moment),
                now=self.begin + timedelta(hours=moment),
            )
            if found.hours_left is not None and found.hours_left < ALERT_HOURS:
                return Outcome(self.empty_at - moment, found.hours_left)
            moment += 0.5
        return Outcome(0.0, 0.0)


def test_the_alert_comes_before_the_deposit_is_empty_at_the_stated_confidence():
    stores = [Store(seed) for seed in range(RUNS)]
    shaped = [store.alert(is_flat=False) for store in stores]
    flat = [store.alert(is_flat=True) for store in stores]

    for name, runs in (("by the hour of the week", shaped), ("flat", flat)):
        leads = sorted(run.lead for run in runs)
        print(
            f"{name}: {sum(run.lead > 0 for run in runs)} before it was empty,"
            f" {sum(run.lead >= IN_TIME for run in runs)} at least {IN_TIME} h before,"
            f" {sum(run.lasted for run in runs)} lasted as told;"
            f" lead 5 % {leads[5]:.1f} h, median {leads[50]:.1f} h,"
            f" 95 % {leads[94]:.1f} h"
        )
    assert sum(run.lead > 0 for run in shaped) == RUNS
    assert sum(run.lead >= IN_TIME for run in shaped) >= 95
    assert sum(run.lead <= TOO_EARLY for run in shaped) >= 95
    # Of a hundred runs, chance alone moves this number by three.
    assert sum(run.lasted for run in shaped) >= 100 * CONFIDENCE - 5
    assert sum(run.lasted for run in flat) < sum(run.lasted for run in shaped)
    assert sum(run.lead >= IN_TIME for run in flat) < sum(
        run.lead >= IN_TIME for run in shaped
    )
