"""What commands about one store's catalog share."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ppob.kit.scope import tenant_scope
from tenants import cross_tenant
from tenants.models import Member, Tenant
from tenants.states import Role


class StoreCommand(BaseCommand):
    """A command that works inside the store named by `--store`."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the store."""
        parser.add_argument(
            "--store", required=True, metavar="SLUG", help="the store's slug"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the store, open its scope and run `work`."""
        store = cross_tenant.find_store(options["store"])
        if store is None:
            raise CommandError(f"There is no store with the slug {options['store']!r}.")
        with tenant_scope(store.pk):
            self.work(store, options)

    def work(self, store: Tenant, options: dict[str, Any]) -> None:
        """What the command does in the store's scope."""
        raise NotImplementedError

    def owner(self) -> Member:
        """The owner of the store in scope; raises CommandError without one."""
        owner: Member | None = (
            Member.objects.filter(role=Role.OWNER)
            .select_related("tenant")
            .order_by("pk")
            .first()
        )
        if owner is None:
            raise CommandError("The store has no owner.")
        return owner


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in aligned columns."""
    lines = [list(header), *map(list, rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell))
            for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    # Terminals draw emoji two columns wide; U+FE0F turns a letter into one.
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide
