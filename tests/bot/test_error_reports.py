"""The code that a buyer reads when something fails leads the seller to what it was."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError

from bot.models import ErrorReport
from bot.presenters.failures import doing_words
from bot.selectors import find_error
from bot.services import error_reports
from bot.tasks import delete_errors
from bot.ui.clicks import CLICKS, FORMS
from bot.ui.errors import failure_words
from inventory.models import StockItem
from inventory.services import stock
from ppob.kit import clock
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from tests.bot.test_in_discord import store, town
from tests.bot.town import find
from tests.conftest import NOON
from tests.factories import ErrorReportFactory
from tests.isolation.chat import verb_of

__all__ = ["store", "town"]

CODE = re.compile(r"`(\w{3}-\w{3})`")


class Broken(RuntimeError):
    """A failure that names a secret."""


def fail(*_args, **_kwargs):
    raise Broken("GIFT-CODE-1")


def press(town, store):
    """Press Buy on the product's card; all that is answered."""
    panel = town.panel()
    button = find(panel, f":{store.product.pk}", "v1:buy:")
    return town.ayu.click(panel, button)["message"]["content"]


def test_a_failed_press_is_kept_under_the_code_that_was_told(town, store, monkeypatch):
    monkeypatch.setattr(stock, "hold_items", fail)

    told = press(town, store)

    report = ErrorReport.objects.get()
    assert CODE.findall(told) == [report.code]
    assert report.doing == f"v1:buy:{store.panel.pk}:{store.product.pk}"
    assert (report.error, report.discord_id) == ("Broken", town.ayu.user_id)
    assert "GIFT-CODE" not in str(vars(report))


def test_an_expected_refusal_is_no_failure(town, store):
    town.panel()
    StockItem.objects.update(status="void")

    told = press(town, store)

    assert CODE.findall(told) == []
    assert not ErrorReport.objects.exists()


def test_a_code_that_could_not_be_kept_is_not_told(town, store, monkeypatch):
    monkeypatch.setattr(stock, "hold_items", fail)

    def away(**_fields):
        raise OperationalError("the database is away")

    monkeypatch.setattr(error_reports, "keep", away)

    told = press(town, store)

    assert CODE.findall(told) == []
    assert "seller" not in told
    assert "penjual" not in told
    assert not ErrorReport.objects.exists()


@pytest.mark.parametrize("typed", ["K7F-3QX", "k7f3qx", " K7F 3QX ", "`K7F-3QX`"])
def test_a_code_is_found_however_it_is_typed(in_arcadia, typed):
    report = ErrorReportFactory(code="K7F-3QX")
    ErrorReportFactory(code="K7F-3QY")

    assert find_error(typed) == report


def test_another_stores_code_is_nothing_here(in_arcadia, borealis):
    with tenant_scope(borealis.pk):
        ErrorReportFactory(code="K7F-3QX")

    assert find_error("K7F-3QX") is None


def test_reports_are_forgotten_after_thirty_days(in_arcadia, borealis, monkeypatch):
    ErrorReportFactory(at=NOON)
    young = ErrorReportFactory(at=NOON + timedelta(microseconds=1))
    with tenant_scope(borealis.pk):
        ErrorReportFactory(at=NOON)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=30))

    delete_errors()

    assert list(ErrorReport.objects.all()) == [young]
    with tenant_scope(borealis.pk):
        assert not ErrorReport.objects.exists()


def test_without_anybody_who_could_look_it_up_no_code_is_told():
    with speaking("en"):
        assert "K7F-3QX" not in failure_words("K7F-3QX", is_kept=False)
        assert "tell the seller this code: `K7F-3QX`" in (
            failure_words("K7F-3QX", is_kept=True)
        )


def test_every_button_form_and_command_has_words():
    verbs = {verb_of(each.__discord_ui_compiled_template__.pattern) for each in CLICKS}
    verbs |= {verb_of(template) for template, _handler in FORMS}
    verbs |= {"price", "history", "saldo", "deposit"}

    with speaking("en"):
        unnamed = {
            verb
            for verb in verbs
            if str(doing_words(f"v1:{verb}:1")).startswith("Pressing")
            or str(doing_words(verb)).startswith("Pressing")
        }

    assert unnamed == set()
