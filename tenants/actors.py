"""Who acts in a store."""

from typing import Protocol

from tenants.permissions import Permission


class Actor(Protocol):
    """On whose behalf a service works: what it may do, and how the trail names it.

    Services take this, never a table's row: a member of staff is one, and so is
    whatever else is given rights in a store.
    """

    @property
    def tenant_id(self) -> int:
        """The only store it acts in."""

    @property
    def name(self) -> str:
        """How the audit trail names it: `user:7`."""

    @property
    def is_person(self) -> bool:
        """Whether somebody decides at this moment; a second pair of eyes has to."""

    @property
    def user_id(self) -> int | None:
        """The account behind it, if there is one."""

    @property
    def discord_id(self) -> int | None:
        """The Discord account behind it: nobody decides about their own money."""

    def may(self, permission: Permission) -> bool:
        """Whether it has this right."""
