"""What a seller reads about the health of the store."""

from datetime import timedelta

import pytest

from ppob.kit.invariants import all_invariants
from tenants.models import ProofRun
from tenants.services import health
from tests.conftest import NOON
from tests.dashboard.conftest import text_of

PAGE = "/toko/arcadia/kesehatan/"
OVERVIEW = "/toko/arcadia/"


@pytest.fixture
def at(monkeypatch):
    """Look at the pages so many minutes after the proof."""

    def move(minutes):
        then = NOON + timedelta(minutes=minutes)
        monkeypatch.setattr("ppob.kit.clock.now", lambda: then)

    return move


def proved(*, left_out=(), **wrong):
    """The rules were asked; these were wrong, and for some there was no time."""
    ProofRun.objects.create(
        at=NOON, is_whole=True, marks={}, whole=[], left_out=list(left_out)
    )
    health.record_proof(wrong, now=NOON, asked=set(wrong))


def test_a_new_store_is_not_called_healthy(browser, guild, at):
    at(0)

    assert "In order" not in text_of(browser.get(PAGE))
    assert browser.get(OVERVIEW).status_code == 200


def test_zero_differences_are_shown_with_their_time(browser, guild, at):
    proved()
    at(1)

    page, overview = browser.get(PAGE), browser.get(OVERVIEW)

    assert page.content.decode().count("tick-good") == len(all_invariants())
    assert "12:00" in text_of(page)
    assert PAGE in overview.content.decode()
    assert "badge-good" in overview.content.decode()


def test_a_wrong_rule_comes_first_with_its_number(browser, guild, at):
    proved(total_equals_lines=3)
    at(1)

    page = browser.get(PAGE).content.decode()

    assert page.count("tick-bad") == 1
    assert page.index("tick-bad") < page.index("tick-good")
    assert "note-bad" in page
    assert "note-good" not in page
    assert "badge-bad" in browser.get(OVERVIEW).content.decode()


def test_an_old_proof_is_not_shown_as_good(browser, guild, at):
    proved()
    at(16)

    page = browser.get(PAGE).content.decode()

    assert "note-warn" in page
    assert "note-good" not in page
    assert "badge-warn" in browser.get(OVERVIEW).content.decode()


def test_a_rule_for_which_there_was_no_time_gets_no_tick(browser, guild, at):
    proved(left_out=["total_equals_lines"])
    at(1)

    page = browser.get(PAGE).content.decode()

    assert page.count("tick-good") == len(all_invariants()) - 1
