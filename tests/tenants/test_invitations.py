"""Joining a store by a link."""

import hashlib
from datetime import timedelta
from functools import partial

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError

from ppob.kit.errors import DomainError, InvalidInput
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security.models import AuditEntry
from tenants import locks
from tenants.models import Invitation, Member
from tenants.services import invitations, suspension
from tenants.services.invitations import (
    AlreadyMember,
    ForAnotherAccount,
    InvitationDraft,
    InvitationOver,
    NoInvitation,
    StoreStopped,
    TooManyOpen,
    accept,
    read_account,
)
from tenants.states import InvitationStatus, Role
from tests.conftest import NOON
from tests.factories import make_member
from tests.payments.invariants import violations
from tests.payments.racing import at_once, meeting
from tests.tenants.people import (
    invite,
    last_entry,
    make_crew,
    newcomer,
    picture,
    roles,
)

WEEK = timedelta(days=7)


@pytest.fixture
def crew(in_arcadia):
    return make_crew(in_arcadia)


@pytest.fixture
def owner(crew):
    return crew.owner


def join(user, token, now=NOON):
    """As the page does: nobody's scope is open."""
    with no_tenant_scope():
        return accept(user=user, token=token, now=now)


def knows(user, username):
    """Discord told this user name at the last sign-in."""
    SocialAccount.objects.create(
        user=user,
        provider="discord",
        uid=str(user.discord_id),
        extra_data={"username": username},
    )
    return user


def test_whoever_has_the_link_joins_once_in_its_role(owner, superuser):
    token, other = invite(owner, Role.CASHIER), invite(owner, Role.ADMIN)
    sari, before = newcomer(), roles()

    joined = join(sari, token)

    assert joined.tenant_id == owner.tenant_id
    assert roles() == before | {sari.pk: "cashier"}
    used, left = Invitation.objects.order_by("pk")
    assert (used.status, used.accepted_by_id, used.ended_at) == (
        "accepted",
        sari.pk,
        NOON,
    )
    assert joined.invitation_id == used.pk
    assert (left.status, left.accepted_by_id) == ("open", None)
    assert other
    entry = last_entry()
    assert (entry.action, entry.actor) == ("member.joined", f"user:{sari.pk}")
    assert entry.after == {"role": "cashier"}
    assert entry.data["invited_by"] == str(owner.user)
    assert violations(superuser) == {}


def test_the_token_is_nowhere_but_in_the_link(owner, superuser):
    token = invite(owner, account="123456789012345678")

    tables = superuser.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ).fetchall()
    holding = [
        table
        for (table,) in tables
        if superuser.execute(
            f"SELECT 1 FROM {table} t WHERE t::text LIKE %s LIMIT 1", (f"%{token}%",)
        ).fetchone()
    ]

    assert holding == []
    assert len(token) == 43
    kept = Invitation.objects.get().token_hash
    assert kept == hashlib.sha256(token.encode()).hexdigest()


def test_no_two_links_are_alike(owner):
    assert len({invite(owner) for _ in range(5)}) == 5


def test_making_one_is_written_down_with_its_terms(owner):
    invite(owner, Role.ADMIN, account="@Rizky.Store", days=1)

    entry = last_entry()
    assert (entry.action, entry.actor) == ("member.invited", owner.name)
    assert entry.data["role"] == "admin"
    assert entry.data["account"] == "rizky.store"
    assert Invitation.objects.get().expires_at == NOON + timedelta(days=1)


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\0", "🙂" * 50])
def test_a_wrong_link_is_no_link(owner, token):
    invite(owner)
    before = picture()

    with pytest.raises(NoInvitation):
        join(newcomer(), token)

    assert picture() == before


def test_the_hash_itself_opens_nothing(owner):
    invite(owner)

    with pytest.raises(NoInvitation):
        join(newcomer(), Invitation.objects.get().token_hash)


def test_a_used_link_lets_nobody_else_in(owner):
    token = invite(owner)
    join(newcomer(), token)
    before = picture()

    with pytest.raises(InvitationOver, match="used already"):
        join(newcomer(), token)

    assert picture() == before


def test_a_second_press_of_the_same_person_changes_nothing(owner):
    token, sari = invite(owner), newcomer()
    join(sari, token)
    before = picture()

    with pytest.raises(AlreadyMember):
        join(sari, token)

    assert picture() == before


def test_who_works_there_does_not_use_a_link_up(crew):
    token = invite(crew.owner, Role.ADMIN)
    before = picture()

    with pytest.raises(AlreadyMember):
        join(crew.viewer.user, token)

    assert picture() == before
    assert roles()[crew.viewer.user_id] == "viewer"


