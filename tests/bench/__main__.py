"""`make bench`: what the product does per second, beside bare SQL on the same server.

Figures move with the machine; compare the ratios of one run.
"""

import os
import tempfile
from pathlib import Path

os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-bench-")
os.environ["DJANGO_SETTINGS_MODULE"] = "ppob.settings"
os.environ["LOG_LEVEL"] = "ERROR"
for name in ("DATABASE_URL", "REDIS_URL", "DISCORD_BOT_TOKEN"):
    os.environ.pop(name, None)

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from ppob.local import testing  # noqa: E402
from tests.bench import bot, sales  # noqa: E402


def main() -> None:
    data_dir = Path(os.environ["PPOB_DATA_DIR"])
    testing.start(data_dir, is_durable=True)
    try:
        call_command("migrate", verbosity=0)
        sales.measure()
        bot.measure(secs=sales.SECS)
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
        testing.remove(data_dir)


if __name__ == "__main__":
    main()
