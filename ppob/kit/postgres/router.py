"""Which database alias may change the schema."""

from typing import Any


class OwnerMigrates:
    """Tables are made and changed only as the role that owns them."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return db == "owner"

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        """All aliases are the same database, seen by different roles."""
        return True
