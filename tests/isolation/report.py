"""What the matrix counted and what it found."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Report:
    """Cells by kind of entry point, and every cell that is not as it should be."""

    walls: str
    cells: Counter[str] = field(default_factory=Counter)
    entries: dict[str, set[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def count(self, kind: str, entry: str) -> None:
        """One more cell was looked at."""
        self.cells[kind] += 1
        self.entries.setdefault(kind, set()).add(entry)

    def fail(self, cell: str, why: str) -> None:
        self.failures.append(f"[{self.walls}] {cell}: {why}")

    def expect(self, cell: str, found: object, wanted: object, what: str) -> None:
        """Note a difference."""
        if found != wanted:
            self.fail(cell, f"{what} is {found!r}, not {wanted!r}")

    def lines(self) -> list[str]:
        """The summary, a line per kind."""
        return [
            f"{self.walls:15} {kind:10} {len(self.entries[kind]):4} entry points"
            f" {cells:6} cells"
            for kind, cells in sorted(self.cells.items())
        ] + [f"{self.walls:15} {'':10} {len(self.failures)} failures"]
