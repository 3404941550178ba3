"""`migrate` as the role that owns the tables: the application's may not change them."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate

from ppob.kit.checks import UNPRIVILEGED


class Command(migrate.Command):
    """Django's own command with another default database."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Let `--database` be `owner` unless somebody says otherwise."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def check(self, *args: Any, **options: Any) -> None:
        """Refuse roles that row-level security does not bind: every start migrates."""
        databases = {*(options.get("databases") or ()), *UNPRIVILEGED}
        options["databases"] = sorted(databases)
        super().check(*args, **options)
