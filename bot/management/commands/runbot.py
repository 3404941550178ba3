"""`manage.py runbot`: keep the bots connected to Discord."""

import asyncio
import logging
import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bot import application
from bot.fleet import Supervisor
from bot.network import point_library
from bot.platform import register_shared
from ppob.kit.http import NoAnswer, Unreachable
from tenants.platform import find_store, list_tenant_ids

log = logging.getLogger(__name__)

_ASK_AGAIN_SECS = 3.0
_TRIES = 20


class Command(BaseCommand):
    """Runs every bot that should run, or the one of a single store."""

    help = (
        "Connect to Discord: keep panels up to date, serve tickets, deliver. "
        "Example: manage.py runbot, or manage.py runbot --tenant-id toko-rizky"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to run for one store alone."""
        parser.add_argument(
            "--tenant-id",
            help="serve only this store: its number or its name in addresses",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        point_library()
        only_tenant = self._tenant(options["tenant_id"])
        token = settings.DISCORD["BOT_TOKEN"]
        if token:
            self._register(token)
        else:
            self.stdout.write(
                "There is no DISCORD_BOT_TOKEN: the bot that serves the stores does "
                "not run. Set it in the environment."
            )
        asyncio.run(_run(only_tenant))

    def _tenant(self, named: str | None) -> int | None:
        if not named:
            return None
        found = find_store(named)
        if found is not None:
            return found.pk
        if named.isdecimal() and int(named) in list_tenant_ids():
            return int(named)
        raise CommandError(f"There is no store {named}.")

    def _register(self, token: str) -> None:
        """Write the shared bot down; Discord may need a moment to be reachable."""
        for _attempt in range(_TRIES):
            try:
                about = application.read(token)
            except application.TokenRefused:
                raise CommandError(
                    "Discord refuses DISCORD_BOT_TOKEN. Copy it again from the "
                    "developer portal."
                ) from None
            except (Unreachable, NoAnswer) as error:
                log.warning("Discord is not reachable: %s", error)
                time.sleep(_ASK_AGAIN_SECS)
            else:
                register_shared(application_id=about.id, token=token)
                return
        raise CommandError("Discord is not reachable.")


async def _run(only_tenant: int | None) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await Supervisor(only_tenant=only_tenant).run(stopping)
