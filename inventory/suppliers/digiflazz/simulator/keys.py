"""What the aiohttp application carries along."""

from dataclasses import dataclass

from aiohttp import web

from inventory.suppliers.digiflazz.simulator.engine import Engine
from inventory.suppliers.digiflazz.simulator.faults import Faults
from inventory.suppliers.digiflazz.simulator.storage import Memory


@dataclass(frozen=True)
class Shop:
    """The parts of one running simulator."""

    engine: Engine
    faults: Faults
    memory: Memory


SHOP = web.AppKey("shop", Shop)
