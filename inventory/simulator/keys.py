"""What the aiohttp application carries along."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from inventory.simulator.engine import Engine
from inventory.simulator.faults import Faults
from inventory.simulator.storage import Memory


@dataclass(frozen=True)
class Shop:
    """The parts of one running simulator."""

    engine: Engine[Any]
    faults: Faults
    memory: Memory


SHOPS = web.AppKey("shops", dict[str, Shop])  # by the supplier's code
