"""Owners are told who joined, left, was removed or has another role."""

import pytest

from bot.models import OutgoingMessage, ServerSettings
from bot.services import outbox
from bot.services.letters import write
from ppob.kit.errors import NotAllowed
from ppob.kit.scope import tenant_scope
from tenants.models import Guild, Tenant
from tenants.services import handovers, invitations, members
from tenants.services.invitations import InvitationDraft
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_user


@pytest.fixture(autouse=True)
def _in_english(store):
    Tenant.objects.update(language="en")


@pytest.fixture
def partner(store):
    """Another owner of the store."""
    return make_member(Role.OWNER, user=make_user(display_name="Dewi"))


@pytest.fixture
def sari(store):
    return make_member(Role.CASHIER, user=make_user(display_name="Sari *bold*"))


def told() -> dict[int | None, list[str]]:
    """What was said, by whom it goes to; the log channel is 77."""
    rows = OutgoingMessage.objects.order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    said: dict[int | None, list[str]] = {}
    for message in outbox.claim(ids, now=NOON):
        place = message.recipient_id or message.channel_id
        said.setdefault(place, []).append(write(message).embed.text)
    return said


def test_a_removal_is_told_to_the_log_and_to_the_other_owners(store, partner, sari):
    members.remove_member(member=store.seller, member_id=sari.pk, now=NOON)

    said = told()

    assert set(said) == {77, partner.user.discord_id}
    [line] = said[77]
    assert said[partner.user.discord_id] == [line]
    assert "was removed from “Arcadia”" in line
    assert "Cashier" in line
    assert "**bold**" not in line  # a name is no markup
    assert "/toko/arcadia/staf/" in line


def test_a_new_colleague_is_told_to_every_owner(store, partner):
    made = invitations.invite(
        member=store.seller, draft=InvitationDraft(role="cashier"), now=NOON
    )
    assert told() == {}  # a link alone is no news

    invitations.accept(user=make_user(display_name="Budi"), token=made.token, now=NOON)

    said = told()
    owners = {store.seller.user.discord_id, partner.user.discord_id}
    assert set(said) == {77, *owners}
    assert "**Budi** joined “Arcadia” as Cashier" in said[77][0]


def test_another_role_and_leaving_are_told(store, partner, sari):
    members.change_role(
        member=store.seller,
        member_id=sari.pk,
        role=Role.ADMIN,
        seen_role=Role.CASHIER,
        now=NOON,
    )
    members.leave_store(member=sari, now=NOON)

    role, left = told()[partner.user.discord_id]

    assert "is Admin instead of Cashier" in role
    assert str(store.seller.user) in role
    assert "(Admin) left “Arcadia”" in left


def test_an_offer_is_told_to_whom_it_is_made(store, partner, sari):
    offer = handovers.offer_store(member=store.seller, member_id=sari.pk, now=NOON)
    assert set(told()) == {77, partner.user.discord_id, sari.user.discord_id}

    handovers.accept_offer(member=sari, offer=offer, now=NOON)

    news = OutgoingMessage.objects.filter(
        payload__event="handed_over", recipient_id__isnull=False
    )
    assert set(news.values_list("recipient_id", flat=True)) == {partner.user.discord_id}


def test_a_refusal_tells_nothing(store, partner, sari):
    with pytest.raises(NotAllowed):
        members.remove_member(member=sari, member_id=partner.pk, now=NOON)

    assert told() == {}


def test_without_a_server_nothing_is_lost_but_the_message(store, partner, sari):
    ServerSettings.objects.all().delete()
    Guild.objects.update(bot_joined_at=None)

    members.remove_member(member=store.seller, member_id=sari.pk, now=NOON)

    assert told() == {}


def test_another_store_hears_nothing_of_it(store, partner, sari, borealis):
    members.remove_member(member=store.seller, member_id=sari.pk, now=NOON)

    with tenant_scope(borealis.pk):
        assert not OutgoingMessage.objects.exists()
