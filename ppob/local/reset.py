"""`python -m ppob.local.reset`: stop the product here and delete its data folder."""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress

from ppob.local import paths, processes

STOP_SECS = 15.0


def main() -> int:
    """Delete everything this machine keeps; the exit code."""
    try:
        folder = paths.data_dir()
    except ValueError as error:
        print(error)
        return 1
    if not folder.exists():
        print(f"Nothing to delete: {folder} does not exist.")
        return 0
    # Only a folder of ours has this file: a mistyped PPOB_DATA_DIR deletes nothing.
    if not (folder / processes.LOCK_NAME).exists():
        print(f"{folder} is not a data folder of this product; nothing deleted.")
        return 1
    _stop_holder()
    with processes.data_folder_lock(folder):
        processes.end_left_overs(folder)
        for each in {paths.runtime_dir(), paths.server_dir(), folder}:
            shutil.rmtree(each, ignore_errors=True)
    print(f"Deleted {folder}.")
    return 0


def _stop_holder() -> None:
    deadline = time.monotonic() + STOP_SECS
    holder = processes.lock_holder(paths.data_dir())
    if holder:
        with suppress(ProcessLookupError):
            os.kill(holder, signal.SIGTERM)
    while processes.lock_holder(paths.data_dir()) and time.monotonic() < deadline:
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
