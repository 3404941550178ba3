"""Every entry about an account's doors has words for its owner."""

from security.dashboard.door_words import ALARMING, WORDS
from tests.architecture.sources import calls, constant, product


def recorded() -> set[str]:
    return {
        str(constant(call.args[0]))
        for source in product()
        for call, name in calls(source)
        if name.endswith("doors.record")
    }


def test_every_entry_has_words_and_no_words_are_left_over():
    assert recorded() == set(WORDS)
    assert set(WORDS) >= ALARMING
    assert len(WORDS) > 10
