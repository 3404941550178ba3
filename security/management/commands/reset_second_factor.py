"""`manage.py reset_second_factor`: for somebody whose phone and codes are gone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ppob.kit import clock
from ppob.kit.numbers import read_number
from security.models import User
from security.services import second_factor


class Command(BaseCommand):
    """Takes a person's second step away; they set up a new one when they sign in."""

    help = (
        "Take all second factors of an account away because they are lost, and end all "
        "its sessions. Make sure first that it is really the person who asks: call "
        "them. Platform staff sets up a new one at the next sign-in. "
        'Example: manage.py reset_second_factor staff --reason "phone lost, called"'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The account and why."""
        parser.add_argument("username", help="username, or the Discord account's id")
        parser.add_argument(
            "--reason", required=True, help="stays in the audit trail, with the time"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would go, change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Reset, and say what was taken away."""
        user = _find(options["username"])
        if user is None:
            raise CommandError(f"There is no account {options['username']!r}.")
        factors = second_factor.list_factors(user)
        if options["dry_run"]:
            self.stdout.write(f"{user.username}: {len(factors)} factors would go.")
            return
        if not options["reason"].strip():
            raise CommandError("Say why (--reason).")
        count = second_factor.reset(
            user,
            by="command:reset_second_factor",
            reason=options["reason"].strip(),
            now=clock.now(),
        )
        self.stdout.write(
            f"{user.username}: {count} factors taken away, all sessions ended."
        )


def _find(name: str) -> User | None:
    user = User.objects.filter(username=name).first()
    discord_id = read_number(name)
    if user is None and discord_id is not None:
        user = User.objects.filter(discord_id=discord_id).first()
    return user
