"""`manage.py runbot`: keep the bots connected to Discord."""

import asyncio
import logging
import os
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bot.cross_tenant.accounts import register_shared
from bot.network import point_library
from bot.runtime import application
from bot.runtime.fleet import Supervisor
from ppob.kit.checks import exit_if_unbound
from ppob.kit.http import NoAnswer, Unreachable
from ppob.kit.numbers import read_number
from tenants.cross_tenant import find_store, list_tenant_ids

log = logging.getLogger(__name__)

STOP_WITHIN_SECS = 3.5  # whoever started the bot waits four
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
        exit_if_unbound()
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
        number = read_number(named)
        if number in list_tenant_ids():
            return number
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
        loop.add_signal_handler(number, _stop, stopping)
    await Supervisor(only_tenant=only_tenant).run(stopping)


def _stop(stopping: asyncio.Event) -> None:
    """Begin to stop; after `STOP_WITHIN_SECS` the process ends whatever still runs.

    A service in a thread cannot be interrupted: it may wait for a provider's answer, or
    for a lock. What is cut off here is what a crash cuts off; it is taken up again.
    """
    if not stopping.is_set():
        stopping.set()
        last = threading.Timer(STOP_WITHIN_SECS, _cut_off)
        last.daemon = True
        last.start()


def _cut_off() -> None:
    log.warning("The bot stopped while work was going on; it is taken up again")
    logging.shutdown()
    os._exit(0)
