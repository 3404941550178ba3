"""`manage.py sync_prices`: read the price lists of suppliers now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory import cross_tenant
from inventory.models import SupplierAccount
from inventory.services import price_sync
from inventory.services.price_changes import LineChange
from ppob.kit import clock
from ppob.kit.money import rupiah
from ppob.kit.scope import tenant_scope


class Command(BaseCommand):
    """Reads the list of every account that is in use, and says what was new."""

    help = (
        "Read the price list of every supplier account that is in use, as running "
        "processes do every ten minutes. Some suppliers give a list once in five "
        "minutes only; what they refuse is named at the end. With --dry-run, the first "
        "differences stand below each account; with --bills, bills are read instead. "
        "Example: manage.py sync_prices --dry-run"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`--dry-run`, `--bills`."""
        parser.add_argument(
            "--dry-run", action="store_true", help="say what differs, write nothing"
        )
        parser.add_argument(
            "--bills",
            action="store_true",
            help="read the lists of bills; suppliers count both lists as one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, a line for each account."""
        silent = 0
        is_bills = options["bills"]
        read = price_sync.sync_bills if is_bills else price_sync.sync_prices
        for tenant_id, account_id in cross_tenant.active_accounts():
            with tenant_scope(tenant_id):
                account = SupplierAccount.objects.get(pk=account_id)
                found = read(
                    account_id=account_id, now=clock.now(), dry_run=options["dry_run"]
                )
            silent += found is None
            self.stdout.write(f"store {tenant_id}, {account}: {_words(found)}")
            if found is not None and options["dry_run"]:
                self._list(found)
        if silent:
            raise CommandError(
                f"{silent} accounts gave no list; nothing of them changed."
            )

    def _list(self, found: price_sync.PriceDiff) -> None:
        for change in found.shown:
            self.stdout.write(f"  {_line(change)}")
        more = sum(found.counts.values()) - found.lines - len(found.shown)
        if more:
            self.stdout.write(f"  and {more} more")


def _line(change: LineChange) -> str:
    cost = rupiah(change.new_cost)
    if change.old_cost not in (None, change.new_cost):
        cost = f"{rupiah(change.old_cost or 0)} -> {cost}"
    return f"{change.kind:5} {change.sku} {change.name}: {cost}"


def _words(found: price_sync.PriceDiff | None) -> str:
    if found is None:
        return "no list"
    return ", ".join(f"{count} {name}" for name, count in found.counts.items())
