"""What the aiohttp application carries along."""

from dataclasses import dataclass

from aiohttp import web

from payments.simulator.engine import Engine
from payments.simulator.faults import Faults


@dataclass(frozen=True)
class Gateway:
    """The parts of one running simulator. `public_url` is empty or ends without "/"."""

    engine: Engine
    faults: Faults
    public_url: str

    def origin(self, request: web.Request) -> str:
        """The address under which a browser reaches this server."""
        return self.public_url or str(request.url.origin())


GATEWAY = web.AppKey("gateway", Gateway)
