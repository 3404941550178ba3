"""Opening stores, knowing buyers and servers, and who may do what."""

import itertools

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory

from ppob.kit.errors import NotAllowed
from ppob.kit.scope import NoTenantScope, find_tenant_id, get_tenant_id, tenant_scope
from security.models import AuditEntry
from tenants import cross_tenant
from tenants.auth import require, store_page
from tenants.jobs import tenant_job
from tenants.models import Customer, Guild, Member, Tenant
from tenants.permissions import PERMISSIONS_OF, Permission
from tenants.services import customers, guilds, onboarding
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_guild, make_member, make_user


def open_store(user=None, *, guild_id=42, name="Toko Rizky"):
    return onboarding.open_store(
        user=user or make_user(),
        guild_id=guild_id,
        guild_name=name,
        icon_url="",
        now=NOON,
    )


def test_opening_a_store_makes_its_owner_and_connects_the_server(db):
    user = make_user()

    owner = open_store(user)

    found = cross_tenant.find_member(user_id=user.pk, slug="toko-rizky")
    assert (found, found.role) == (owner, Role.OWNER)
    assert cross_tenant.find_guild(42).tenant_id == owner.tenant_id
    assert cross_tenant.list_tenant_ids() == [owner.tenant_id]
    with tenant_scope(owner.tenant_id):
        assert AuditEntry.objects.get().action == "store.opened"


def test_stores_of_the_same_name_get_different_addresses(db):
    slugs = {
        open_store(guild_id=number, name=name).tenant.slug
        for number, name in enumerate(("Toko", "Toko", "Toko!", "🛍️"), start=1)
    }

    assert slugs == {"toko", "toko-2", "toko-3", "toko-4"}


def test_a_server_belongs_to_one_store(db):
    first = open_store()

    with pytest.raises(onboarding.GuildTaken):
        open_store(name="Other")

    assert cross_tenant.find_guild(42).tenant_id == first.tenant_id
    assert Tenant.objects.using("platform").count() == 1
    assert Member.across_tenants.count() == 1


def test_nobody_but_members_finds_a_store(db):
    owner, stranger = open_store(), make_user()

    assert cross_tenant.find_member(user_id=stranger.pk, slug="toko-rizky") is None
    assert cross_tenant.find_member(user_id=owner.user_id, slug="other") is None
    assert cross_tenant.list_memberships(stranger.pk) == []


def test_a_buyer_is_remembered_once_and_kept_up_to_date(in_arcadia):
    def remember(name, locale):
        return customers.remember(
            discord_id=7,
            username=name,
            display_name=name.title(),
            locale=locale,
            now=NOON,
        )

    first, second = remember("ayu", "id"), remember("ayu.new", "en-US")

    assert first.pk == second.pk
    customer = Customer.objects.get()
    assert (customer.username, customer.display_name) == ("ayu.new", "Ayu.New")
    assert (customer.language, customer.actor) == ("en", "discord:7")


def test_the_same_person_is_another_buyer_in_another_store(in_arcadia, borealis):
    names = {"username": "ayu", "display_name": "", "locale": None}
    first = customers.remember(discord_id=7, now=NOON, **names)

    with tenant_scope(borealis.pk):
        second = customers.remember(discord_id=7, now=NOON, **names)

    assert first.pk != second.pk
    assert first.language == "id"


def test_the_bot_comes_and_goes_in_its_own_stores_server_only(in_arcadia, borealis):
    ours = make_guild(100)
    with tenant_scope(borealis.pk):
        theirs = make_guild(200)

    guilds.bot_joined(guild_id=100, name="Renamed", now=NOON)
    guilds.bot_joined(guild_id=200, name="Taken over", now=NOON)

    ours.refresh_from_db()
    assert (ours.name, ours.bot_joined_at) == ("Renamed", NOON)
    with tenant_scope(borealis.pk):
        theirs.refresh_from_db()
        assert theirs.bot_joined_at is None
    guilds.bot_left(guild_id=100, now=NOON)
    assert Guild.objects.get().bot_joined_at is None
    assert Guild.objects.get().name == "Renamed"


def test_a_job_runs_in_the_scope_of_its_store(arcadia):
    seen = []

    @tenant_job("tests.note_scope")
    def note_scope(number: int) -> None:
        seen.append((get_tenant_id(), number))

    note_scope(tenant_id=arcadia.pk, number=3)

    assert seen == [(arcadia.pk, 3)]
    assert find_tenant_id() is None


def test_a_job_without_a_store_does_not_run(db):
    @tenant_job("tests.never_runs")
    def never_runs() -> None:
        raise AssertionError

    with pytest.raises(TypeError):
        never_runs()


def test_each_role_may_what_the_roles_below_it_may():
    ladder = [Role.VIEWER, Role.CASHIER, Role.ADMIN, Role.OWNER]

    for lower, higher in itertools.pairwise(ladder):
        assert PERMISSIONS_OF[lower] < PERMISSIONS_OF[higher]
    assert PERMISSIONS_OF[Role.OWNER] == set(Permission)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.SEE_STORE, {"owner", "admin", "cashier", "viewer"}),
        (Permission.SEE_ORDERS, {"owner", "admin", "cashier", "viewer"}),
        (Permission.EDIT_STOCK, {"owner", "admin", "cashier"}),
        (Permission.CONFIRM_PAYMENTS, {"owner", "admin", "cashier"}),
        (Permission.SETTLE_MONEY, {"owner", "admin"}),
        (Permission.REFUND, {"owner", "admin"}),
        (Permission.REVEAL_CODES, {"owner", "admin"}),
        (Permission.BLOCK_BUYERS, {"owner", "admin"}),
        (Permission.EDIT_CATALOG, {"owner", "admin"}),
        (Permission.EDIT_PANELS, {"owner", "admin"}),
        (Permission.EDIT_STORE, {"owner", "admin"}),
        (Permission.SEE_COSTS, {"owner", "admin"}),
        (Permission.SEE_AUDIT, {"owner", "admin"}),
        (Permission.EDIT_PAYMENTS, {"owner"}),
        (Permission.EDIT_MEMBERS, {"owner"}),
    ],
)
def test_a_right_is_for_these_roles_only(in_arcadia, permission, roles):
    allowed = set()
    for role in Role:
        try:
            require(make_member(role), permission)
        except NotAllowed:
            continue
        allowed.add(role.value)

    assert allowed == roles


def test_a_page_sends_strangers_to_sign_in():
    request = RequestFactory().get("/toko/arcadia/orders/?page=2")
    request.user = AnonymousUser()

    answer = store_page(Permission.SEE_STORE)(lambda request: None)(request)

    assert answer.status_code == 302
    assert answer.url == "/?next=/toko/arcadia/orders/%3Fpage%3D2"


def test_a_scope_says_where_it_is_missing(db):
    with pytest.raises(NoTenantScope):
        get_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_tenant")
        assert cursor.fetchone() == (0,)
