"""Unique codes (*kode unik*) that tell bank transfers of equal price apart.

Uniqueness itself is the database's work: the caller tries a code, and on conflict with
its constraint on (account, final amount) the next one.
"""

from random import Random, SystemRandom

MAXIMUM = 999  # rupiah; buyers accept less than a thousand on top


def pick_codes(rng: Random | None = None, *, maximum: int = MAXIMUM) -> list[int]:
    """Every code from 1 to `maximum` rupiah once, in random order."""
    return (rng or SystemRandom()).sample(range(1, maximum + 1), maximum)
