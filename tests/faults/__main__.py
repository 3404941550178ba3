"""`python -m tests.faults`: servers die under load, and nothing is lost or doubled."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-faults-")
os.environ["DJANGO_SETTINGS_MODULE"] = "ppob.settings"
os.environ["DEBUG"] = "1"
for name in ("DATABASE_URL", "REDIS_URL", "DISCORD_BOT_TOKEN"):
    os.environ.pop(name, None)

import django  # noqa: E402

django.setup()

from ppob.local import folders  # noqa: E402
from tests.faults import recovery  # noqa: E402
from tests.faults.ground import Ground  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    logs = Path(tempfile.mkdtemp(prefix="ppob-fault-logs-"))
    ground = Ground(logs)
    try:
        ground.start()
        for fault in recovery.FAULTS:
            if chosen.only in ("", fault):
                print(json.dumps(recovery.recover(ground, fault=fault)), flush=True)
                print("ended by themselves:", dict(ground.deaths), flush=True)
    finally:
        ground.stop()
        print("logs:", logs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
