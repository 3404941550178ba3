"""An installation whose database roles bypass row-level security does not start."""

from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections

from ppob.kit.checks import database_roles
from ppob.local import paths


@contextmanager
def connected_as(role, alias="default"):
    """The alias's connection is another role's for a moment."""
    usual = connections[alias]
    usual.close()
    other = connections.create_connection(alias)
    options = {**other.settings_dict["OPTIONS"], "pool": None}
    other.settings_dict = {**other.settings_dict, "USER": role, "OPTIONS": options}
    connections[alias] = other
    try:
        yield
    finally:
        other.close()
        connections[alias] = usual


@pytest.fixture
def bypassing(superuser):
    """A role that is no superuser and that policies do not bind."""
    role = f"{settings.DATABASE}_bypass"  # roles belong to the whole server
    superuser.execute(f"CREATE ROLE {role} LOGIN BYPASSRLS")
    yield role
    superuser.execute(f"DROP ROLE {role}")


def test_the_products_own_roles_are_accepted(db):
    assert database_roles(databases=["default", "platform", "owner"]) == []


@pytest.mark.parametrize("alias", ["default", "platform"])
def test_a_superuser_is_refused(db, alias):
    with connected_as(paths.POSTGRES_SUPERUSER, alias):
        [error] = database_roles(databases=[alias])

    assert error.id == "ppob.E001"
    assert alias in error.msg


def test_a_role_that_bypasses_policies_is_refused(db, bypassing):
    with connected_as(bypassing):
        [error] = database_roles(databases=["default"])

    assert error.id == "ppob.E001"


def test_a_role_that_belongs_to_another_is_refused(db, superuser):
    """A policy for a role is one for its members."""
    role = f"{settings.DATABASE}_member"
    superuser.execute(f"CREATE ROLE {role} LOGIN IN ROLE ppob_platform")
    try:
        with connected_as(role):
            [error] = database_roles(databases=["default"])
    finally:
        superuser.execute(f"DROP ROLE {role}")

    assert error.id == "ppob.E001"


def test_the_owner_of_the_tables_is_refused(db):
    with connected_as("ppob_owner"):
        [error] = database_roles(databases=["default"])

    assert error.id == "ppob.E001"


def test_databases_that_nobody_asked_about_are_left_alone(db):
    with connected_as(paths.POSTGRES_SUPERUSER):
        assert database_roles(databases=["owner"]) == []
        assert database_roles() == []


def test_every_start_of_the_product_checks_the_roles(db):
    # Migrating comes before every start, on one machine and in containers.
    with (
        connected_as(paths.POSTGRES_SUPERUSER),
        pytest.raises(SystemCheckError, match="bypasses row-level security"),
    ):
        call_command("migrate", plan=True, skip_checks=False, verbosity=0)


def test_a_database_that_is_away_is_left_to_whoever_connects_next(db):
    with connected_as("nobody_of_this_name"):
        assert database_roles(databases=["default"]) == []
