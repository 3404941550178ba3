"""The socket of open pages."""

import pytest
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from ppob.asgi import application
from ppob.kit import live
from ppob.kit.scope import tenant_scope
from tenants import consumers
from tenants.consumers import NOT_HERE
from tenants.models import Member
from tests.dashboard.sockets import OUR_PAGE, PageSocket
from tests.factories import add_codes, make_member, make_product
from tests.threads import in_thread

ARCADIA = "/ws/toko/arcadia/"


def socket_of(user, path: str = ARCADIA) -> PageSocket:
    """A socket as the session middleware hands it on."""
    return PageSocket(
        consumers.StoreConsumer.as_asgi(),
        path,
        user=user,
        url_route={"kwargs": {"store": path.split("/")[3]}},
    )


async def tell(tenant_id: int, topic: str = "orders") -> None:
    changes = [{"topic": topic, "ids": {}}]
    message = {"type": "nudge", "tenant_id": tenant_id, "changes": changes}
    await get_channel_layer().group_send(live.tenant_group(tenant_id), message)


async def test_members_hear_what_changed_and_nothing_more(owner, in_arcadia):
    socket = socket_of(owner.user)
    assert (await socket.connect())["type"] == "websocket.accept"

    await tell(in_arcadia.pk)

    assert await socket.hear() == {"topic": "orders", "ids": {}}
    await socket.leave()


async def test_a_service_reaches_the_open_page_through_redis(owner, in_arcadia):
    socket = socket_of(owner.user)
    await socket.connect()

    await in_thread(_upload)(in_arcadia.pk)

    assert (await socket.hear())["topic"] == "stock"
    await socket.leave()


def _upload(tenant_id: int) -> None:
    with tenant_scope(tenant_id):
        add_codes(make_product(), 1)


async def test_other_stores_are_not_heard(owner, borealis):
    socket = socket_of(owner.user)
    await socket.connect()

    await tell(borealis.pk)

    assert await socket.receive_nothing(timeout=0.3)
    await socket.leave()


@pytest.mark.parametrize("path", ["/ws/toko/borealis/", "/ws/toko/nowhere/"])
async def test_members_of_other_stores_are_turned_away(owner, borealis, path):
    socket = socket_of(owner.user, path)

    await socket.connect()

    assert await socket.closing_code() == NOT_HERE


async def test_strangers_are_turned_away(arcadia):
    socket = socket_of(AnonymousUser())

    await socket.connect()

    assert await socket.closing_code() == NOT_HERE


async def test_the_browsers_session_says_who_it_is(owner, in_arcadia):
    cookie = await in_thread(_session_of)(owner)
    socket = PageSocket(application, ARCADIA, headers=[OUR_PAGE, (b"cookie", cookie)])

    await socket.connect()
    await tell(in_arcadia.pk)

    assert (await socket.hear())["topic"] == "orders"
    await socket.leave()


def _session_of(member: Member) -> bytes:
    client = Client()
    client.force_login(member.user)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}".encode()


async def test_without_a_session_nobody_gets_in(arcadia):
    socket = PageSocket(application, ARCADIA)

    await socket.connect()

    assert await socket.closing_code() == NOT_HERE


async def test_who_lost_the_job_hears_no_more(owner, in_arcadia, monkeypatch):
    socket = socket_of(owner.user)
    await socket.connect()
    await in_thread(_dismiss)(owner)
    monkeypatch.setattr(consumers, "CHECK_AGAIN_SECS", -1)

    await tell(in_arcadia.pk)

    assert await socket.closing_code() == NOT_HERE


def _dismiss(member: Member) -> None:
    with tenant_scope(member.tenant_id):
        make_member()  # a store keeps an owner
        Member.objects.filter(pk=member.pk).delete()


async def test_what_a_page_sends_is_ignored(owner):
    socket = socket_of(owner.user)
    await socket.connect()

    await socket.say("{not json")

    assert await socket.receive_nothing(timeout=0.2)
    await socket.leave()


async def test_an_idle_page_stays_connected(owner, in_arcadia):
    socket = socket_of(owner.user)
    await socket.connect()

    # Longer than the five seconds after which redis-py would give up reading.
    assert await socket.receive_nothing(timeout=7.5)

    await tell(in_arcadia.pk, "stock")
    assert (await socket.hear())["topic"] == "stock"
    await socket.leave()
