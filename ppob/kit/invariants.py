"""What must be true of all stores together, whatever happened: SQL that finds nothing.

Each app states its own in `<app>/invariants.py` as `INVARIANTS`. They are asked across
all stores: by `manage.py verify`, by the health proof of every store, and by tests.
"""

from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise


@dataclass(frozen=True)
class Invariant:
    """One rule, and the query that finds the rows which break it.

    `name` is a stable slug, `title` the rule in words for a seller (translatable). The
    first column of `sql` is the row's tenant id, or null if the row is nobody's; the
    others identify the row and never hold a secret. `%(now)s` in `sql` is the moment
    that deadlines are compared with; a per cent sign of its own has to be doubled.
    """

    name: str
    title: str | Promise
    sql: str


def all_invariants() -> tuple[Invariant, ...]:
    """The rules of every installed app, in the order of the apps.

    Raises ImproperlyConfigured when two of them carry the same name.
    """
    found = tuple(
        invariant
        for app in apps.get_app_configs()
        if find_spec(f"{app.name}.invariants")
        for invariant in import_module(f"{app.name}.invariants").INVARIANTS
    )
    counted = Counter(invariant.name for invariant in found)
    if twice := [name for name, count in counted.items() if count > 1]:
        raise ImproperlyConfigured(f"Invariants that share a name: {twice}")
    return found
