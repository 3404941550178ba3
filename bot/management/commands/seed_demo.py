"""`seed_demo`: two stores in the local Discord, and an account for the admin."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bot.management import admin_password, demo
from ppob import env
from ppob.kit import clock
from ppob.local import paths

PASSWORD_FILE = "admin-password.txt"  # noqa: S105 - a file's name


class Command(BaseCommand):
    """Load the demo stores once."""

    help = (
        "Open two demo stores with products, codes, payment methods and panels in the "
        "local Discord. Run again, it changes nothing.  Example: seed_demo"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Let somebody insist."""
        parser.add_argument(
            "--force",
            action="store_true",
            help="also where the simulators are off; its ids exist in no real Discord",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the stores and say what there is."""
        if not (settings.IS_SIMULATED or options["force"]):
            raise CommandError(
                "The demo stores are for the local Discord (or --force)."
            )
        seeded = demo.seed_stores(now=clock.now())
        names = ", ".join(member.tenant.name for member in seeded)
        self.stdout.write(f"Demo stores: {names or 'already there'}.")
        if settings.DEBUG and env.IS_LOCAL:
            file = paths.data_dir() / PASSWORD_FILE
            password = admin_password.keep_staff(file)
            self.stdout.write(
                f"Admin: {admin_password.USERNAME} / {password} (kept in {file}); "
                "the first sign-in sets up a second step."
            )
