"""How long a deposit lasts, from what went out of it in the last weeks; pure.

What is spent has the shape of a week: evenings and week-ends take several times what a
night takes. So the rate is one of the hour of the week; with little history it leans on
the same hour of other days and on its day, and these on the flat rate. What is promised
is the cautious side: the deposit lasts at least that long at the stated confidence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import NormalDist

DAY, WEEK = 24, 7 * 24  # hours
WEEKS = 4
HOURS = WEEKS * WEEK
FADING = 0.8  # what a week counts for, compared with the one after it
ENOUGH = 20  # purchases; fewer say nothing of the next ones, nor does half a day
CONFIDENCE = 0.9
HELD_BY = 3.0  # hours seen, until a rate of its own counts as much as its surroundings
FARTHEST = 14 * DAY  # hours; what lasts longer needs no forecast
STEP = 50_000  # rupiah; what is to be added is named in such steps

_AWAY = NormalDist().inv_cdf(CONFIDENCE)  # standard deviations


@dataclass(frozen=True)
class Spent:
    """What went out within one hour of the clock; `hours_ago` 0 is the running one."""

    hours_ago: int
    count: int
    total: int  # rupiah


@dataclass(frozen=True)
class Forecast:
    """How long a deposit lasts at least, and what has to be added.

    `hours_left` is None where it lasts longer than two weeks. `to_add` (rupiah, in
    steps of Rp 50.000) is what is missing for the time that was asked for.
    """

    hours_left: float | None
    to_add: int

    @property
    def minutes_left(self) -> int | None:
        """The same in whole minutes, rounded down."""
        return None if self.hours_left is None else int(self.hours_left * 60)


@dataclass(frozen=True)
class Burn:
    """What an hour takes, by the hour of the week (0 is Monday, 0:00), in rupiah.

    `scatter` is how much sums vary by chance: their variance is that times the sum.
    `drift` is by what part whole days are busier or quieter than their rates say.
    """

    rates: tuple[float, ...]
    scatter: float
    drift: float

    def at_most(self, mean: float) -> float:
        """The most that is spent, at our confidence, where `mean` is expected."""
        return mean + _AWAY * math.sqrt(self.scatter * mean + (self.drift * mean) ** 2)


def read_burn(spent: Sequence[Spent], *, now: datetime) -> Burn | None:
    """The rates that the last four weeks show; None where too little is known.

    `now` is in the zone whose clock the hours are of, some whole hours ahead of UTC.
    """
    recent = [each for each in spent if 0 <= each.hours_ago < HOURS]
    known = max((each.hours_ago for each in recent), default=0)
    if sum(each.count for each in recent) < ENOUGH or known < DAY:
        return None
    seen = _Seen.of(recent, known=known, now=now)
    rates = seen.rates()
    means = [rates[slot] for slot in seen.slots]
    scatter = seen.scatter(means)
    return Burn(rates, scatter, seen.drift(means, scatter))


def forecast(
    burn: Burn, *, uncommitted: int, now: datetime, last: int = DAY
) -> Forecast:
    """How long `uncommitted` rupiah last, and what is missing so that they last.

    `last` is for how many hours they should, two weeks at most; `now` as for
    `read_burn`.
    """
    marks = _spent_by_hour(burn, uncommitted=uncommitted, now=now, last=last)
    needed = next(spent for hours, spent in marks if hours >= last)
    missing = max(needed - uncommitted, 0)
    return Forecast(
        hours_left=_empty_after(marks, uncommitted),
        to_add=math.ceil(missing / STEP) * STEP,
    )


def _spent_by_hour(
    burn: Burn, *, uncommitted: int, now: datetime, last: int
) -> list[tuple[float, float]]:
    """Hours from now, the first a part of one, and what is spent at most by then.

    As far as is asked for, and until nothing is left.
    """
    left_of_hour = 1 - (now.minute * 60 + now.second) / 3600
    mean = burn.rates[_slot(now, 0)] * left_of_hour
    marks = [(0.0, 0.0), (left_of_hour, burn.at_most(mean))]
    for hours in range(1, FARTHEST + 1):
        if hours > last and marks[-1][1] >= uncommitted:
            break
        mean += burn.rates[_slot(now, hours)]
        marks.append((left_of_hour + hours, burn.at_most(mean)))
    return marks


def _empty_after(marks: list[tuple[float, float]], uncommitted: int) -> float | None:
    if uncommitted <= 0:
        return 0.0
    for (begins, before), (ends, after) in pairwise(marks):
        if after >= uncommitted:
            part = (uncommitted - before) / (after - before)
            return begins + part * (ends - begins)
    return None


def _slot(now: datetime, hours: int) -> int:
    """The hour of the week that many hours from the running one."""
    return (now.weekday() * DAY + now.hour + hours) % WEEK


@dataclass(frozen=True)
class _Seen:
    """The last hours that are over, the newest first, and what each counts for."""

    totals: list[float]
    slots: list[int]
    weights: list[float]

    @classmethod
    def of(cls, spent: Sequence[Spent], *, known: int, now: datetime) -> "_Seen":
        # Before the first purchase nothing is known, and the running hour is not over.
        totals = [0.0] * known
        for each in spent:
            if each.hours_ago:
                totals[each.hours_ago - 1] += each.total
        hours = range(1, known + 1)
        return cls(
            totals,
            [_slot(now, -ago) for ago in hours],
            [FADING ** ((ago - 1) // WEEK) for ago in hours],
        )

    def rates(self) -> tuple[float, ...]:
        """Each hour's own rate, held by its hour's and its day's, these by the flat."""
        flat = self._sum(self.totals) / sum(self.weights)
        if not flat:
            return (0.0,) * WEEK
        of_hour = self._held([slot % DAY for slot in self.slots], [flat] * DAY)
        of_day = self._held([slot // DAY for slot in self.slots], [flat] * 7)
        around = [
            of_hour[slot % DAY] * of_day[slot // DAY] / flat for slot in range(WEEK)
        ]
        return tuple(self._held(self.slots, around))

    def _held(self, groups: list[int], around: list[float]) -> list[float]:
        """The mean of each group, pulled to what is around it the less was seen."""
        sums, counts = [0.0] * len(around), [0.0] * len(around)
        for group, total, weight in zip(groups, self.totals, self.weights, strict=True):
            sums[group] += weight * total
            counts[group] += weight
        return [
            (total + HELD_BY * rate) / (count + HELD_BY)
            for total, count, rate in zip(sums, counts, around, strict=True)
        ]

    def scatter(self, means: list[float]) -> float:
        """How far hours are from their rates, squared, for each rupiah of these."""
        expected = self._sum(means)
        away = [(x - mean) ** 2 for x, mean in zip(self.totals, means, strict=True)]
        return self._sum(away) / expected if expected else 0.0

    def drift(self, means: list[float], scatter: float) -> float:
        """What days vary beyond chance, as a part of what they should have taken."""
        more = expected = 0.0
        for begin in range(0, len(means) - DAY + 1, DAY):
            day = slice(begin, begin + DAY)
            mean, weight = sum(means[day]), self.weights[begin]
            off = (sum(self.totals[day]) - mean) ** 2 - scatter * mean
            more += weight * off
            expected += weight * mean**2
        return math.sqrt(max(more / expected, 0.0)) if expected else 0.0

    def _sum(self, values: list[float]) -> float:
        return sum(
            weight * value for weight, value in zip(self.weights, values, strict=True)
        )
