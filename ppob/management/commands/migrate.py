"""`migrate` as the role that owns the tables: the application's may not change them."""

from django.core.management.base import CommandParser
from django.core.management.commands import migrate


class Command(migrate.Command):
    """Django's own command with another default database."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Let `--database` be `owner` unless somebody says otherwise."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")
