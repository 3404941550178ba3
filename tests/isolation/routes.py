"""Every address of the installation, found by walking the resolver."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

STORE, API, ADMIN, OPEN = "pages", "api", "admin", "open"
CALLBACKS = "callbacks"
_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One address: what registries call it, and its pattern."""

    name: str
    pattern: str
    view: Any

    @property
    def kind(self) -> str:
        """Which rules hold for it."""
        if "<slug:store>" in self.pattern:
            return STORE
        if self.pattern.startswith("api/v1/"):
            is_callback = "callback" in self.pattern or "webhook" in self.pattern
            return CALLBACKS if is_callback else API
        return ADMIN if self.pattern.startswith("admin/") else OPEN

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.pattern)

    def address(self, values: dict[str, Any]) -> str:
        """The path with these values in it."""
        filled = _GROUP.sub(lambda found: str(values[found[1]]), self.pattern)
        filled = _PARAMETER.sub(lambda found: str(values[found[1]]), filled)
        return "/" + filled.replace("^", "").removesuffix("$")


def all_routes() -> list[Route]:
    """Every route of the project."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def routes_of(kind: str) -> list[Route]:
    return [route for route in all_routes() if route.kind == kind]


def _walk(entries: Any, namespace: str, prefix: str) -> Iterator[Route]:
    for entry in entries:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, entry.namespace or namespace, pattern)
        elif isinstance(entry, URLPattern):
            name = f"{namespace}:{entry.name}" if namespace else str(entry.name)
            is_named = entry.name and not pattern.startswith("api/")
            yield Route(name if is_named else pattern, pattern, entry.callback)
