"""What must be true of an installation before it serves anyone."""

import sys
from collections.abc import Sequence
from typing import Any

import psycopg
from django.apps import AppConfig
from django.core.checks import Error
from django.db import connections

UNPRIVILEGED = ("default", "platform")
NOT_STARTED = 3  # what gunicorn takes as “a worker cannot boot”, and then ends itself

_IS_UNBOUND = """
    SELECT rolsuper OR rolbypassrls
        OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
        OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid
            AND c.relnamespace = 'public'::regnamespace)
    FROM pg_roles r WHERE rolname = current_user
"""


def database_roles(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[Error]:
    """Refuse roles that row-level security does not bind.

    A superuser and a role with BYPASSRLS see every tenant's rows whatever the policies
    say; an owner may change them, and a member of another role gets that role's own.
    """
    return [
        Error(
            f"The role of database '{alias}' bypasses row-level security.",
            hint="Connect as ppob_app or ppob_platform (ppob/local/roles.sql).",
            id="ppob.E001",
        )
        for alias in set(databases or ()) & set(UNPRIVILEGED)
        if _is_unbound(alias)
    ]


def exit_if_unbound() -> None:
    """End this process with a sentence if its roles are not bound by policies.

    For whatever serves: the web's two entries, worker, beat and bot. A database that is
    away keeps nobody from starting.
    """
    if errors := database_roles(databases=UNPRIVILEGED):
        said = "".join(f"{error.msg} {error.hint}\n" for error in errors)
        # Not where Celery leads `stderr`: its log may leave this out.
        (sys.__stderr__ or sys.stderr).write(f"{said}Nothing was started.\n")
        raise SystemExit(NOT_STARTED)


def _is_unbound(alias: str) -> bool:
    # A connection of its own, closed again: servers fork after this, and a connection
    # that two processes share mixes up their answers.
    if not connections[alias].settings_dict["NAME"]:
        return False  # this service has no business with that database
    options: dict[str, Any] = {"connect_timeout": 5}
    options |= connections[alias].get_connection_params()
    try:
        with psycopg.connect(**options) as connection:
            row = connection.execute(_IS_UNBOUND).fetchone()
    except psycopg.OperationalError:
        return False  # whoever connects next says so better
    return bool(row and row[0])
