"""Rights: every weaker role × every service and every page that acts for somebody.

Which services there are is found by looking; who may call them stands in `calls.py`,
apart from the services themselves. A refusal must leave every row as it was.
"""

import ast
from itertools import pairwise
from types import ModuleType
from uuid import uuid4

import pytest

from inventory.suppliers import registry
from inventory.suppliers.digiflazz import SPEC
from ppob.kit.errors import DomainError, NotAllowed, NotFound
from ppob.kit.scope import no_tenant_scope
from tenants import permissions
from tenants.actors import Actor
from tenants.models import Member
from tenants.models import member as member_module
from tenants.permissions import PERMISSIONS_OF, Permission
from tenants.states import Role
from tests.architecture.sources import calls as calls_in
from tests.architecture.sources import product as sources
from tests.factories import make_member
from tests.inventory.suppliers import Scripted
from tests.isolation import canary
from tests.isolation.world import make_side
from tests.providers import Served
from tests.rights import discovery
from tests.rights.calls import CALLS, READING
from tests.rights.trying import Picture, Trial

pytestmark = pytest.mark.timeout(600)

# They ask for the role of an owner besides the permission, so each is guarded twice.
GUARDED_TWICE = {
    "tenants.services.handovers.offer_store",
    "tenants.services.handovers.withdraw_offer",
}


class Solvent(Scripted):
    """A supplier that accepts every account."""

    def read_balance(self) -> int:
        return 1_000_000


@pytest.fixture
def trial(db, superuser, jobs, settings, tmp_path, monkeypatch) -> Trial:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setitem(registry._ADAPTERS, "digiflazz", Served(SPEC, Solvent()))
    with no_tenant_scope():
        side = make_side("arcadia", canary.OURS)
        make_side("borealis", canary.THEIRS)
    return Trial(side, Picture(superuser), jobs)


def test_every_service_says_who_may_call_it():
    found = set(discovery.services())

    assert found - set(CALLS) - set(READING) == set(), (
        "say in tests/rights/calls.py who may call it"
    )
    assert {*CALLS, *READING} - found == set(), "these are gone"
    assert len(found) >= 45


def test_weaker_roles_are_refused_and_change_nothing(trial):
    assert trial.try_all() == []


def test_without_the_permission_table_every_weaker_role_is_noticed(trial, monkeypatch):
    """The control: everybody may do everything, and the trial tells of each."""
    monkeypatch.setattr(Member, "may", lambda _self, _permission: True)
    monkeypatch.setattr(member_module, "covers", lambda _one, _other: True)

    told = trial.try_all()

    expected = {
        f"{name} by {role}"
        for name, entry in CALLS.items()
        for role in Role
        if not entry.may(role) and name not in GUARDED_TWICE
    }
    assert len(expected) > 90
    assert {line.partition(":")[0] for line in told if "let in" in line} == expected


def test_a_service_that_writes_before_it_refuses_is_noticed(trial, monkeypatch):
    """The control of the picture: a refusal that left something behind."""
    name = "payments.services.ledger.policy.change_policy"
    real = discovery.services()[name]

    def careless(*, actor: Actor, draft: object, now: object) -> None:
        make_member(Role.VIEWER)
        real(actor=actor, draft=draft, now=now)

    [wrong] = trial.try_one(name, careless, Role.CASHIER)

    assert "changed ['security_user', 'tenants_member']" in wrong


def test_a_new_service_without_an_entry_is_noticed():
    """The control of the search."""
    module = ModuleType("payments.services.fresh")
    source = (
        "def give_away(*, actor: object, now: object) -> None:\n"
        "    '''Somebody wrote this today.'''\n"
    )
    exec(source, module.__dict__)
    module.give_away.__module__ = module.__name__

    assert discovery.acts_for_somebody(module.give_away)
    [(name, _function)] = discovery._own_functions(module)
    assert f"{module.__name__}.{name}" not in CALLS


def test_whoever_lacks_the_right_fetches_nothing(in_arcadia):
    """Every `access_…` function refuses before it looks."""
    found = discovery.fetchers()
    wrong = []
    for role in Role:
        member = make_member(role)
        for name, fetch in found.items():
            for right in Permission:
                expected = NotFound if right in PERMISSIONS_OF[role] else NotAllowed
                try:
                    fetch(member, uuid4(), to=right)
                except DomainError as refusal:
                    if type(refusal) is not expected:
                        wrong.append(f"{name} by {role}, to {right}: {refusal!r}")
                else:
                    wrong.append(f"{name} by {role}, to {right}: let in")

    assert len(found) >= 9
    assert wrong == []


def test_pages_pass_the_person_on_and_not_only_a_name():
    """A service that takes a name asks for no right: no page may call it so."""
    nameless = [
        source.at(call)
        for source in sources()
        if "/dashboard/" in source.path or "/api/" in source.path
        for call, name in calls_in(source)
        if name.rpartition(".")[2][:1].islower()  # not a class
        if not name.startswith("selectors.")  # they look, and write nothing
        for word in call.keywords
        if word.arg == "actor" and ast.unparse(word.value).split(".")[-1] != "member"
    ]

    assert nameless == []


def test_every_right_is_somebodys_and_owners_have_all():
    assert PERMISSIONS_OF[Role.OWNER] == frozenset(Permission)
    ladder = [Role.VIEWER, Role.CASHIER, Role.ADMIN, Role.OWNER]
    for weaker, stronger in pairwise(ladder):
        assert PERMISSIONS_OF[weaker] < PERMISSIONS_OF[stronger]
        assert permissions.covers(stronger, weaker)
        assert not permissions.covers(weaker, stronger)
