"""Sessions end by themselves: unused, or too old; and being used is cheap to note."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ppob.kit import clock
from security.models import Session
from security.session_store import SEEN_EVERY, SessionStore
from security.states import SessionKind
from security.tasks import forget_ended
from tests.factories import make_member, make_user
from tests.signed_in import sign_in_staff

STORES = "/toko/"


def age(client: Client, **times: timedelta) -> None:
    """Move the times of this browser's session into the past."""
    now = clock.now()
    row = Session.objects.filter(session_key=client.session.session_key)
    row.update(**{name: now - length for name, length in times.items()})


def length(kind: str, name: str) -> timedelta:
    return timedelta(seconds=settings.SESSION_LENGTHS[kind][name])


@pytest.fixture
def seller(in_arcadia) -> Client:
    client = Client()
    client.force_login(make_member().user)
    return client


@pytest.fixture
def staff(db) -> Client:
    client = Client()
    sign_in_staff(client, make_user("staff", is_staff=True, is_superuser=True))
    return client


def test_a_session_says_whose_it_is(seller, staff):
    rows = Session.objects.order_by("pk")

    assert [(row.kind, row.user.username) for row in rows] == [
        ("seller", rows[0].user.username),
        ("staff", "staff"),
    ]
    assert all(row.signed_in_at is not None for row in rows)


def test_the_defaults_are_short_for_staff_and_long_for_sellers():
    assert length("staff", "idle") == timedelta(minutes=30)
    assert length("staff", "longest") == timedelta(hours=12)
    assert length("seller", "idle") == timedelta(days=14)
    assert length("seller", "longest") == timedelta(days=30)


@pytest.mark.parametrize("column", ["seen_at", "signed_in_at"])
def test_a_sellers_session_ends(seller, column):
    name = "idle" if column == "seen_at" else "longest"
    assert seller.get(STORES).status_code == 200
    age(seller, **{column: length("seller", name) - timedelta(minutes=1)})
    assert seller.get(STORES).status_code == 200

    age(seller, **{column: length("seller", name)})

    assert seller.get(STORES).url == "/?next=/toko/"


@pytest.mark.parametrize("column", ["seen_at", "signed_in_at"])
def test_a_staff_session_ends_much_earlier(staff, column):
    name = "idle" if column == "seen_at" else "longest"
    assert staff.get("/admin/").status_code == 200

    age(staff, **{column: length("staff", name)})

    assert staff.get("/admin/").url == "/admin/login/?next=/admin/"


def test_using_it_does_not_stretch_the_longest(seller):
    for _day in range(3):
        seller.get(STORES)
        age(seller, seen_at=timedelta(days=1))
    age(seller, signed_in_at=length("seller", "longest"))

    assert seller.get(STORES).status_code == 302


def test_shorter_lengths_count_at_once(seller, settings):
    age(seller, seen_at=timedelta(hours=2))
    shorter = {"idle": 3600, "longest": 7200}
    settings.SESSION_LENGTHS = {**settings.SESSION_LENGTHS, "seller": shorter}

    assert seller.get(STORES).status_code == 302


def test_the_api_sees_nobody_either(seller):
    address = "/api/v1/products"
    assert seller.get(address, headers={"X-Store": "arcadia"}).status_code == 200

    age(seller, seen_at=length("seller", "idle"))

    assert seller.get(address, headers={"X-Store": "arcadia"}).status_code in (401, 403)


def test_an_ended_session_is_deleted_by_the_sweeper_and_no_other(seller, staff):
    age(staff, expire_date=timedelta(seconds=1))

    forget_ended()

    assert Session.objects.get().kind == SessionKind.SELLER


# --- Noting that it is used -----------------------------------------------------------


def seen_writes(client: Client, path: str = STORES, **extra: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(path, **extra)
    return sum(sql["sql"].startswith('UPDATE "security_session"') for sql in queries)


def test_a_fresh_session_is_not_written(seller):
    assert seen_writes(seller) == 0


def test_it_is_noted_once_a_minute(seller):
    age(seller, seen_at=SEEN_EVERY)

    assert [seen_writes(seller), seen_writes(seller)] == [1, 0]
    row = Session.objects.get()
    assert clock.now() - row.seen_at < timedelta(seconds=30)
    assert row.expire_date == row.seen_at + length("seller", "idle")


def test_a_page_that_refreshes_itself_is_nobody_at_work(seller):
    age(seller, seen_at=SEEN_EVERY)

    assert seen_writes(seller, HTTP_HX_REQUEST="true") == 0
    assert seen_writes(seller) == 1


def test_noting_it_keeps_what_another_request_has_just_stored(seller):
    """The session as a whole would put the old value back."""
    age(seller, seen_at=SEEN_EVERY)
    early = SessionStore(seller.session.session_key)
    early.get("anything")  # loaded before the other request writes
    other = SessionStore(seller.session.session_key)
    other["invitation"] = "kept"
    other.save()

    early.touch(now=clock.now() + SEEN_EVERY * 2)

    assert SessionStore(seller.session.session_key)["invitation"] == "kept"


def test_what_was_ended_meanwhile_does_not_come_back(seller):
    early = SessionStore(seller.session.session_key)
    early["x"] = 1
    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        early.save()

    assert not Session.objects.exists()


def test_a_visitors_session_is_nobodys(db):
    client = Client()
    client.post("/accounts/discord/login/", {})

    row = Session.objects.get()
    assert (row.kind, row.user, row.signed_in_at) == ("visitor", None, None)
