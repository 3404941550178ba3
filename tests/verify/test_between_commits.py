"""A proof may be taken at any moment: every single commit leaves all rules true."""

import pytest

from ppob.kit import failpoints
from tests.payments.invariants import violations


@pytest.fixture
def broken_after(db, superuser):
    """The names of the commits after which a rule did not hold, with the rules."""
    found = []

    def look(name):
        if name.endswith(":after_commit"):
            looked.append(name)
            if broken := violations(superuser):
                found.append((name, broken))

    looked: list[str] = []
    failpoints.install(look)
    yield found
    failpoints.install(None)
    assert len(set(looked)) > 15


def test_every_commit_of_a_busy_store_leaves_all_rules_true(broken_after, busy_store):
    assert broken_after == []
