"""A buyer whom no message reaches: known once, told by a person, or read on the web."""

from datetime import timedelta

import pytest
from django.db import transaction

from payments.events import BuyerUnreached
from payments.models import UnreachedBuyer
from payments.selectors import unreached_buyers
from payments.services.orders import delivery, unreached
from payments.services.orders.unreached import KnownAlready
from payments.states import BuyerNews, UnreachedStatus
from ppob.kit.errors import InvalidInput, NotAllowed
from security.models import AuditEntry
from tenants.states import Role
from tests import hearing
from tests.conftest import NOON
from tests.factories import make_member, make_order, make_product

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def told():
    """What the app above hears."""
    with hearing.heard(BuyerUnreached, read=lambda event: event.unreached.pk) as pks:
        yield pks


def report(order, news=BuyerNews.ORDER_READY, *, now=NOON, about_order=True):
    with transaction.atomic():
        return unreached.report(
            order.customer, order=order if about_order else None, news=news, now=now
        )


def test_the_store_is_told_once_and_later_news_is_counted(delivered, told):
    report(delivered)
    report(delivered, BuyerNews.REFUND_DONE, now=LATER)

    [row] = UnreachedBuyer.objects.all()
    assert (row.news, row.count, row.status) == ("order_ready", 2, "open")
    assert (row.opened_at, row.due_at) == (NOON, NOON + timedelta(days=1))
    assert told == [row.pk]


def test_news_about_no_order_has_a_row_of_its_own(delivered):
    report(delivered)
    report(delivered, BuyerNews.MONEY_CREDITED, about_order=False)
    report(delivered, BuyerNews.MONEY_RETURNED, about_order=False)

    rows = UnreachedBuyer.objects.order_by("pk").values_list("order", "news", "count")
    assert list(rows) == [
        (delivered.pk, "order_ready", 1),
        (None, "money_credited", 2),
    ]


def test_a_buyer_who_opens_the_codes_knows(delivered):
    other = make_order(make_product(codes=1), customer=delivered.customer)
    found, bystander = report(delivered), report(other)

    delivery.reveal_codes(customer=delivered.customer, order_id=delivered.pk, now=LATER)

    found.refresh_from_db()
    bystander.refresh_from_db()
    assert (found.status, found.closed_at) == (UnreachedStatus.READ, LATER)
    assert found.closed_by == delivered.customer.actor
    assert bystander.status == UnreachedStatus.OPEN
    assert unreached_buyers() == [bystander]


def test_staff_write_down_how_they_told_the_buyer(seller, delivered):
    found = report(delivered)

    unreached.note_told(actor=seller, unreached=found, note="  by WhatsApp ", now=LATER)

    found.refresh_from_db()
    assert (found.status, found.note) == (UnreachedStatus.TOLD, "by WhatsApp")
    assert (found.closed_by, found.closed_at) == (seller.name, LATER)
    entry = AuditEntry.objects.get(action="buyer.told")
    assert entry.data["note"] == "by WhatsApp"


def test_what_is_known_is_not_told_again(seller, delivered):
    found = report(delivered)
    unreached.note_told(actor=seller, unreached=found, note="called", now=NOON)

    with pytest.raises(KnownAlready):
        unreached.note_told(actor=seller, unreached=found, note="again", now=LATER)

    found.refresh_from_db()
    assert (found.note, found.closed_at) == ("called", NOON)
    assert AuditEntry.objects.filter(action="buyer.told").count() == 1


def test_news_after_that_is_told_anew(seller, delivered, told):
    first = report(delivered)
    unreached.note_told(actor=seller, unreached=first, note="called", now=NOON)

    second = report(delivered, BuyerNews.REFUND_DONE, now=LATER)

    assert second.pk != first.pk
    assert told == [first.pk, second.pk]


@pytest.mark.parametrize("note", ["", "  ", "ok", "x" * 201])
def test_a_note_says_how(seller, delivered, note):
    found = report(delivered)

    with pytest.raises(InvalidInput):
        unreached.note_told(actor=seller, unreached=found, note=note, now=LATER)

    found.refresh_from_db()
    assert found.status == UnreachedStatus.OPEN


def test_a_viewer_only_looks(seller, delivered):
    found = report(delivered)

    with pytest.raises(NotAllowed):
        unreached.note_told(
            actor=make_member(role=Role.VIEWER),
            unreached=found,
            note="called",
            now=LATER,
        )

    found.refresh_from_db()
    assert found.status == UnreachedStatus.OPEN


def test_news_that_meets_the_note_of_who_told_them_is_told_anew(
    seller, delivered, told
):
    """The row is closed between the moment it is read and the moment it is counted."""
    first = report(delivered)
    count_one_more = unreached._count_one_more

    def close_before(found):
        if found.pk == first.pk:
            unreached.note_told(actor=seller, unreached=found, note="called", now=NOON)
        return count_one_more(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unreached, "_count_one_more", close_before)
        second = report(delivered, BuyerNews.REFUND_DONE, now=LATER)

    first.refresh_from_db()
    assert (first.status, first.count) == (UnreachedStatus.TOLD, 1)
    assert (second.status, second.count) == (UnreachedStatus.OPEN, 1)
    assert told == [first.pk, second.pk]
