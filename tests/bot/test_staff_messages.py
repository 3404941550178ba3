"""Owners are told who joined, left, was removed or has another role."""

import pytest

from bot.models import OutgoingMessage, ServerSettings
from bot.services import sending
from bot.services.wording import write
from ppob.kit.errors import NotAllowed
from ppob.kit.scope import tenant_scope
from tenants.models import Guild, Tenant
from tenants.services import handovers, invitations, members
from tenants.services.invitations import InvitationDraft
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_user

LOG = 77


@pytest.fixture(autouse=True)
def _in_english(store):
    Tenant.objects.update(language="en")


@pytest.fixture
def partner(store):
    """Another owner of the store."""
    return make_member(Role.OWNER, user=make_user(display_name="Dewi"))


@pytest.fixture
def sari(store):
    user = make_user(display_name="Sari *bold*", language="en")
    return make_member(Role.CASHIER, user=user)


def told() -> dict[int | None, list[str]]:
    """What was said, by whom it goes to."""
    rows = OutgoingMessage.objects.order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    said: dict[int | None, list[str]] = {}
    for message in sending.claim(ids, now=NOON):
        place = message.recipient_id or message.channel_id
        said.setdefault(place, []).append(write(message).embed.text)
    return said


def owners(*people):
    return {person.user.discord_id for person in people}


def test_a_removal_is_told_to_the_log_and_to_every_owner(store, partner, sari):
    """Also to the owner in whose name it was done: the session may be stolen."""
    members.remove_member(actor=store.seller, member_id=sari.pk, now=NOON)

    said = told()

    assert set(said) == {LOG, *owners(store.seller, partner)}
    [line] = said[LOG]
    assert "Removed from the store" in line
    assert str(store.seller.user) in line
    assert "Cashier" in line
    assert "*bold*" not in line  # a name is no markup


def test_a_new_colleague_is_told_with_the_role(store, partner):
    made = invitations.invite(
        actor=store.seller, draft=InvitationDraft(role="cashier"), now=NOON
    )
    told()
    budi = make_user(display_name="Budi")

    invitations.accept(user=budi, token=made.token, now=NOON)

    said = told()
    assert set(said) == {LOG, *owners(store.seller, partner)}
    assert "Joined the store** (Budi): Cashier" in said[LOG][0]


def test_a_new_owner_is_told_as_such(store, partner, sari):
    members.change_role(
        actor=store.seller,
        member_id=sari.pk,
        role=Role.OWNER,
        seen_role=Role.CASHIER,
        now=NOON,
    )

    [line] = told()[partner.user.discord_id]

    assert "Role changed" in line
    assert "Cashier → Owner" in line


def test_whom_the_store_is_offered_to_is_asked(store, partner, sari):
    offer = handovers.offer_store(actor=store.seller, member_id=sari.pk, now=NOON)

    said = told()

    assert set(said) == {LOG, *owners(store.seller, partner, sari)}
    [question] = said[sari.user.discord_id]
    assert "wants to hand “Arcadia” over to you" in question
    assert "/toko/arcadia/staf/" in question
    assert offer.status == "offered"


def test_an_offer_that_was_answered_asks_no_more(store, sari):
    offer = handovers.offer_store(actor=store.seller, member_id=sari.pk, now=NOON)
    handovers.decline_offer(actor=sari, offer=offer, now=NOON)

    message = OutgoingMessage.objects.get(kind="store_offered")
    [claimed] = sending.claim([message.pk], now=NOON)

    assert write(claimed) is None


def test_a_refusal_tells_nothing(store, partner, sari):
    with pytest.raises(NotAllowed):
        members.remove_member(actor=sari, member_id=partner.pk, now=NOON)

    assert told() == {}


def test_without_a_server_nothing_is_lost_but_the_message(store, partner, sari):
    ServerSettings.objects.all().delete()
    Guild.objects.update(bot_joined_at=None)

    members.remove_member(actor=store.seller, member_id=sari.pk, now=NOON)

    assert told() == {}


def test_another_store_hears_nothing_of_it(store, partner, sari, borealis):
    members.remove_member(actor=store.seller, member_id=sari.pk, now=NOON)

    with tenant_scope(borealis.pk):
        assert not OutgoingMessage.objects.exists()
