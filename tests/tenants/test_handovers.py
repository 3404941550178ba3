"""Handing a store over."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError

from ppob.kit.errors import DomainError, InvalidInput, NotAllowed
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tenants.models import Handover, Member
from tenants.services import handovers, members
from tenants.services.handovers import NotOffered, OfferOver
from tenants.states import HandoverStatus, Role
from tests.conftest import NOON
from tests.factories import make_member
from tests.payments.invariants import violations
from tests.payments.racing import at_once
from tests.tenants.people import invite, last_entry, make_crew, picture, roles


@pytest.fixture
def crew(in_arcadia):
    return make_crew(in_arcadia)


def offer(crew, to=None, by=None):
    return handovers.offer_store(
        actor=by or crew.owner, member_id=(to or crew.cashier).pk, now=NOON
    )


def accept(member, made, now=NOON):
    return handovers.accept_offer(actor=member, offer=made, now=now)


def test_an_offer_alone_changes_no_role(crew):
    before = roles()

    offer(crew)

    assert roles() == before
    entry = last_entry()
    assert (entry.action, entry.actor) == ("member.store_offered", crew.owner.name)
    assert entry.data == {"name": str(crew.cashier.user)}


def test_who_accepts_owns_the_store_and_the_giver_is_admin(crew, superuser):
    made, before = offer(crew), roles()

    accept(crew.cashier, made)

    assert roles() == before | {
        crew.cashier.user_id: "owner",
        crew.owner.user_id: "admin",
    }
    made.refresh_from_db()
    assert (made.status, made.ended_at) == (HandoverStatus.ACCEPTED, NOON)
    taken, stepped_down = AuditEntry.objects.order_by("pk")[1:]
    assert (taken.action, taken.actor) == (
        "member.store_taken_over",
        crew.cashier.name,
    )
    assert (taken.before, taken.after) == ({"role": "cashier"}, {"role": "owner"})
    assert taken.data["handed_over_by"] == str(crew.owner.user)
    assert (stepped_down.action, stepped_down.object) == (
        "member.role_changed",
        f"member:{crew.owner.user_id}",
    )
    assert violations(superuser) == {}


def test_a_store_with_one_owner_has_one_afterwards(in_arcadia, superuser):
    giver, taker = make_member(Role.OWNER), make_member(Role.VIEWER)
    made = handovers.offer_store(actor=giver, member_id=taker.pk, now=NOON)

    accept(taker, made)

    assert roles() == {giver.user_id: "admin", taker.user_id: "owner"}
    assert violations(superuser) == {}


@pytest.mark.parametrize("who", ["owner", "partner", "admin", "viewer"])
def test_nobody_else_can_accept_or_decline(crew, who):
    made = offer(crew)
    before = picture()

    for answer in (handovers.accept_offer, handovers.decline_offer):
        with pytest.raises(NotOffered):
            answer(actor=getattr(crew, who), offer=made, now=NOON)

    assert picture() == before


@pytest.mark.parametrize("who", ["admin", "cashier", "viewer"])
def test_only_owners_offer_and_take_back(crew, who):
    made = offer(crew)
    member = getattr(crew, who)
    before = picture()

    with pytest.raises(NotAllowed):
        offer(crew, to=crew.viewer, by=member)
    with pytest.raises(NotAllowed):
        handovers.withdraw_offer(actor=member, offer=made, now=NOON)

    assert picture() == before


def test_an_owner_needs_no_offer(crew):
    before = picture()

    for target in (crew.owner, crew.partner):
        with pytest.raises(InvalidInput):
            offer(crew, to=target)

    assert picture() == before


def test_declining_leaves_everything_as_it_was(crew):
    made, before = offer(crew), roles()

    handovers.decline_offer(actor=crew.cashier, offer=made, now=NOON)

    assert roles() == before
    assert last_entry().action == "member.offer_declined"
    with pytest.raises(OfferOver):
        accept(crew.cashier, made)
    assert roles() == before


def test_an_offer_taken_back_cannot_be_accepted(crew):
    made, before = offer(crew), roles()
    handovers.withdraw_offer(actor=crew.partner, offer=made, now=NOON)
    assert last_entry().action == "member.offer_withdrawn"

    with pytest.raises(OfferOver):
        accept(crew.cashier, made)

    assert roles() == before


def test_a_new_offer_ends_the_one_before(crew):
    first = offer(crew, to=crew.cashier)
    second = offer(crew, to=crew.viewer)
    before = roles()

    with pytest.raises(OfferOver):
        accept(crew.cashier, first)

    assert roles() == before
    accept(crew.viewer, second)
    assert roles()[crew.viewer.user_id] == "owner"


@pytest.mark.parametrize(("late", "is_in_time"), [(-1, True), (0, False), (1, False)])
def test_an_offer_ends_after_seven_days(crew, late, is_in_time):
    made = offer(crew)
    moment = NOON + timedelta(days=7, microseconds=late)
    before = roles()

    if is_in_time:
        accept(crew.cashier, made, now=moment)
    else:
        with pytest.raises(OfferOver):
            accept(crew.cashier, made, now=moment)

    assert (roles() == before) != is_in_time


def remove_giver(crew):
    members.remove_member(actor=crew.partner, member_id=crew.owner.pk, now=NOON)


def demote_giver(crew):
    members.change_role(
        actor=crew.partner,
        member_id=crew.owner.pk,
        role=Role.VIEWER,
        seen_role=Role.OWNER,
        now=NOON,
    )


def remove_taker(crew):
    members.remove_member(actor=crew.owner, member_id=crew.cashier.pk, now=NOON)


@pytest.mark.parametrize("end", [remove_giver, demote_giver, remove_taker])
def test_an_offer_ends_when_one_of_the_two_is_gone(crew, end, superuser):
    made = offer(crew)
    end(crew)
    before = picture()

    with pytest.raises(DomainError):
        accept(crew.cashier, made)

    assert picture() == before
    made.refresh_from_db()
    assert made.status == HandoverStatus.WITHDRAWN
    assert violations(superuser) == {}


def test_a_bystanders_change_leaves_the_offer_open(crew):
    made = offer(crew)

    members.remove_member(actor=crew.owner, member_id=crew.viewer.pk, now=NOON)

    made.refresh_from_db()
    assert made.status == HandoverStatus.OFFERED


def test_invitations_of_the_former_owner_end(crew):
    invite(crew.owner, Role.OWNER)

    accept(crew.cashier, offer(crew))

    assert last_entry().data["ended_invitations"] == 1


def test_accepting_and_taking_back_at_the_same_moment_is_one_of_both(crew, superuser):
    made = offer(crew)
    withdraw = partial(
        handovers.withdraw_offer, actor=crew.partner, offer=made, now=NOON
    )

    results = at_once([partial(accept, crew.cashier, made), withdraw])

    assert sum(isinstance(each, OfferOver) for each in results) == 1
    made.refresh_from_db()
    is_owner = roles()[crew.cashier.user_id] == "owner"
    assert is_owner == (made.status == HandoverStatus.ACCEPTED)
    assert violations(superuser) == {}


def test_accepting_twice_at_the_same_moment_is_accepting_once(crew):
    made = offer(crew)

    results = at_once([partial(accept, crew.cashier, made)] * 2)

    assert sum(isinstance(each, Member) for each in results) == 1
    assert AuditEntry.objects.filter(action="member.store_taken_over").count() == 1


def test_the_other_stores_offer_is_none_of_ours(crew, borealis):
    with tenant_scope(borealis.pk):
        other, taker = make_member(), make_member(Role.VIEWER)
        made = handovers.offer_store(actor=other, member_id=taker.pk, now=NOON)
    offer(crew)
    accept(crew.cashier, Handover.objects.get())

    with tenant_scope(borealis.pk):
        made.refresh_from_db()
        assert made.status == HandoverStatus.OFFERED
        assert roles() == {other.user_id: "owner", taker.user_id: "viewer"}


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("handover_ends_once", {"ended_at": NOON}),
        ("handover_ends_once", {"status": "accepted"}),
        ("handover_status_known", {"status": "lost", "ended_at": NOON}),
    ],
)
def test_impossible_rows_are_refused_by_the_database(crew, constraint, fields):
    people = {"giver": crew.owner.user, "taker": crew.cashier.user}

    with pytest.raises(IntegrityError, match=constraint):
        Handover.objects.create(
            **people | {"created_at": NOON, "expires_at": NOON} | fields
        )


def test_two_open_offers_and_one_to_oneself_are_refused_by_the_database(crew):
    times = {"created_at": NOON, "expires_at": NOON}
    offer(crew)

    with pytest.raises(IntegrityError, match="handover_offered_once"):
        Handover.objects.create(
            giver=crew.partner.user, taker=crew.viewer.user, **times
        )
    with pytest.raises(IntegrityError, match="handover_to_somebody_else"):
        Handover.objects.create(
            giver=crew.owner.user,
            taker=crew.owner.user,
            status="declined",
            ended_at=NOON,
            **times,
        )
