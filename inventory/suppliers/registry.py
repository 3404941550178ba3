"""Which suppliers there are. A new one adds its folder, and its line here."""

from inventory.suppliers.apigames.adapter import Apigames
from inventory.suppliers.base import (
    BillInput,
    ProviderConfig,
    Supplier,
    SupplierSpec,
)
from inventory.suppliers.digiflazz.adapter import Digiflazz
from inventory.suppliers.iak.adapter import Iak
from inventory.suppliers.tokovoucher.adapter import TokoVoucher
from inventory.suppliers.vipreseller.adapter import VipReseller

_ADAPTERS: dict[str, type[Supplier]] = {
    adapter.spec.code: adapter
    for adapter in (Digiflazz, VipReseller, Iak, Apigames, TokoVoucher)
}


class UnknownSupplier(LookupError):
    """There is no adapter of this name."""


def specs() -> list[SupplierSpec]:
    """What suppliers need and offer, in their order."""
    return [adapter.spec for adapter in _ADAPTERS.values()]


def spec_of(code: str) -> SupplierSpec:
    """What the supplier `code` needs and offers; raises UnknownSupplier."""
    return _adapter_of(code).spec


def label_of(code: str) -> str:
    """What the supplier calls itself; the code where there is no such adapter."""
    adapter = _ADAPTERS.get(code)
    return adapter.spec.label if adapter else code


def tells_prices(code: str) -> bool:
    """Whether the supplier's price list can be read; true where there is no adapter."""
    adapter = _ADAPTERS.get(code)
    return adapter is None or adapter.spec.tells_prices


def pays_bills(code: str) -> bool:
    """Whether the supplier pays bills; false where there is no adapter."""
    adapter = _ADAPTERS.get(code)
    return adapter is not None and adapter.spec.pays_bills


def bill_input(code: str, *words: str) -> BillInput | None:
    """What such a bill of the supplier `code` needs besides a number, if anything."""
    adapter = _ADAPTERS.get(code)
    return adapter.spec.bill_input(*words) if adapter else None


def supplier_for(code: str, *, config: ProviderConfig) -> Supplier:
    """The supplier `code` for one store.

    Raises UnknownSupplier, or WrongCredentials when key and mode do not belong
    together.
    """
    return _adapter_of(code)(config)


def _adapter_of(code: str) -> type[Supplier]:
    try:
        return _ADAPTERS[code]
    except KeyError:
        raise UnknownSupplier(code) from None
