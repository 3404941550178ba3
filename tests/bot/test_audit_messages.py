"""Owners read it in Discord when what decides about money or access changes."""

from contextlib import suppress
from datetime import timedelta

import pytest

from bot.messages.audit import TOLD
from bot.models import OutgoingMessage
from bot.services import sending
from bot.services.wording import write
from payments.services.incoming import methods
from payments.services.incoming.methods import AccountDraft
from ppob.kit.audit_words import audit_words
from ppob.kit.db import unit_of_work
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from security import origin
from security.services import audit
from tenants.states import Role
from tests.bot.conftest import outbox_kinds
from tests.conftest import NOON
from tests.factories import make_member, make_user

DRAFT = AccountDraft(
    kind="bank",
    provider="BCA",
    account_number="9876543210",
    account_name="Rizky",
)


class Undone(Exception):
    pass


def do(action: str, *, actor: str, object: str = "policy:1", now=NOON) -> None:
    with unit_of_work("test.deed"), origin.coming_from("103.28.12.99"):
        audit.record(actor=actor, action=action, object=object, now=now)


def told() -> list[tuple[str, int | None]]:
    rows = OutgoingMessage.objects.order_by("pk")
    return list(rows.values_list("kind", "recipient_id"))


def test_everything_that_is_told_is_an_action_there_is():
    assert [
        prefix
        for prefix in TOLD
        if not any(action.startswith(prefix) for action in audit_words().actions)
    ] == []


def test_every_owner_is_told_directly_and_the_log_channel_once(store):
    second = make_member(Role.OWNER)
    make_member(Role.ADMIN)
    make_member(Role.OWNER, user=make_user(is_active=False))

    do("policy.changed", actor=store.seller.name)

    assert told() == [
        ("deed_done", store.seller.user.discord_id),
        ("deed_done", second.user.discord_id),
        ("log_deed_done", None),
    ]


def test_a_new_account_is_told_with_who_when_and_from_where(store):
    with origin.coming_from("103.28.12.99"):
        methods.add_account(actor=store.seller, draft=DRAFT, now=NOON)

    row = OutgoingMessage.objects.get(kind="deed_done")
    with speaking("en"):
        [message] = sending.claim([row.pk], now=NOON)
        text = write(message).embed.text

    assert str(store.seller.user) in text
    assert f"<t:{int(NOON.timestamp())}:f>" in text
    assert "103.28.x.x" in text
    assert "103.28.12.99" not in text
    assert "9876543210" not in text
    assert "/toko/arcadia/pengaturan/riwayat/" in text


def test_the_same_change_is_told_once_in_ten_minutes(store):
    for minute in (0, 3, 9):
        do(
            "policy.changed",
            actor=store.seller.name,
            now=NOON + timedelta(minutes=minute),
        )
    assert outbox_kinds().count("deed_done") == 1

    do("policy.changed", actor=store.seller.name, now=NOON + timedelta(minutes=10))

    assert outbox_kinds().count("deed_done") == 2


def test_another_person_or_thing_is_other_news(store):
    do("policy.changed", actor=store.seller.name)
    do("policy.changed", actor="user:999")
    do("method.changed", actor=store.seller.name, object="method:2")

    assert outbox_kinds().count("deed_done") == 3


@pytest.mark.parametrize(
    "action", ["product.changed", "order.cancelled", "store.changed"]
)
def test_everyday_changes_are_no_news(store, action):
    do(action, actor=store.seller.name)

    assert outbox_kinds() == []


def test_another_stores_owner_hears_nothing(store, borealis):
    with tenant_scope(borealis.pk):
        make_member()

    do("policy.changed", actor=store.seller.name)

    with tenant_scope(borealis.pk):
        assert outbox_kinds() == []


def test_what_is_undone_is_not_told(store):
    with suppress(Undone), unit_of_work("test.deed"):
        do("policy.changed", actor=store.seller.name)
        raise Undone

    assert outbox_kinds() == []


@pytest.mark.parametrize(
    ("ip", "place"),
    [
        ("103.28.12.99", "103.28.x.x"),
        ("2001:db8:1:2::3", "2001:0db8:0001:x"),
        (None, ""),
    ],
)
def test_a_place_is_rough(ip, place):
    assert origin.rough_place(ip) == place
