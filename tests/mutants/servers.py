"""Keeps PostgreSQL and Valkey up while somebody holds this process's standard input."""

import os
import sys
from pathlib import Path

from ppob.local import testing


def main() -> None:
    folder = Path(os.environ["PPOB_DATA_DIR"])
    testing.start(folder)
    try:
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        testing.remove(folder)


if __name__ == "__main__":
    main()
