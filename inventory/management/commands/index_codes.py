"""`manage.py index_codes`: let older codes be compared in the form of today."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory import cross_tenant
from inventory.services import reindex
from ppob.kit import clock
from ppob.kit.scope import tenant_scope


class Command(BaseCommand):
    """Gives codes the index that finds their twins, store by store."""

    help = (
        "Index codes that were stored before equality had a normal form, or an older "
        "one. Running processes do this by themselves within minutes; after a restore "
        "or with large stocks it can be run by hand, at any time and again. "
        "Example: manage.py index_codes --dry-run"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`--dry-run`."""
        parser.add_argument(
            "--dry-run", action="store_true", help="count the codes, write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Index, and say what was done and what could not be."""
        stores = cross_tenant.stores_to_index()
        if not stores:
            self.stdout.write("Every code has its index.")
        left = 0
        for tenant_id, count in stores:
            if options["dry_run"]:
                self.stdout.write(f"store {tenant_id}: {count} codes to index")
                continue
            with tenant_scope(tenant_id):
                result = reindex.index_store(now=clock.now())
            left += result.left
            self.stdout.write(
                f"store {tenant_id}: {result.done} codes indexed,"
                f" {result.set_aside} put into quarantine, {result.left} left"
            )
        if left:
            raise CommandError(
                f"{left} codes could not be indexed: their twin is held or sold as "
                "well, or no listed key opens them. The rule code_has_index of "
                "manage.py verify names them."
            )
