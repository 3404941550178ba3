"""Which services act for somebody, who may call each, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tenants.models import Member
from tenants.permissions import PERMISSIONS_OF, Permission
from tenants.states import Role
from tests.isolation.world import Side

Arguments = dict[str, Any]
Builder = Callable[[Side, Member], Arguments]
EVERYBODY = None


@dataclass(frozen=True)
class Entry:
    """Who may call a service, and with what. `right` None leaves it to every role."""

    right: Permission | None
    build: Builder

    def may(self, role: Role) -> bool:
        """Whether the permission table lets this role do it."""
        return self.right is None or self.right in PERMISSIONS_OF[role]


CALLS: dict[str, Entry] = {}

# They refuse nothing because they only look, and show nothing without the right.
READING = {
    "inventory.services.drafts.find_draft": "None for whoever may not edit the stock",
}


def call(name: str, right: Permission | None) -> Callable[[Builder], Builder]:
    """Register how a service is called."""

    def register(builder: Builder) -> Builder:
        assert name not in CALLS, f"{name} is here twice"
        CALLS[name] = Entry(right, builder)
        return builder

    return register
