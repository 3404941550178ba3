"""Which stores a bot speaks for."""

from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True)
class Serving:
    """Which stores a bot speaks for: one, or all that have no bot of their own."""

    only: int | None = None
    excluded: frozenset[int] = frozenset()

    def accepts(self, tenant_id: int) -> bool:
        """Whether this bot speaks for the store."""
        if self.only is not None:
            return tenant_id == self.only
        return tenant_id not in self.excluded

    @property
    def condition(self) -> Q:
        """The same as a filter on `tenant_id`."""
        if self.only is not None:
            return Q(tenant_id=self.only)
        return ~Q(tenant_id__in=self.excluded)
