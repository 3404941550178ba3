"""Which suppliers there are, and how to get one for a store."""

from collections.abc import Callable

from inventory.suppliers.base import Supplier, SupplierConfig
from inventory.suppliers.digiflazz import Digiflazz


class UnknownSupplier(LookupError):
    """There is no adapter of this name."""


_FACTORIES: dict[str, Callable[[SupplierConfig], Supplier]] = {
    Digiflazz.kind: Digiflazz,
}


def names() -> list[str]:
    """The kinds `supplier_for` accepts, in alphabetical order."""
    return sorted(_FACTORIES)


def supplier_for(kind: str, *, config: SupplierConfig) -> Supplier:
    """The supplier `kind` for one store.

    Raises UnknownSupplier, or WrongCredentials when key and mode do not belong
    together.
    """
    try:
        factory = _FACTORIES[kind]
    except KeyError:
        raise UnknownSupplier(kind) from None
    return factory(config)
