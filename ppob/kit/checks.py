"""What must be true of an installation before it serves anyone."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import Error
from django.db import connections
from django.db.utils import OperationalError

UNPRIVILEGED = ("default", "platform")

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
    errors = []
    for alias in set(databases or ()) & set(UNPRIVILEGED):
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute(_IS_UNBOUND)
                row = cursor.fetchone()
        except OperationalError:
            continue  # whoever connects next says so better
        if row and row[0]:
            errors.append(
                Error(
                    f"The role of database '{alias}' bypasses row-level security.",
                    hint="Connect as ppob_app or ppob_platform (ppob/local/roles.sql).",
                    id="ppob.E001",
                )
            )
    return errors