@pytest.mark.parametrize(
    ("moment", "is_in_time"),
    [
        (NOON + WEEK - timedelta(microseconds=1), True),
        (NOON + WEEK, False),
        (NOON + WEEK + timedelta(days=300), False),
    ],
)
def test_a_link_ends_at_its_hour(owner, moment, is_in_time):
    token, sari = invite(owner, days=7), newcomer()

    if is_in_time:
        join(sari, token, now=moment)
    else:
        with pytest.raises(InvitationOver, match="expired"):
            join(sari, token, now=moment)

    assert (sari.pk in roles()) == is_in_time


def test_a_withdrawn_link_lets_nobody_in(owner):
    token, kept = invite(owner), invite(owner)
    taken = Invitation.objects.order_by("pk")[0]
    invitations.revoke(actor=owner, invitation=taken, now=NOON)
    assert last_entry().action == "member.invitation_revoked"
    before = picture()

    with pytest.raises(InvitationOver, match="withdrawn"):
        join(newcomer(), token)
    with pytest.raises(InvitationOver):
        invitations.revoke(actor=owner, invitation=taken, now=NOON)

    assert picture() == before
    join(newcomer(), kept)


def test_a_suspended_store_lets_nobody_in_and_invites_nobody(owner):
    token, sari = invite(owner), newcomer()
    suspension.suspend_store(tenant_id=owner.tenant_id, actor="command:x", now=NOON)
    before = picture()

    with pytest.raises(StoreStopped):
        join(sari, token)
    with pytest.raises(StoreStopped):
        invite(owner)
    assert picture() == before

    suspension.resume_store(tenant_id=owner.tenant_id, actor="command:x", now=NOON)
    join(sari, token)
    assert roles()[sari.pk] == "cashier"


def test_a_link_for_one_account_works_for_that_account(owner):
    sari, thief = newcomer(), newcomer()
    token = invite(owner, account=str(sari.discord_id))
    before = picture()

    with pytest.raises(ForAnotherAccount):
        join(thief, token)
    assert picture() == before

    join(sari, token)
    assert thief.pk not in roles()
    assert roles()[sari.pk] == "cashier"


def test_a_link_for_a_user_name_works_for_that_name(owner):
    sari, thief = knows(newcomer(), "Sari.Toko"), knows(newcomer(), "sari_toko")
    unknown = newcomer()
    token = invite(owner, account="@sari.toko")

    for other in (thief, unknown):
        with pytest.raises(ForAnotherAccount):
            join(other, token)

    join(sari, token)
    assert {thief.pk, unknown.pk} & set(roles()) == set()


def test_somebody_without_a_discord_account_cannot_join(owner):
    clerk = newcomer(discord_id=None, is_staff=True)
    token = invite(owner)

    with pytest.raises(ForAnotherAccount, match="Discord"):
        join(clerk, token)

    assert clerk.pk not in roles()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", (None, "")),
        ("   ", (None, "")),
        ("1190000000000000101", (1190000000000000101, "")),
        ("<@1190000000000000101>", (1190000000000000101, "")),
        (" @Rizky ", (None, "rizky")),
        ("rizky.store_1", (None, "rizky.store_1")),
        ("12345", (None, "12345")),
    ],
)
def test_accounts_are_read_as_people_paste_them(typed, read):
    assert read_account(typed) == read


@pytest.mark.parametrize(
    "typed", ["Rizky#1234", "rizky store", "a", "x" * 33, "99999999999999999999", "é"]
)
def test_what_is_no_account_is_refused(typed):
    with pytest.raises(InvalidInput):
        read_account(typed)


@pytest.mark.parametrize(
    "draft",
    [
        InvitationDraft(role="boss"),
        InvitationDraft(role="cashier", days=3650),
        InvitationDraft(role="cashier", days=0),
        InvitationDraft(role="cashier", account="not an account"),
    ],
)
def test_impossible_terms_are_refused(owner, draft):
    before = picture()

    with pytest.raises(InvalidInput):
        invitations.invite(actor=owner, draft=draft, now=NOON)

    assert picture() == before


def test_a_colleague_is_not_invited_again(crew):
    with pytest.raises(InvalidInput):
        invite(crew.owner, account=str(crew.viewer.user.discord_id))

    assert not Invitation.objects.exists()


def test_no_more_than_twenty_links_are_open(owner):
    for _number in range(20):
        invite(owner)
    before = picture()

    with pytest.raises(TooManyOpen):
        invite(owner)

    assert picture() == before
    Invitation.objects.filter(pk=Invitation.objects.first().pk).update(expires_at=NOON)
    invite(owner)  # what has expired does not count


def test_the_other_store_has_nothing_of_it(owner, borealis):
    token = invite(owner)
    with tenant_scope(borealis.pk):
        make_member()
        before = picture()

    join(newcomer(), token)

    with tenant_scope(borealis.pk):
        assert picture() == before


