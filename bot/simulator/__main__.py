"""Run the local Discord without Django: `python -m bot.simulator --port 8100`."""

import argparse
import asyncio
import logging
from pathlib import Path

from bot.simulator.core import DEFAULT_PORT, Settings
from bot.simulator.server import make_app, run_until_stopped


def main() -> None:
    """Parse the command line and serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--fresh", action="store_true", help="forget the saved world")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    settings = Settings(
        host=arguments.host,
        port=arguments.port,
        data_dir=arguments.data_dir,
        fresh=arguments.fresh,
    )
    servers = [(make_app(settings), arguments.host, arguments.port)]
    asyncio.run(run_until_stopped(servers))


if __name__ == "__main__":
    main()
