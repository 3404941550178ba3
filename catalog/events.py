"""Facts that the catalog announces to the apps above."""

from dataclasses import dataclass

from ppob.kit.events import Event


@dataclass(frozen=True)
class ProductChanged(Event):
    """A product's name, price, text, picture or visibility changed, or it came."""

    names = ("product.changed",)

    tenant_id: int
    product_id: int
