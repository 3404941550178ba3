"""Which functions of the product act for somebody who works in a store."""

import ast
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

APPS = ("security", "tenants", "catalog", "inventory", "payments", "bot")


def services() -> dict[str, Callable[..., Any]]:
    """Every public service that takes an actor: more than somebody's name.

    What begins with `require_transaction()` is a step of one and asks nobody.
    """
    found = {
        f"{module.__name__}.{name}": function
        for module in _modules(*(f"{app}.services" for app in APPS))
        for name, function in _own_functions(module)
        if acts_for_somebody(function) and not is_a_step(function)
    }
    return dict(sorted(found.items()))


def fetchers() -> dict[str, Callable[..., Any]]:
    """Every `access_…` function that fetches something for an actor."""
    found = {
        f"{module.__name__}.{name}": function
        for module in _modules(*(f"{app}.access" for app in APPS))
        for name, function in _own_functions(module)
        if acts_for_somebody(function)
    }
    return dict(sorted(found.items()))


def acts_for_somebody(function: Callable[..., Any]) -> bool:
    """Whether somebody is passed on whose behalf it acts."""
    actor = inspect.signature(function).parameters.get("actor")
    return actor is not None and actor.annotation is not str


def is_a_step(function: Callable[..., Any]) -> bool:
    """Whether its first statement says that it runs inside somebody else's work."""
    [node] = ast.parse(inspect.getsource(function)).body
    assert isinstance(node, ast.FunctionDef)
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    first = body[0].value if body and isinstance(body[0], ast.Expr) else None
    return (
        isinstance(first, ast.Call)
        and isinstance(first.func, ast.Name)
        and first.func.id == "require_transaction"
    )


def _own_functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, found in inspect.getmembers(module, inspect.isfunction):
        if not name.startswith("_") and found.__module__ == module.__name__:
            yield name, found


def _modules(*names: str) -> Iterator[ModuleType]:
    for name in names:
        try:
            module = import_module(name)
        except ModuleNotFoundError:
            continue
        yield module
        for inner in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}."):
            yield import_module(inner.name)
