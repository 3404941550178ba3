"""Roles, going and being sent away."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from ppob.kit.errors import InvalidInput, NotAllowed, NotFound
from ppob.kit.scope import tenant_scope
from tenants import locks
from tenants import permissions as table
from tenants.invariants import INVARIANTS
from tenants.models import Invitation, Member
from tenants.permissions import PERMISSIONS_OF, Permission, covers
from tenants.services import members
from tenants.services.members import ChangedMeanwhile, LastOwner, RoleTooHigh
from tenants.states import InvitationStatus, Role
from tests.conftest import NOON
from tests.factories import make_member
from tests.payments.invariants import violations
from tests.payments.racing import at_once, meeting, outcomes
from tests.tenants.people import invite, last_entry, make_crew, picture, roles


@pytest.fixture
def crew(in_arcadia):
    return make_crew(in_arcadia)


def change(by, target, role, seen=None):
    return members.change_role(
        actor=by,
        member_id=target.pk,
        role=role,
        seen_role=seen or target.role,
        now=NOON,
    )


def remove(by, target):
    members.remove_member(actor=by, member_id=target.pk, now=NOON)


def test_an_owner_gives_somebody_another_role_and_nobody_else(crew):
    before = roles()

    changed = change(crew.owner, crew.cashier, Role.ADMIN)

    assert changed.role == Role.ADMIN
    assert roles() == before | {crew.cashier.user_id: "admin"}
    entry = last_entry()
    assert (entry.action, entry.actor) == ("member.role_changed", crew.owner.name)
    assert entry.object == f"member:{crew.cashier.user_id}"
    assert (entry.before, entry.after) == ({"role": "cashier"}, {"role": "admin"})
    assert entry.data == {"name": str(crew.cashier.user)}


def test_the_same_role_again_is_no_deed(crew):
    before = picture()

    change(crew.owner, crew.cashier, Role.CASHIER)

    assert picture() == before


def test_a_role_that_somebody_else_changed_is_not_overwritten(crew):
    change(crew.partner, crew.cashier, Role.VIEWER)
    before = picture()

    with pytest.raises(ChangedMeanwhile):
        change(crew.owner, crew.cashier, Role.ADMIN, seen="cashier")

    assert picture() == before


@pytest.mark.parametrize("role", ["", "boss", "OWNER"])
def test_a_role_that_does_not_exist_is_refused(crew, role):
    before = picture()

    with pytest.raises(InvalidInput):
        change(crew.owner, crew.cashier, role)

    assert picture() == before


def test_somebody_of_another_store_is_nobody_here(crew, borealis):
    with tenant_scope(borealis.pk):
        make_member()
        stranger = make_member(Role.CASHIER)
    before = picture()

    for act in (
        partial(change, crew.owner, stranger, Role.VIEWER),
        partial(remove, crew.owner, stranger),
    ):
        with pytest.raises(NotFound):
            act()

    assert picture() == before
    with tenant_scope(borealis.pk):
        assert roles()[stranger.user_id] == "cashier"


def test_only_the_permission_table_says_who_may(crew):
    for role in Role:
        assert Member(role=role).may(Permission.EDIT_MEMBERS) == (role == Role.OWNER)


@pytest.fixture
def admins_may_edit(monkeypatch):
    """A store whose table lets admins change who works here."""
    more = PERMISSIONS_OF[Role.ADMIN] | {Permission.EDIT_MEMBERS}
    monkeypatch.setitem(table.PERMISSIONS_OF, Role.ADMIN, more)


def test_nobody_grants_a_role_above_their_own(crew, admins_may_edit):
    before = picture()

    with pytest.raises(RoleTooHigh):
        change(crew.admin, crew.cashier, Role.OWNER)
    with pytest.raises(RoleTooHigh):
        invite(crew.admin, Role.OWNER)

    assert picture() == before


def test_only_owners_touch_owners(crew, admins_may_edit):
    before = picture()

    for act in (
        partial(change, crew.admin, crew.partner, Role.VIEWER),
        partial(remove, crew.admin, crew.partner),
    ):
        with pytest.raises(RoleTooHigh):
            act()
    assert picture() == before

    change(crew.admin, crew.cashier, Role.ADMIN)  # as high as their own
    assert roles()[crew.cashier.user_id] == "admin"


def test_who_covers_whom_follows_the_table():
    higher = [(Role.OWNER, role) for role in Role]
    higher += [(Role.ADMIN, role) for role in (Role.ADMIN, Role.CASHIER, Role.VIEWER)]
    higher += [(Role.CASHIER, Role.CASHIER), (Role.CASHIER, Role.VIEWER)]
    higher += [(Role.VIEWER, Role.VIEWER)]

    assert [(a, b) for a in Role for b in Role if covers(a, b)] == sorted(
        higher, key=lambda pair: (list(Role).index(pair[0]), list(Role).index(pair[1]))
    )


def test_a_removed_person_is_gone_here_and_nowhere_else(crew, borealis):
    user = crew.cashier.user
    with tenant_scope(borealis.pk):
        make_member()
        elsewhere = make_member(Role.ADMIN, user=user)
    before = roles()

    remove(crew.owner, crew.cashier)

    assert roles() == {key: value for key, value in before.items() if key != user.pk}
    user.refresh_from_db()
    assert user.is_active
    with tenant_scope(borealis.pk):
        assert roles()[user.pk] == "admin"
        assert Member.objects.filter(pk=elsewhere.pk).exists()
    entry = last_entry()
    assert (entry.action, entry.actor) == ("member.removed", crew.owner.name)
    assert (entry.before, entry.after) == ({"role": "cashier"}, {})


def test_nobody_removes_themselves_by_that_button(crew):
    before = picture()

    with pytest.raises(InvalidInput):
        remove(crew.owner, crew.owner)

    assert picture() == before


@pytest.mark.parametrize("who", ["admin", "cashier", "viewer", "partner"])
def test_everybody_may_leave(crew, who):
    leaver, before = getattr(crew, who), roles()

    members.leave_store(actor=leaver, now=NOON)

    assert roles() == {k: v for k, v in before.items() if k != leaver.user_id}
    assert (last_entry().action, last_entry().actor) == ("member.left", leaver.name)


def test_the_last_owner_stays_whatever_is_tried(crew, superuser):
    members.leave_store(actor=crew.partner, now=NOON)
    before = picture()

    with pytest.raises(LastOwner):
        members.leave_store(actor=crew.owner, now=NOON)
    with pytest.raises(LastOwner):
        change(crew.owner, crew.owner, Role.ADMIN)

    assert picture() == before
    assert violations(superuser) == {}


def test_an_owner_who_was_removed_meanwhile_can_do_nothing_more(crew):
    """The request brought a member that is no member any more."""
    remove(crew.owner, crew.partner)
    before = picture()

    for act in (
        partial(remove, crew.partner, crew.owner),
        partial(change, crew.partner, crew.cashier, Role.OWNER),
        partial(members.leave_store, actor=crew.partner, now=NOON),
        partial(invite, crew.partner, Role.OWNER),
    ):
        with pytest.raises(NotAllowed):
            act()

    assert picture() == before


def test_an_owner_who_was_demoted_meanwhile_can_do_nothing_more(crew):
    change(crew.owner, crew.partner, Role.ADMIN)
    before = picture()

    assert crew.partner.role == Role.OWNER  # so says the old request
    for act in (
        partial(remove, crew.partner, crew.cashier),
        partial(change, crew.partner, crew.cashier, Role.OWNER),
        partial(invite, crew.partner),
    ):
        with pytest.raises(NotAllowed):
            act()

    assert picture() == before


def test_nobody_comes_back_through_an_invitation_of_their_own(crew):
    invite(crew.partner, Role.OWNER)
    invite(crew.owner, Role.VIEWER)

    remove(crew.owner, crew.partner)

    states = dict(Invitation.objects.values_list("created_by_id", "status"))
    assert states == {
        crew.partner.user_id: InvitationStatus.REVOKED,
        crew.owner.user_id: InvitationStatus.OPEN,
    }
    assert last_entry().data["ended_invitations"] == 1


def test_a_demotion_ends_what_the_old_role_had_promised(crew):
    invite(crew.partner, Role.OWNER)

    change(crew.owner, crew.partner, Role.ADMIN)

    assert Invitation.objects.get().status == InvitationStatus.REVOKED


# --- Two owners at the same moment ----------------------------------------------------


@pytest.fixture
def pair(in_arcadia):
    """Two owners, and a bystander."""
    return make_member(), make_member(), make_member(Role.VIEWER)


def demote(by, target):
    return change(by, target, Role.ADMIN)


def leave(by, _other):
    members.leave_store(actor=by, now=NOON)


@pytest.mark.parametrize("deed", [demote, remove])
def test_two_owners_who_act_against_each_other_leave_one(pair, deed, superuser):
    one, two, bystander = pair

    results = at_once([partial(deed, one, two), partial(deed, two, one)])

    refusals = [each for each in results if isinstance(each, NotAllowed)]
    assert len(refusals) == 1
    owners = Member.objects.filter(role=Role.OWNER)
    assert owners.count() == 1
    assert roles()[bystander.user_id] == "viewer"
    assert violations(superuser) == {}


def test_two_owners_who_leave_at_the_same_moment_leave_one(pair, superuser):
    one, two, _bystander = pair

    results = at_once([partial(leave, one, two), partial(leave, two, one)])

    assert sorted(type(each) for each in results if each is not None) == [LastOwner]
    assert Member.objects.filter(role=Role.OWNER).count() == 1
    assert violations(superuser) == {}


def test_without_the_lock_the_database_still_keeps_an_owner(pair, monkeypatch):
    """The second guard alone: both look before either acts."""
    one, two, _bystander = pair
    looked = meeting(2)
    monkeypatch.setattr(locks, "lock_store", lambda _tenant_id: None)
    monkeypatch.setattr(members.staff, "require_other_owner", lambda _who: looked())

    results = outcomes([partial(leave, one, two), partial(leave, two, one)])

    assert [type(each) for each in results if each is not None] == [IntegrityError]
    assert Member.objects.filter(role=Role.OWNER).count() == 1


def test_without_both_guards_the_store_has_no_owner(pair, monkeypatch, superuser):
    """The control: what the lock and the trigger are for."""
    one, two, _bystander = pair
    looked = meeting(2)
    monkeypatch.setattr(locks, "lock_store", lambda _tenant_id: None)
    monkeypatch.setattr(members.staff, "require_other_owner", lambda _who: looked())
    superuser.execute("ALTER TABLE tenants_member DISABLE TRIGGER USER")
    try:
        at_once([partial(leave, one, two), partial(leave, two, one)])

        assert not Member.objects.filter(role=Role.OWNER).exists()
        [rule] = [each for each in INVARIANTS if each.name == "store_has_an_owner"]
        assert superuser.execute(rule.sql, {"now": NOON}).fetchall()
    finally:
        superuser.execute("ALTER TABLE tenants_member ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM tenants_member",
        "UPDATE tenants_member SET role = 'viewer'",
        "DELETE FROM tenants_member WHERE role = 'owner'",
    ],
)
def test_plain_sql_cannot_take_the_last_owner_either(pair, statement):
    with (
        pytest.raises(IntegrityError, match="needs an owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert Member.objects.filter(role=Role.OWNER).count() == 2
