"""`manage.py verify`: whether everything that must always be true is true now."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from ppob.kit import clock
from ppob.kit.invariants import Finding, Invariant, all_invariants, find_offenders
from security.cross_tenant import Head, list_heads
from security.services.heads import chain_name
from tenants.cross_tenant import find_store, snapshot_across_stores

STATEMENT_SECS = 60
ROWS = 20


class Command(BaseCommand):
    """Asks every rule of the product, in one snapshot that nothing can be written in.

    Ends with 0 when no row breaks a rule, with 1 when one does, and with 2 when a rule
    could not be asked.
    """

    help = (
        "Check all books, orders, codes and walls between stores against each other. "
        "Reads one snapshot and changes nothing; ends with 1 if anything is wrong. "
        "Example: manage.py verify --tenant toko-rizky --rows 5"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`--tenant`, `--json`, `--rows` and `--timeout`."""
        parser.add_argument("--tenant", metavar="SLUG", help="look at this store only")
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object for programs"
        )
        parser.add_argument(
            "--rows",
            type=int,
            default=ROWS,
            help="wrong rows to name per rule (default: %(default)s)",
        )
        parser.add_argument(
            "--timeout",
            type=int,
            default=STATEMENT_SECS,
            metavar="SECS",
            help="how long one rule may take (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, print, and raise CommandError if a rule is broken."""
        if options["rows"] < 0 or options["timeout"] < 1:
            raise CommandError("--rows and --timeout must be positive.", returncode=2)
        now = clock.now()
        tenant_id = self._tenant_id(options["tenant"])
        findings = self._ask(
            tenant_id=tenant_id,
            limit=options["rows"],
            statement_secs=options["timeout"],
            now=now,
        )
        heads = [head for head in list_heads() if tenant_id in (None, head.tenant_id)]
        if options["json"]:
            self._print_json(findings, heads, tenant=options["tenant"], now=now)
        else:
            self._print_table(findings)
            self._print_heads(heads)
        broken = sum(1 for finding in findings if finding.count)
        if broken:
            raise CommandError(f"{broken} of {len(findings)} rules are broken.")

    def _tenant_id(self, slug: str | None) -> int | None:
        if not slug:
            return None
        store = find_store(slug)
        if store is None:
            raise CommandError(f"There is no store {slug}.", returncode=2)
        return store.pk

    def _ask(
        self, *, tenant_id: int | None, limit: int, statement_secs: int, now: datetime
    ) -> list[Finding]:
        findings: list[Finding] = []
        rules = all_invariants()
        with snapshot_across_stores(statement_secs=statement_secs) as cursor:
            for rule in rules:
                try:
                    finding = find_offenders(
                        cursor, rule, now=now, tenant_id=tenant_id, limit=limit
                    )
                except OperationalError as error:
                    raise _not_asked(rule, error) from error
                findings.append(finding)
        return findings

    def _print_table(self, findings: list[Finding]) -> None:
        for finding in findings:
            mark = "WRONG" if finding.count else "ok"
            self.stdout.write(
                f"{mark:5} {finding.invariant.name:32} {finding.count:6}"
                f" {finding.secs * 1000:8.1f} ms"
            )
        for finding in findings:
            if finding.count:
                self._print_rows(finding)
        rows = sum(finding.count for finding in findings)
        secs = sum(finding.secs for finding in findings)
        self.stdout.write(f"\n{len(findings)} rules, {rows} wrong rows, {secs:.1f} s")

    def _print_rows(self, finding: Finding) -> None:
        rule = finding.invariant
        self.stdout.write(f"\n{rule.name}: {rule.title}")
        for row in finding.rows:
            self.stdout.write(
                "  " + "  ".join(f"{name}={value}" for name, value in row.items())
            )
        if finding.count > len(finding.rows):
            self.stdout.write(f"  … and {finding.count - len(finding.rows)} more")

    def _print_heads(self, heads: list[Head]) -> None:
        """A cut-off end of the audit trail shows only against a head kept elsewhere."""
        for head in heads:
            self.stdout.write(
                f"audit head of {chain_name(head)}: {head.seq} {head.hash.hex()}"
            )

    def _print_json(
        self,
        findings: list[Finding],
        heads: list[Head],
        *,
        tenant: str | None,
        now: datetime,
    ) -> None:
        report = {
            "checked_at": now.isoformat(),
            "tenant": tenant,
            "audit_heads": [
                {"tenant": head.tenant_id, "seq": head.seq, "hash": head.hash.hex()}
                for head in heads
            ],
            "violations": sum(finding.count for finding in findings),
            "rules": [
                {
                    "name": finding.invariant.name,
                    "title": str(finding.invariant.title),
                    "count": finding.count,
                    "ms": round(finding.secs * 1000, 1),
                    "rows": finding.rows,
                }
                for finding in findings
            ],
        }
        self.stdout.write(json.dumps(report, default=str, indent=2))


def _not_asked(rule: Invariant, error: OperationalError) -> CommandError:
    return CommandError(f"{rule.name} could not be asked: {error}", returncode=2)
