"""`manage.py rotate_keys`: bring every stored secret under the newest master key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ppob.kit import clock
from security import crypto
from security.services import keys


class Command(BaseCommand):
    """Seals again what older keys have sealed."""

    help = (
        "Seal all stored secrets with the first key of PPOB_MASTER_KEYS. Put the new "
        "key in front of the list (new:…,old:…), restart all processes, then run this. "
        "Keep the last key of the list: duplicates of codes are found with it. "
        "Example: manage.py rotate_keys --dry-run"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`--dry-run` and `--batch-size`."""
        parser.add_argument(
            "--dry-run", action="store_true", help="open and count, write nothing"
        )
        parser.add_argument(
            "--batch-size",
            type=int,
            default=keys.BATCH_SIZE,
            help="rows per transaction (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal again and say what was done and which keys are still needed."""
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be at least 1.")
        results = keys.seal_again(
            actor="command:rotate_keys",
            now=clock.now(),
            batch_size=options["batch_size"],
            dry_run=options["dry_run"],
        )
        verb = "to seal again" if options["dry_run"] else "sealed again"
        for result in results:
            self.stdout.write(f"{result.column}: {result.done} {verb}")
        self._say_which_keys_are_used()
        unreadable = sum(result.unreadable for result in results)
        if unreadable:
            raise CommandError(
                f"{unreadable} values cannot be opened with the listed keys. "
                "They were left as they are; the log names their rows."
            )

    def _say_which_keys_are_used(self) -> None:
        counts = keys.count_by_key()
        listed = crypto.key_ids()
        for key_id in [*listed, *sorted(set(counts) - set(listed))]:
            note = "" if key_id in listed else " (not listed!)"
            self.stdout.write(f"key {key_id}{note}: {counts.get(key_id, 0)} secrets")
        for key_id in keys.droppable_keys():
            self.stdout.write(f"key {key_id} can be removed from the list.")
