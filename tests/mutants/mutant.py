"""One fault as data, and the text of a file with it in place."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class DoesNotApply(ValueError):
    """The text that the fault replaces is not there exactly once."""


@dataclass(frozen=True)
class Mutant:
    """A fault: `old` becomes `new`, in `file` or in one definition of it.

    `within` names the function, class or constant at the file's top level in which
    `old` stands exactly once; empty means the whole file. `tests` are the files or node
    ids that have to notice, the ones that notice soonest first. One that `migrates`
    changes what a migration makes, so its database is made anew.
    """

    name: str
    file: str
    within: str
    old: str
    new: str
    tests: tuple[str, ...]
    migrates: bool = False
    area: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """Area and name: `money/the cap counts every buyer's deposits`."""
        return f"{self.area}/{self.name}"

    def planted_in(self, text: str) -> str:
        """The file's text with the fault; raises DoesNotApply."""
        start, end = _span(text, self.within)
        part = text[start:end]
        found = part.count(self.old)
        if found != 1:
            where = self.within or "the file"
            raise DoesNotApply(f"{self.file}: {where} has it {found} times")
        if self.old == self.new:
            raise DoesNotApply(f"{self.file}: the fault changes nothing")
        return text[:start] + part.replace(self.old, self.new) + text[end:]


def _span(text: str, name: str) -> tuple[int, int]:
    """Where the top-level definition of this name begins and ends."""
    if not name:
        return 0, len(text)
    found = [node for node in ast.parse(text).body if name in _defined(node)]
    if len(found) != 1:
        raise DoesNotApply(f"{name} is defined {len(found)} times")
    lines = text.splitlines(keepends=True)
    first, last = found[0].lineno - 1, found[0].end_lineno or 0
    start = sum(map(len, lines[:first]))
    return start, start + sum(map(len, lines[first:last]))


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [each.id for each in node.targets if isinstance(each, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def fault(
    name: str, file: str, within: str, old: str, new: str, *tests: str, **more: bool
) -> Mutant:
    """A mutant as the modules of `faults` write it: one word after the other."""
    return Mutant(name, file, within, old, new, tests, **more)
