"""`seed_catalog`: five games with fifteen top-ups for one store."""

from typing import Any

from django.core.management.base import CommandParser

from catalog.management.store_command import StoreCommand, table
from catalog.services import seeding
from catalog.services.seeding import PlannedTopup
from ppob.kit import clock
from ppob.kit.money import rupiah
from tenants.models import Tenant


class Command(StoreCommand):
    """Add the games and top-ups a store lacks."""

    help = (
        "Add five games with fifteen top-ups (11.1 % mark-up) to a store. What it has "
        "already stays untouched.  Example: seed_catalog --store toko-rizky --dry-run"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the store and whether to look only."""
        super().add_arguments(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be added"
        )

    def work(self, store: Tenant, options: dict[str, Any]) -> None:
        """Show the plan, then carry it out."""
        planned = seeding.plan_topups(price_step=store.price_step)
        if not planned:
            self.stdout.write(f"{store.name} has all top-ups already.")
            return
        self.stdout.write(_table(planned))
        if options["dry_run"]:
            self.stdout.write(f"Nothing was changed; {len(planned)} would be added.")
            return
        added = seeding.add_topups(actor=self.owner(), now=clock.now())
        self.stdout.write(self.style.SUCCESS(f"{len(added)} top-ups added."))


def _table(planned: list[PlannedTopup]) -> str:
    return table(
        ("Game", "SKU", "Top-up", "Cost", "Price"),
        [
            (
                topup.game.code,
                topup.sku,
                topup.name,
                rupiah(topup.cost),
                rupiah(topup.price),
            )
            for topup in planned
        ],
    )
