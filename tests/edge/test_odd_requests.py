"""Every address with what nobody sends by accident: refused, and nothing changes.

The addresses come from the resolver (tests/isolation/routes.py), so the next page is
tried as well. Whatever comes in: no crash, no line of an error, no other row.
"""

import json
import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from payments.services.ledger import quotas
from ppob.kit import clock
from ppob.kit.invariants import all_invariants
from ppob.kit.scope import no_tenant_scope
from tests.conftest import NOON
from tests.edge.odd import BODIES, ODD, UNKEPT
from tests.isolation import (
    canary,
    doors,
    price_pages,
    routes,
    stock_pages,
    supplier_pages,
)
from tests.isolation.actions import API
from tests.isolation.calls import Call, plain
from tests.isolation.pages import PAGES
from tests.isolation.routes import ADMIN, CALLBACKS, OPEN, STORE, Route
from tests.isolation.watch import watching
from tests.isolation.world import World, make_world
from tests.signed_in import sign_in_staff

assert all((price_pages, stock_pages, supplier_pages))  # they register their calls

pytestmark = pytest.mark.timeout(600)

# Every name that any page reads from an address.
QUERY = (
    *("sebelum", "sesudah", "cari", "status", "unggah", "orang", "jenis", "objek"),
    *("dari", "sampai", "next", "baru", "state", "code", "store", "cursor", "search"),
    *("page_size", "format", "lang", "script", "q", "p", "o", "e", "tenant_id", "id"),
    *("action_time__gte", "created_at__gte", "app_label", "_changelist_filters"),
)
# One after the other in each field of each form, in each name of each list.
IN_FORMS = ("4,400 digits", "2^63", "a superscript", "NUL")
IN_LISTS = (
    *("4,400 digits", "2^63", "2^63 + 1", "minus one", "Arabic digits"),
    *("a superscript", "a pattern"),
)
# All names together; what is much is tried one by one.
IN_QUERIES = (
    *("2^31", "2^63", "2^64", "minus one", "Arabic digits", "a superscript"),
    *("a float", "not a number", "NUL", "no UTF-8", "half of a pair", "overlong"),
    *("newlines", "quotes", "a pattern", "dots", "braces", "nothing"),
)
# Strangers meet the door first, and the admin's hundred pages are one program.
IN_SHORT = ("2^63", "a superscript", "NUL", "no UTF-8")
URL_ENCODED = "application/x-www-form-urlencoded"


@dataclass
class Browser:
    """Sends one request and fails the test if the product breaks on it."""

    world: World
    log: pytest.LogCaptureFixture

    def __post_init__(self) -> None:
        self._clients: dict[str, Client] = {}
        for who in ("nobody", "owner", "staff"):
            client = Client(raise_request_exception=False)
            if who == "owner":
                client.force_login(self.world.ours.owner.user)
            elif who == "staff":
                sign_in_staff(client, self.world.superuser)
            self._clients[who] = client

    def send(
        self, who: str, method: str, path: str, query: str = "", **more: Any
    ) -> int:
        self.log.clear()
        slug = self.world.ours.tenant.slug
        with no_tenant_scope():
            answer = self._clients[who].generic(
                method,
                path,
                QUERY_STRING=query,
                headers={"X-Store": slug, **more.pop("headers", {})},
                **more,
            )
            if answer.streaming:
                b"".join(answer.streaming_content)
        errors = [
            record for record in self.log.records if record.levelno >= logging.ERROR
        ]
        where = f"{method} {path[:200]}?{query[:200]} by {who}"
        assert (answer.status_code < 500, errors) == (True, []), where
        return int(answer.status_code)


@pytest.fixture
def world(db, superuser, settings, tmp_path, monkeypatch) -> World:
    settings.MEDIA_ROOT = tmp_path
    all_invariants()  # they name the quotas as they are
    for name in ("MOST_OPEN_ORDERS", "MOST_UNPAID_PIECES", "MOST_AMOUNTS"):
        monkeypatch.setattr(quotas, name, 100_000)
    monkeypatch.setattr(clock, "now", lambda: NOON)
    cache.clear()
    return make_world(superuser)


@pytest.fixture
def browser(world, caplog) -> Iterator[Browser]:
    caplog.set_level(logging.ERROR)
    with watching(world):
        yield Browser(world, caplog)


@pytest.fixture
def prints(superuser) -> canary.Fingerprints:
    return canary.Fingerprints(superuser)


