"""Facts that stores announce to the apps above."""

from dataclasses import dataclass

from ppob.kit.events import Event
from tenants.models import Handover, HealthProof


@dataclass(frozen=True)
class HealthChanged(Event):
    """A rule stopped or began to hold in a store."""

    names = ("store.health_changed",)

    tenant_id: int
    proof: HealthProof


@dataclass(frozen=True)
class StoreOffered(Event):
    """An owner offered the store to somebody who works there."""

    names = ("store.offered",)

    tenant_id: int
    offer: Handover
