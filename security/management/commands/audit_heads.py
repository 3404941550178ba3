"""`manage.py audit_heads`: the ends of the audit chains, and whether they hold."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ppob.kit import clock
from security import cross_tenant
from security.services import heads, sealing
from security.services.heads import LostHead, UnreadableHeads


class Command(BaseCommand):
    """Prints, keeps or checks the last link of every audit chain."""

    help = (
        "Print the last link of every store's audit chain. A list kept outside the "
        "database shows later whether the end of a chain was cut off or rewritten. "
        "Example: manage.py audit_heads --append /mnt/usb/heads.jsonl; "
        "later: manage.py audit_heads --check /mnt/usb/heads.jsonl"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`--append` and `--check`."""
        parser.add_argument(
            "--append", type=Path, metavar="FILE", help="add the heads to this file"
        )
        parser.add_argument(
            "--check",
            type=Path,
            metavar="FILE",
            help="compare with the heads kept in this file; exit code 1 if one is lost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check first, so that a shorter chain is never appended unnoticed."""
        lost = self._check(options["check"]) if options["check"] else []
        for loss in lost:
            self.stderr.write(self.style.ERROR(str(loss)))
        if lost:
            raise CommandError("The audit trail was cut off or rewritten.")
        sealing.seal_entries(everything=True)
        found = cross_tenant.list_heads()
        for head in found:
            self.stdout.write(f"{heads.chain_name(head)}: {head.seq} {head.hash.hex()}")
        if options["append"]:
            try:
                heads.append_heads(options["append"], found, now=clock.now())
            except OSError as error:
                raise CommandError(f"{options['append']}: {error.strerror}") from error

    def _check(self, file: Path) -> list[LostHead]:
        try:
            return heads.find_lost(file)
        except (OSError, UnreadableHeads) as error:
            raise CommandError(f"{file}: {error}") from error
