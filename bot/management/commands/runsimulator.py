"""`manage.py runsimulator`: the local Discord, payment gateway and supplier."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bot.simulator.core import Settings
from bot.simulator.server import make_app, run_until_stopped
from inventory.simulator import server as supplier
from payments.simulator import server as payment_gateway
from ppob import env
from ppob.local import paths


class Command(BaseCommand):
    """Serve all of them until stopped."""

    help = (
        "Run the local Discord, payment gateway and supplier, for machines without a "
        "Discord token. Example: manage.py runsimulator --fresh"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, and whether to begin anew."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=env.SIMULATOR_PORT)
        parser.add_argument("--gateway-port", type=int, default=env.GATEWAY_PORT)
        parser.add_argument("--supplier-port", type=int, default=env.SUPPLIER_PORT)
        parser.add_argument(
            "--fresh", action="store_true", help="forget the saved world"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refuse beside a real bot token; otherwise serve until SIGTERM or Ctrl-C."""
        if not settings.IS_SIMULATED:
            raise CommandError(
                "A real Discord token is configured (DISCORD_BOT_TOKEN) or DEBUG is "
                "off; the simulator is only for machines without one."
            )
        host, port = options["host"], options["port"]
        world = Settings(
            host=host,
            port=port,
            public_url=_address(settings.SIMULATOR_URL, port),
            data_dir=paths.data_dir(),
            fresh=options["fresh"],
        )
        gateway_port = options["gateway_port"]
        gateway_url = _address(settings.GATEWAY_SIMULATOR_URL, gateway_port)
        gateway = payment_gateway.make_app(
            folder=paths.data_dir(), fresh=options["fresh"], public_url=gateway_url
        )
        supplier_port = options["supplier_port"]
        shop = supplier.make_app(folder=paths.data_dir(), fresh=options["fresh"])
        servers = [
            (make_app(world), host, port),
            (gateway, host, gateway_port),
            (shop, host, supplier_port),
        ]
        self.stdout.write(f"Local Discord:   {world.base_url}/")
        self.stdout.write(f"Payment gateway: {gateway_url}/")
        self.stdout.write(f"Supplier:        http://{host}:{supplier_port}/")
        try:
            asyncio.run(run_until_stopped(servers))
        except OSError as error:
            raise CommandError(f"Cannot listen: {error.strerror}") from error


def _address(configured: str, port: int) -> str:
    """The configured address, on the port really used."""
    parts = urlsplit(configured)
    return f"{parts.scheme}://{parts.hostname}:{port}"
