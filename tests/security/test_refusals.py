"""Refused news is written down once an hour, however often it comes."""

from datetime import timedelta

import pytest

from ppob.kit.db import OutsideTransaction, unit_of_work
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry, TryCount
from security.services import guessing, refusals
from tests.conftest import NOON
from tests.payments.racing import at_once

HOUR = timedelta(hours=1)


def refuse(*, object="method:1", code="BAD_SIGNATURE", now=NOON) -> bool:
    with unit_of_work("test.refuse"):
        return refusals.note(actor="gateway:tripay", object=object, code=code, now=now)


def written() -> list[dict]:
    entries = AuditEntry.objects.filter(action="callback.refused").order_by("pk")
    return list(entries.values_list("data", flat=True))


def test_many_in_an_hour_are_one_entry_and_the_next_hour_tells_of_them(in_arcadia):
    assert [refuse(now=NOON + timedelta(seconds=n)) for n in range(150)] == [
        True,
        *[False] * 149,
    ]
    assert written() == [{"code": "BAD_SIGNATURE"}]

    refuse(now=NOON + HOUR)
    refuse(now=NOON + 2 * HOUR)

    assert written()[1:] == [
        {"code": "BAD_SIGNATURE", "more_the_hour_before": 149},
        {"code": "BAD_SIGNATURE"},
    ]


def test_each_source_and_reason_has_an_entry_of_its_own(arcadia, borealis):
    with tenant_scope(arcadia.pk):
        assert refuse()
        assert refuse(object="method:2")
        assert refuse(code="ODD")
        assert not refuse()
    with tenant_scope(borealis.pk):
        assert refuse()


def test_at_the_same_moment_one_entry_is_written(in_arcadia):
    assert sum(at_once([refuse] * 8)) == 1
    assert len(written()) == 1


def test_it_belongs_to_the_transaction_that_refuses(in_arcadia):
    with pytest.raises(OutsideTransaction):
        refusals.note(actor="gateway:tripay", object="m", code="X", now=NOON)


def test_counts_are_not_kept_for_ever(in_arcadia):
    refuse()

    assert guessing.forget_ended(now=NOON + refusals.KEPT + HOUR) == 1
    assert not TryCount.objects.exists()