# --- Several people at the same moment ------------------------------------------------


def test_of_many_people_with_one_link_one_joins(owner, superuser):
    token, people = invite(owner), [newcomer() for _ in range(6)]
    before = roles()

    results = at_once([partial(join, each, token) for each in people])

    joined = [each for each in results if isinstance(each, Member)]
    assert len(joined) == 1
    refused = {type(each) for each in results if isinstance(each, DomainError)}
    assert refused == {InvitationOver}
    assert len(roles()) == len(before) + 1
    assert AuditEntry.objects.filter(action="member.joined").count() == 1
    assert violations(superuser) == {}


def test_one_person_with_two_links_joins_once(owner, superuser):
    tokens, sari = [invite(owner), invite(owner, Role.ADMIN)], newcomer()

    results = at_once([partial(join, sari, token) for token in tokens])

    assert sum(isinstance(each, Member) for each in results) == 1
    assert Member.objects.filter(user=sari).count() == 1
    assert Invitation.objects.filter(status=InvitationStatus.OPEN).count() == 1
    assert violations(superuser) == {}


@pytest.fixture
def nobody_locks(monkeypatch):
    """Everybody has looked before anybody acts."""
    looked = meeting(2)
    monkeypatch.setattr(
        locks, "lock_invitation", lambda pk: Invitation.objects.get(pk=pk)
    )
    monkeypatch.setattr(
        locks, "lock_store", lambda pk: invitations.Tenant.objects.get(pk=pk)
    )
    monkeypatch.setattr(invitations, "_require_selling", lambda _store: looked())


def test_without_the_locks_the_database_lets_one_person_in(owner, nobody_locks):
    """The second guard alone: one member per invitation."""
    token, people, before = None, [newcomer(), newcomer()], roles()
    token = _made_before(owner)

    results = at_once([partial(join, each, token) for each in people])

    assert sum(isinstance(each, Member) for each in results) == 1
    assert len(roles()) == len(before) + 1


def test_without_locks_and_constraints_two_join_by_one_link(
    owner, nobody_locks, monkeypatch, superuser
):
    """The control: what locks, conditions and constraints are for."""
    token, before = _made_before(owner), roles()
    monkeypatch.setattr(invitations, "_close", lambda *_a, **_k: None)
    superuser.execute(
        "ALTER TABLE tenants_member DROP CONSTRAINT member_once_per_invitation"
    )
    try:
        at_once([partial(join, newcomer(), token) for _ in range(2)])

        assert len(roles()) == len(before) + 2
        assert "joined_by_own_invitation" in violations(superuser)
    finally:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("DELETE FROM tenants_member")
        superuser.execute("SET session_replication_role = origin")
        superuser.execute(
            "ALTER TABLE tenants_member ADD CONSTRAINT member_once_per_invitation"
            " UNIQUE (tenant_id, invitation_id)"
        )


def _made_before(owner):
    token = "a" * 43
    Invitation.objects.create(
        role=Role.CASHIER,
        token_hash=invitations.hash_of(token),
        created_by=owner.user,
        created_at=NOON,
        expires_at=NOON + WEEK,
    )
    return token


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("invitation_accepted_by_somebody", {"status": "accepted", "ended_at": NOON}),
        ("invitation_ends_once", {"status": "revoked"}),
        ("invitation_for_one_account", {"discord_id": 1, "username": "rizky"}),
        ("invitation_role_known", {"role": "boss"}),
        ("invitation_status_known", {"status": "lost", "ended_at": NOON}),
    ],
)
def test_impossible_rows_are_refused_by_the_database(owner, constraint, fields):
    usual = {
        "role": "viewer",
        "token_hash": "x",
        "created_by": owner.user,
        "created_at": NOON,
        "expires_at": NOON,
    }

    with pytest.raises(IntegrityError, match=constraint):
        Invitation.objects.create(**usual | fields)


def test_the_same_person_or_link_is_refused_by_the_database(owner):
    token = invite(owner)
    used = Invitation.objects.get()
    joined = join(newcomer(), token)

    with pytest.raises(IntegrityError, match="member_once_per_store"):
        Member.objects.create(user=joined.user, role="viewer", created_at=NOON)
    with pytest.raises(IntegrityError, match="member_once_per_invitation"):
        Member.objects.create(
            user=newcomer(), role="viewer", invitation=used, created_at=NOON
        )
    with pytest.raises(IntegrityError, match="token_hash"):
        Invitation.objects.create(
            role="viewer",
            token_hash=used.token_hash,
            created_by=owner.user,
            created_at=NOON,
            expires_at=NOON,
        )
