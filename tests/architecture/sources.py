"""The project's own Python files as syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("ppob", "security", "tenants", "catalog", "inventory", "payments", "bot")


@dataclass(frozen=True)
class Source:
    """One file: its path from the project's root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return Path(self.path).name

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@lru_cache(maxsize=1)
def product() -> tuple[Source, ...]:
    """Everything the product consists of, migrations left out."""
    return tuple(
        _read(path)
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    )


@lru_cache(maxsize=1)
def proofs() -> tuple[Source, ...]:
    """Every test and what tests need."""
    return tuple(_read(path) for path in sorted((ROOT / "tests").rglob("*.py")))


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called (as far as it has one)."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every import statement with the module it names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node, name.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node, node.module


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names; `.c` after anything more complicated."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def constant(node: ast.AST | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(str(path.relative_to(ROOT)), text, ast.parse(text))
