"""Guessing staff passwords: few tries, few hashes, and nobody else is locked out."""

import threading
from collections import Counter
from datetime import timedelta
from typing import ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from ppob.kit import cache as kit_cache
from ppob.kit import clock
from security.models import AuditEntry, TryCount
from security.services import guessing, hashing
from security.services.guessing import ACCOUNT, ADDRESS, PAIR, TooManyTries
from tests.conftest import NOON
from tests.factories import make_user
from tests.payments.racing import at_once, meeting

RIGHT = "correct horse battery"
LOGIN = "/admin/login/"
STRANGER, OFFICE = "198.51.100.7", "203.0.113.20"


class CountingHasher(MD5PasswordHasher):
    """Says how often passwords were really looked at, and how many at once."""

    looked = 0
    now = 0
    most = 0
    _lock: ClassVar = threading.Lock()
    meet = staticmethod(lambda: None)

    def verify(self, password: str, encoded: str) -> bool:
        with self._lock:
            CountingHasher.looked += 1
            CountingHasher.now += 1
            CountingHasher.most = max(CountingHasher.most, CountingHasher.now)
        self.meet()
        found = super().verify(password, encoded)
        with self._lock:
            CountingHasher.now -= 1
        return found


@pytest.fixture
def hasher(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.looked = CountingHasher.now = CountingHasher.most = 0
    yield CountingHasher
    CountingHasher.meet = staticmethod(lambda: None)


@pytest.fixture
def staff(db, hasher):
    cache.clear()
    user = make_user("staff", is_staff=True, is_superuser=True)
    user.set_password(RIGHT)
    user.save()
    return user


def knock(
    password: str, *, ip: str = STRANGER, username: str = "staff", client=None
) -> HttpResponse:
    return (client or Client()).post(
        LOGIN, {"username": username, "password": password}, REMOTE_ADDR=ip
    )


def actions() -> list[str]:
    rows = AuditEntry.across_tenants.order_by("pk")
    return list(rows.values_list("action", flat=True))


# --- Thirty at once -------------------------------------------------------------------


def test_of_thirty_wrong_passwords_at_once_ten_are_looked_at(staff, hasher, capsys):
    hasher.meet = staticmethod(meeting(3, secs=0.05))

    answers = at_once([lambda: knock("wrong").status_code for _one in range(30)])

    found = Counter(answers)
    with capsys.disabled():
        print(
            f"\n30 wrong passwords at once: {hasher.looked} were looked at,"
            f" {found[429]} refused before, {hasher.most} hashes at once"
        )
    assert found == {200: 10, 429: 20}
    assert hasher.looked == 10
    assert hasher.most <= 2
    assert Counter(actions()) == {"sign_in.failed": 10, "sign_in.blocked": 1}


def test_looking_first_and_counting_afterwards_lets_all_thirty_through(
    staff, hasher, monkeypatch
):
    """The control: what the door did before, at the same moment."""
    meet = meeting(30, secs=5)

    def look_then_count(request, *, username, ip, now):
        if cache.get(f"failures:{ip}", 0) >= 10:
            raise TooManyTries(300, is_first=False)
        meet()
        cache.add(f"failures:{ip}", 0, timeout=300)
        cache.incr(f"failures:{ip}")

    monkeypatch.setattr(guessing, "count_password", look_then_count)

    answers = at_once([lambda: knock("wrong").status_code for _one in range(30)])

    assert Counter(answers) == {200: 30}
    assert hasher.looked == 30


def test_the_eleventh_try_is_not_even_looked_at_when_it_is_right(staff, hasher):
    for _try in range(10):
        assert knock("wrong").status_code == 200

    response = knock(RIGHT)

    assert response.status_code == 429
    assert int(response["Retry-After"]) in range(1, PAIR.secs + 1)
    assert hasher.looked == 10
    assert "sign_in.succeeded" not in actions()


def test_after_the_window_it_goes_on(staff, hasher):
    for _try in range(11):
        knock("wrong")
    TryCount.objects.update(ends_at=clock.now() - timedelta(seconds=1))

    response = knock(RIGHT)

    assert response.url == "/akun/langkah-kedua/"


def test_a_right_password_forgets_the_wrong_ones_of_its_address(staff):
    for _try in range(9):
        knock("wrong")
    knock(RIGHT)
    for _try in range(9):
        assert knock("wrong").status_code == 200


def test_whoever_waits_too_long_for_a_hash_is_told_so(
    staff, hasher, settings, monkeypatch
):
    monkeypatch.setattr(hashing, "LONGEST_WAIT_SECS", 0)
    places = settings.PASSWORD_HASHES_AT_ONCE
    for _place in range(places):
        assert hashing._places.acquire(blocking=False)

    response = knock(RIGHT)
    for _place in range(places):
        hashing._places.release()

    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert hasher.looked == 0
    assert knock(RIGHT).url == "/akun/langkah-kedua/"


# --- Nobody else is locked out --------------------------------------------------------


def test_a_stranger_who_is_stopped_stops_nobody_elsewhere(staff):
    for _try in range(30):
        knock("wrong", ip=STRANGER)

    assert knock(RIGHT, ip=OFFICE).url == "/akun/langkah-kedua/"


def test_behind_the_same_address_others_still_get_in(staff):
    other = make_user("other", is_staff=True)
    other.set_password(RIGHT)
    other.save()
    for _try in range(30):
        knock("wrong", ip=OFFICE)

    assert knock(RIGHT, ip=OFFICE, username="other").url == "/akun/langkah-kedua/"
    assert knock(RIGHT, ip=OFFICE).status_code == 429


def test_the_client_before_the_proxy_is_counted_and_not_the_proxy(staff, settings):
    settings.PROXY_HOPS = 1

    def through_proxy(client: str, password: str) -> HttpResponse:
        return Client().post(
            LOGIN,
            {"username": "staff", "password": password},
            REMOTE_ADDR="10.0.0.1",
            HTTP_X_FORWARDED_FOR=f"203.0.113.66, {client}",
        )

    for _try in range(11):
        blocked = through_proxy(STRANGER, "wrong")

    assert blocked.status_code == 429
    assert through_proxy(OFFICE, RIGHT).url == "/akun/langkah-kedua/"


def test_what_a_client_invents_in_front_does_not_help(staff, settings):
    settings.PROXY_HOPS = 1

    def invent(number: int) -> int:
        return (
            Client()
            .post(
                LOGIN,
                {"username": "staff", "password": "wrong"},
                REMOTE_ADDR="10.0.0.1",
                HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, {STRANGER}",
            )
            .status_code
        )

    assert [invent(number) for number in range(11)] == [200] * 10 + [429]


def count(request, *, ip: str, username: str = "staff", now=NOON) -> bool:
    try:
        guessing.count_password(request, username=username, ip=ip, now=now)
    except TooManyTries:
        return False
    return True


def test_a_household_of_ipv6_addresses_is_one(db):
    request = RequestFactory().get("/")

    tries = [count(request, ip=f"2001:db8:1:2::{number:x}") for number in range(12)]

    assert tries == [True] * PAIR.tries + [False] * 2
    assert count(request, ip="2001:db8:1:3::1")


def test_an_ipv4_address_in_ipv6_clothes_is_the_same():
    assert guessing.address_of("::ffff:203.0.113.9") == "203.0.113.9"


def test_one_address_tries_only_so_many_accounts(db):
    request = RequestFactory().get("/")

    tries = [
        count(request, ip=STRANGER, username=f"staff{number}")
        for number in range(ADDRESS.tries + 1)
    ]

    assert tries == [True] * ADDRESS.tries + [False]
    # The table holds no more rows than were looked at: address, pairs, accounts.
    assert TryCount.objects.count() == 1 + 2 * ADDRESS.tries


def test_many_addresses_together_try_one_account_only_so_often(db):
    request = RequestFactory().get("/")

    tries = [
        count(request, ip=f"10.1.{number // 250}.{number % 250}")
        for number in range(ACCOUNT.tries + 1)
    ]

    assert tries == [True] * ACCOUNT.tries + [False]


def test_what_is_stopped_at_its_address_is_not_counted_against_the_account(db):
    request = RequestFactory().get("/")
    for _try in range(ADDRESS.tries):
        count(request, ip=STRANGER)

    account = guessing._hash(f"account:{guessing._account('staff')}")

    assert TryCount.objects.get(key=account).count == PAIR.tries


def test_a_known_browser_gets_in_while_a_crowd_guesses(db):
    request = RequestFactory().get("/")
    for number in range(ACCOUNT.tries + 50):
        count(request, ip=f"10.1.{number // 250}.{number % 250}")
    known = RequestFactory().get("/")
    known.COOKIES[guessing.DEVICE_COOKIE] = guessing.device_cookie("Staff")

    assert not count(request, ip=OFFICE)
    assert count(known, ip=OFFICE)


def test_a_known_browser_guesses_no_more_than_others(db):
    known = RequestFactory().get("/")
    known.COOKIES[guessing.DEVICE_COOKIE] = guessing.device_cookie("staff")

    tries = [count(known, ip=f"10.1.0.{number}") for number in range(12)]

    assert tries == [True] * PAIR.tries + [False] * 2


@pytest.mark.parametrize("cookie", ["", "x", "WyJzdGFmZiIsICJ4Il0:1:forged"])
def test_a_forged_cookie_makes_no_browser_known(db, cookie):
    request = RequestFactory().get("/")
    request.COOKIES[guessing.DEVICE_COOKIE] = cookie

    assert guessing.known_device(request, username="staff") == ""


def test_a_browser_is_known_for_its_own_account_only(db):
    request = RequestFactory().get("/")
    request.COOKIES[guessing.DEVICE_COOKIE] = guessing.device_cookie("other")

    assert guessing.known_device(request, username="staff") == ""


# --- Redis, names, other people -------------------------------------------------------


def test_without_redis_the_limit_is_the_same(staff, hasher, monkeypatch):
    monkeypatch.setattr(kit_cache, "_away_until", float("inf"))

    statuses = [knock("wrong").status_code for _try in range(11)]

    assert statuses == [200] * 10 + [429]


def test_unknown_names_are_slowed_down_the_same_and_not_written_down(staff, hasher):
    statuses = [
        knock("wrong", username="my-password-by-mistake").status_code
        for _try in range(11)
    ]

    assert statuses == [200] * 10 + [429]
    entries = AuditEntry.across_tenants.all()
    assert {(entry.actor, entry.object) for entry in entries} == {
        ("visitor", "user:unknown")
    }
    assert "my-password" not in str([entry.data for entry in entries])


def test_failures_are_written_down_with_the_account_and_the_address(staff):
    knock("wrong", ip=OFFICE)

    entry = AuditEntry.across_tenants.get()
    assert (entry.action, entry.actor, entry.object, entry.ip, entry.tenant_id) == (
        "sign_in.failed",
        "visitor",
        f"user:{staff.pk}",
        OFFICE,
        None,
    )
    assert entry.data == {}


def test_sellers_get_in_by_no_password(db, hasher):
    seller = make_user("seller")
    seller.set_password(RIGHT)
    seller.save()

    response = knock(RIGHT, username="seller")

    assert response.status_code == 200
    assert "_auth_user_id" not in response.client.session


@pytest.mark.parametrize(
    ("username", "status"), [("st\0aff", 400), ("x" * 151, 200), ("", 200)]
)
def test_odd_names_are_refused_without_an_error(staff, hasher, username, status):
    assert knock("wrong", username=username).status_code == status


def test_ended_windows_are_forgotten(db):
    request = RequestFactory().get("/")
    count(request, ip=STRANGER, now=NOON)
    count(request, ip=OFFICE, username="x", now=NOON + timedelta(hours=1))

    deleted = guessing.forget_ended(now=NOON + timedelta(hours=1))

    assert deleted == 3
    assert TryCount.objects.count() == 3
