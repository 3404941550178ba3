"""Sockets in the wrong hands, and what ends while a page is open."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.conf import settings as configured
from django.contrib.auth import logout
from django.test import Client, RequestFactory

from payments.services.orders import checkout
from payments.services.orders.quote import Item
from ppob.asgi import application
from ppob.kit import clock, live
from ppob.kit.errors import DomainError
from ppob.kit.scope import tenant_scope
from ppob.routing import websocket_urlpatterns
from security.models import Session, User
from tenants import consumers
from tenants.consumers import NOT_HERE
from tenants.models import Member, Tenant
from tenants.services import members, suspension
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.sockets import OUR_PAGE, PageSocket
from tests.factories import make_customer, make_member, make_product, make_user
from tests.isolation import walls
from tests.threads import in_thread

# How each socket's address is filled in. One that is not here fails the test.
SOCKETS: dict[str, str] = {"ws/toko/<slug:store>/": "/ws/toko/{store}/"}
CLOSED_WITHIN = 5.0


def test_every_socket_has_its_cells():
    assert {str(found.pattern) for found in websocket_urlpatterns} == set(SOCKETS)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies[configured.SESSION_COOKIE_NAME].value)


def open_socket(address: str, store: str, session: str | None) -> PageSocket:
    headers = [OUR_PAGE]
    if session is not None:
        name = configured.SESSION_COOKIE_NAME
        headers += [(b"cookie", f"{name}={session}".encode())]
    return PageSocket(application, address.format(store=store), headers=headers)


async def nudge(tenant_id: int, topic: str = "orders", **ids: Any) -> None:
    changes = [{"topic": topic, "ids": ids}]
    message = {"type": "nudge", "tenant_id": tenant_id, "changes": changes}
    await get_channel_layer().group_send(live.tenant_group(tenant_id), message)


@pytest.fixture
def people(arcadia, borealis) -> dict[str, str | None]:
    """Sessions of everybody who might try to listen to Arcadia."""
    sessions: dict[str, str | None] = {"nobody": None, "a forger": "0" * 32}
    sessions["a stranger"] = session_of(make_user())
    sessions["platform staff"] = session_of(make_user(is_staff=True, is_superuser=True))
    with tenant_scope(borealis.pk):
        sessions["their owner"] = session_of(make_member().user)
    with tenant_scope(arcadia.pk):
        off = make_member().user
        for role in Role:
            sessions[role] = session_of(make_member(role).user)
    sessions["switched off"] = session_of(off)
    User.objects.filter(pk=off.pk).update(is_active=False)
    return sessions


@pytest.mark.parametrize("standing", walls.WALLS)
@pytest.mark.parametrize("pattern", SOCKETS)
async def test_members_listen_and_nobody_else(
    pattern, standing, people, arcadia, borealis, superuser
):
    heard: dict[str, Any] = {}
    with walls.standing(standing, superuser):
        for who, session in people.items():
            socket = open_socket(SOCKETS[pattern], "arcadia", session)
            await socket.connect()
            await socket.say('{"type": "nudge", "topic": "x", "group": "tenant.2"}')
            await nudge(borealis.pk, "theirs")
            await nudge(arcadia.pk, order="one")
            heard[who] = await socket.receive_output(timeout=5)
            assert await socket.receive_nothing(timeout=0.02)
            await socket.leave()

    news = {
        "type": "websocket.send",
        "text": '{"topic": "orders", "ids": {"order": "one"}}',
    }
    assert {who: heard.pop(who) for who in map(str, Role)} == dict.fromkeys(Role, news)
    assert {event["code"] for event in heard.values()} == {NOT_HERE}


def dismiss(member: Member) -> None:
    with tenant_scope(member.tenant_id):
        Member.objects.filter(pk=member.pk).delete()


def switch_off(member: Member) -> None:
    User.objects.filter(pk=member.user_id).update(is_active=False)


def sign_out(member: Member) -> None:
    request = RequestFactory().get("/")
    client = Client()
    request.user = member.user
    request.session = client.session.__class__(member.session_key)
    logout(request)


def leave_it_idle(member: Member) -> None:
    _age(member, column="seen_at", length="idle")


def stay_too_long(member: Member) -> None:
    _age(member, column="signed_in_at", length="longest")


def _age(member: Member, *, column: str, length: str) -> None:
    secs = configured.SESSION_LENGTHS["seller"][length]
    past = clock.now() - timedelta(seconds=secs)
    Session.objects.filter(session_key=member.session_key).update(**{column: past})


@pytest.mark.parametrize(
    "end", [dismiss, switch_off, sign_out, leave_it_idle, stay_too_long]
)
async def test_an_open_page_hears_no_more_within_seconds(
    end: Callable[[Member], None], arcadia, monkeypatch
):
    monkeypatch.setattr(consumers, "CHECK_EVERY_SECS", 0.2)
    member = await in_thread(_member_with_session)(arcadia)
    socket = open_socket(
        SOCKETS["ws/toko/<slug:store>/"], "arcadia", member.session_key
    )
    assert (await socket.connect())["type"] == "websocket.accept"

    await in_thread(end)(member)
    started = time.monotonic()

    assert await socket.closing_code() == NOT_HERE
    assert time.monotonic() - started < CLOSED_WITHIN


async def test_whoever_is_removed_is_cut_off_by_the_news_itself(arcadia, monkeypatch):
    """No timer has to run: the removal is heard, and closes her page alone."""
    monkeypatch.setattr(consumers, "CHECK_EVERY_SECS", 3600)
    monkeypatch.setattr(consumers, "CHECK_AGAIN_SECS", 3600)
    removed, bystander = [await in_thread(_member_with_session)(arcadia) for _ in "ab"]
    pattern = SOCKETS["ws/toko/<slug:store>/"]
    hers = open_socket(pattern, "arcadia", removed.session_key)
    others = open_socket(pattern, "arcadia", bystander.session_key)
    await hers.connect()
    await others.connect()

    await in_thread(_remove)(removed)

    assert await hers.closing_code() == NOT_HERE
    topics = {(await others.hear())["topic"] for _ in "12"}
    assert topics == {"audit", "members"}
    await nudge(arcadia.pk)
    assert (await others.hear())["topic"] == "orders"
    await others.leave()


async def test_a_page_stays_open_when_its_readers_role_changes(arcadia, monkeypatch):
    monkeypatch.setattr(consumers, "CHECK_EVERY_SECS", 3600)
    member = await in_thread(_member_with_session)(arcadia)
    socket = open_socket(
        SOCKETS["ws/toko/<slug:store>/"], "arcadia", member.session_key
    )
    await socket.connect()

    await in_thread(_demote)(member)

    assert {(await socket.hear())["topic"] for _ in "12"} == {"audit", "members"}
    await socket.leave()


def _first_owner(tenant_id: int) -> Member:
    owner: Member = Member.objects.filter(role=Role.OWNER).order_by("pk")[0]
    return owner


def _remove(member: Member) -> None:
    with tenant_scope(member.tenant_id):
        owner = _first_owner(member.tenant_id)
        members.remove_member(actor=owner, member_id=member.pk, now=NOON)


def _demote(member: Member) -> None:
    with tenant_scope(member.tenant_id):
        members.change_role(
            actor=_first_owner(member.tenant_id),
            member_id=member.pk,
            role=Role.VIEWER,
            seen_role=Role.OWNER,
            now=NOON,
        )


def test_the_product_looks_often_enough():
    assert consumers.CHECK_EVERY_SECS < CLOSED_WITHIN


def _member_with_session(tenant: Tenant) -> Any:
    with tenant_scope(tenant.pk):
        make_member()  # a store keeps an owner
        member: Any = make_member()
    member.session_key = session_of(member.user)
    return member


def test_a_role_that_changes_counts_at_the_next_request(in_arcadia):
    make_member(Role.OWNER)  # a store keeps an owner
    member = make_member(Role.OWNER)
    client = Client()
    client.force_login(member.user)
    assert client.get("/toko/arcadia/pengaturan/").status_code == 200

    Member.objects.filter(pk=member.pk).update(role=Role.VIEWER)
    assert client.get("/toko/arcadia/pengaturan/").status_code == 403

    Member.objects.filter(pk=member.pk).delete()
    assert client.get("/toko/arcadia/pengaturan/").status_code == 404


def test_a_suspended_store_sells_nothing_from_the_same_moment(in_arcadia, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    product, customer = make_product(codes=1), make_customer()
    member = make_member()
    suspension.suspend_store(tenant_id=in_arcadia.pk, actor="user:1", now=NOON)

    with pytest.raises(DomainError):
        checkout.place_order(
            customer=customer, items=[Item(product.pk)], request_key="x", now=NOON
        )

    client = Client()
    client.force_login(member.user)
    for path in ("", "pesanan/", "uang/", "tiket/"):  # what is open is still served
        assert client.get(f"/toko/arcadia/{path}").status_code == 200
