"""What must be true of an installation before it serves anyone."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import Error
from django.db import connections
from django.db.utils import OperationalError

UNPRIVILEGED = ("default", "platform")


def database_roles(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[Error]:
    """Refuse roles that row-level security does not bind.

    A superuser, a role with BYPASSRLS and (without FORCE) the owner see every tenant's
    rows whatever the policies say.
    """
    errors = []
    for alias in set(databases or ()) & set(UNPRIVILEGED):
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute(
                    "SELECT rolsuper OR rolbypassrls FROM pg_roles"
                    " WHERE rolname = current_user"
                )
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
