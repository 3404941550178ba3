"""A valid call to every service that acts for somebody, and who may make it.

A service that is not here fails the test: say in `goods` or `money` who may call it,
and how. What each call needs is made anew, in the store's scope, for a person who did
nothing before.
"""

from tests.rights import goods, money
from tests.rights.registry import CALLS, READING, Entry

__all__ = ["CALLS", "READING", "Entry", "goods", "money"]