def tries(route: Route, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Who comes with what."""
    is_staffs = route.kind == ADMIN
    yield from (("nobody", what) for what in IN_SHORT)
    who = "staff" if is_staffs else "owner"
    yield from ((who, what) for what in (IN_SHORT if is_staffs else values))


def calls_of(route: Route, world: World) -> list[Call]:
    """Valid calls, from the registries of the isolation matrix."""
    if route.kind == ADMIN:
        return [Call(kwargs=doors.admin_kwargs(route, world.ours))]
    if route.kind == OPEN:
        return [door.call for door in doors.OPEN[route.name]]
    if route.kind == CALLBACKS:
        gateway, supplier = world.ours.gateway, world.ours.supplier
        return [
            Call(
                "POST",
                kwargs={
                    "gateway": "tripay",
                    "method_id": gateway.public_id,
                    "kind": "digiflazz",
                    "account_id": supplier.public_id,
                },
            )
        ]
    builder = (PAGES if route.kind == STORE else API)[route.name]
    with world.ours.open():
        found: list[Call] = builder(world.ours)
    return found


def valid_values(call: Call, world: World) -> dict[str, Any]:
    values = {key: plain(value) for key, value in call.kwargs.items()}
    return values | {"store": world.ours.tenant.slug}


def all_routes() -> list[Route]:
    return [found for found in routes.all_routes() if "(?P<url>" not in found.pattern]


def test_no_part_of_an_address_breaks_a_page(world, browser, prints):
    calls = [(route, calls_of(route, world)) for route in all_routes()]
    before = prints.take(world.ours.tenant.pk)
    tried = 0

    for route, valid in calls:
        methods = {call.method for call in valid} | {"GET"}
        values = valid_values(valid[0], world)
        # Of an invitation nobody learns even that it does not exist.
        is_open = route.name == "tenants:invitation"
        for name in route.parameters:
            for who, what in tries(route, ODD):
                path = route.address(values | {name: ODD[what]})
                for method in methods:
                    status = browser.send(who, method, path)
                    tried += 1
                    assert status != 200 or is_open, (route.name, path[:200])

    assert tried > 3_000
    assert prints.take(world.ours.tenant.pk) == before


def test_nothing_in_a_query_breaks_a_page(world, browser, prints):
    calls = [(route, calls_of(route, world)) for route in all_routes()]
    before = prints.take(world.ours.tenant.pk)
    tried = 0

    for route, valid in calls:
        path = route.address(valid_values(valid[0], world))
        for who, what in tries(route, IN_QUERIES):
            query = "&".join(f"{name}={ODD[what]}" for name in QUERY)
            status = browser.send(who, "GET", path, query)
            tried += 1
            if what in UNKEPT:
                assert status == 400, (route.name, what, who)
        lists = "&".join(f"{name}[]=1&{name}=1&{name}=2" for name in QUERY)
        browser.send("owner", "GET", path, f"{lists}&&=&=1")

    assert tried > 2_000
    assert prints.take(world.ours.tenant.pk) == before


def test_each_name_alone_breaks_no_list(world, browser):
    """Together, the first that is refused would hide the others."""
    lists = [
        (route, call)
        for route in all_routes()
        for call in calls_of(route, world)
        if call.query and call.method == "GET"
    ]
    assert len(lists) > 10

    for route, call in lists:
        path = route.address(valid_values(call, world))
        for name in call.query:
            for what in IN_LISTS:
                browser.send("owner", "GET", path, f"{name}={ODD[what]}")


def test_no_field_of_a_form_breaks_a_page(world, browser):
    forms = [
        (route, call)
        for route in routes.routes_of(STORE)
        for call in calls_of(route, world)
        if call.method == "POST" and isinstance(call.data, dict)
    ]
    assert len(forms) > 30

    for route, call in forms:
        path = route.address(valid_values(call, world))
        data = plain(call.data)
        for name in data:
            rest = urlencode({k: v for k, v in data.items() if k != name}, doseq=True)
            for what in IN_FORMS:
                value = ODD[what]
                status = browser.send(
                    "owner",
                    "POST",
                    path,
                    data=f"{name}={value}&{name}={value}&{rest}",
                    content_type=URL_ENCODED,
                )
                if what in UNKEPT:
                    assert status == 400, (route.name, name, what)


def test_text_that_cannot_be_kept_changes_nothing(world, browser, prints):
    forms = [
        (route, call)
        for route in routes.routes_of(STORE)
        for call in calls_of(route, world)
        if call.method == "POST"
    ]
    before = prints.take(world.ours.tenant.pk)

    for route, call in forms:
        path = route.address(valid_values(call, world))
        data = plain(call.data or {})
        for odd in UNKEPT.values():
            body = f"{urlencode(data, doseq=True)}&reason={odd}"
            sent = browser.send(
                "owner", "POST", path, data=body, content_type=URL_ENCODED
            )
            assert sent == 400, route.name

    assert prints.take(world.ours.tenant.pk) == before


@pytest.mark.parametrize("name", BODIES)
def test_no_body_breaks_the_api_or_a_callback(name, world, browser, prints):
    before = prints.take(world.ours.tenant.pk)
    addresses = [
        ("owner", "/api/v1/products/visibility"),
        ("owner", "/api/v1/game/validate"),
        ("nobody", f"/api/v1/callbacks/tripay/{world.ours.gateway.public_id}/"),
        (
            "nobody",
            f"/api/v1/suppliers/digiflazz/{world.ours.supplier.public_id}/callbacks/",
        ),
    ]

    for who, path in addresses:
        for content_type in ("application/json", "text/plain", URL_ENCODED):
            status = browser.send(
                who, "POST", path, data=BODIES[name], content_type=content_type
            )
            assert 400 <= status < 500, (path, status)

    after = prints.take(world.ours.tenant.pk)
    # Of a callback that nobody signed the audit trail tells, once an hour.
    assert canary.changed(before, after, frozenset({"security_auditentry"})) == []


def test_a_bare_word_is_no_address_to_go_on_to(world, browser):
    for word in ("2147483648", "x", "landing", "²"):
        body = urlencode({"language": "en", "next": word})
        sent = {"data": body, "content_type": URL_ENCODED}
        assert browser.send("nobody", "POST", "/bahasa/", **sent) == 302
        asked = urlencode({"next": word})
        assert browser.send("owner", "GET", "/akun/masuk-lagi/", asked) < 400


def test_a_length_of_many_digits_is_too_long(world, browser):
    path = f"/api/v1/callbacks/tripay/{world.ours.gateway.public_id}/"

    for length in ("9" * 4_400, "-1", "²", "65537"):
        status = browser.send(
            "nobody", "POST", path, headers={"Content-Length": length}
        )
        assert status == 413


@pytest.mark.parametrize(
    "cookie", ["\\000" * 10, "a" * 4_000, "é" * 40, "' OR 1=1 --", "\\ud800" * 8]
)
@pytest.mark.parametrize(
    "name", ["ppob_session", "django_language", "csrftoken", "ppob_device", "messages"]
)
def test_no_cookie_breaks_a_page(db, name, cookie, caplog):
    caplog.set_level(logging.ERROR)
    client = Client(raise_request_exception=False)

    answer = client.get("/toko/", HTTP_COOKIE=f'{name}="{cookie}"')

    assert answer.status_code == 302
    assert caplog.records == []


def test_the_refusal_is_a_page_for_people_and_a_problem_for_programs(world, browser):
    owner = browser._clients["owner"]

    for language, words in (("id", "tidak"), ("en", "cannot be kept")):
        owner.cookies["django_language"] = language
        page = owner.get("/toko/arcadia/pesanan/?cari=%00")
        assert page.status_code == 400
        assert f'<html lang="{language}">' in page.content.decode()
        assert words in page.content.decode()
    answer = owner.get("/api/v1/orders?status=%00", headers={"X-Store": "arcadia"})

    problem = json.loads(answer.content)
    assert (answer.status_code, problem["code"]) == (400, "NOT_TEXT")
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "position", ["x", "9" * 4_400, "9" * 19, "-1", "\0", "²", "1e9", "' OR 1=1"]
)
@pytest.mark.parametrize("path", ["orders", "refunds", "balances", "products"])
def test_a_cursor_that_somebody_made_up_leads_nowhere(world, browser, path, position):
    cursor = b64encode(urlencode({"p": position}).encode()).decode()

    status = browser.send(
        "owner", "GET", f"/api/v1/{path}", urlencode({"cursor": cursor})
    )

    assert status == 404


def test_a_cursor_of_our_own_leads_on(world, browser):
    owner, where = browser._clients["owner"], {"X-Store": "arcadia"}
    with no_tenant_scope():
        first = owner.get("/api/v1/orders?page_size=1", headers=where).json()
        second = owner.get(first["next"], headers=where).json()

    assert second["results"] != first["results"]
    assert len(second["results"]) == 1


def test_a_garbled_part_of_an_upload_is_refused(world, browser, prints):
    """A code for sale that lost its letters on the way must not be sold."""
    with world.ours.open():
        product = world.ours.product()
    before = prints.take(world.ours.tenant.pk)
    body = (
        b'--b\r\nContent-Disposition: form-data; name="codes"\r\n\r\n'
        b"AAA-\xff-BBB\r\n--b--\r\n"
    )

    status = browser.send(
        "owner",
        "POST",
        f"/toko/arcadia/produk/{product.public_id}/stok/",
        data=body,
        content_type="multipart/form-data; boundary=b",
    )

    assert status == 400
    assert prints.take(world.ours.tenant.pk) == before
