"""The change history in words: what each app says of its own actions, things, fields.

An app states them in `<app>/audit_words.py` as `WORDS`; readers get those of all apps
together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

Words = Mapping[str, Promise]


@dataclass(frozen=True)
class AuditWords:
    """What an app calls what it writes down.

    `actions` are told in the passive: who did it stands beside it. `objects` are the
    kinds of things before the colon. `values` name the values of a field, by the text
    they are kept as. Fields of `money` are whole rupiah; those that are `internal` say
    nothing to a reader. `prefixes` say to which group an action belongs by how its name
    begins; `groups` are the groups' own names.
    """

    actions: Words = field(default_factory=dict)
    objects: Words = field(default_factory=dict)
    fields: Words = field(default_factory=dict)
    values: Mapping[str, Words] = field(default_factory=dict)
    money: frozenset[str] = frozenset()
    internal: frozenset[str] = frozenset()
    groups: Words = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def prefixes_of(self, group: str) -> tuple[str, ...]:
        """How the names of a group's actions begin; empty for an unknown group."""
        return tuple(each for each, of in self.prefixes.items() if of == group)


@cache
def audit_words() -> AuditWords:
    """The words of all apps, from below to above.

    Raises ImproperlyConfigured where two apps name one thing.
    """
    found = [
        import_module(f"{app.name}.audit_words").WORDS
        for app in apps.get_app_configs()
        if find_spec(f"{app.name}.audit_words")
    ]
    return AuditWords(
        **{
            each.name: _joined(
                each.name, [getattr(words, each.name) for words in found]
            )
            for each in fields(AuditWords)
        }
    )


def _joined(name: str, parts: list[Any]) -> Any:
    if all(isinstance(part, frozenset) for part in parts):
        return frozenset().union(*parts)
    joined: dict[str, Any] = {}
    for part in parts:
        twice = joined.keys() & part.keys()
        if twice:
            raise ImproperlyConfigured(f"Two apps name the {name} {sorted(twice)}.")
        joined |= part
    return joined
