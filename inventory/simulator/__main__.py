"""`python -m inventory.simulator`: the simulated supplier by itself."""

import argparse
from pathlib import Path

from aiohttp import web

from inventory.simulator.server import make_app, port


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=port())
    parser.add_argument("--folder", type=Path, help="where its memory is kept")
    parser.add_argument("--fresh", action="store_true", help="forget everything first")
    chosen = parser.parse_args()
    app = make_app(folder=chosen.folder, fresh=chosen.fresh)
    web.run_app(app, host=chosen.host, port=chosen.port, access_log=None)


if __name__ == "__main__":
    main()
