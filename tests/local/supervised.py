"""Runs a supervisor over tiny programs; each line of the plan on stdin is one.

The plan is JSON: [{"name": …, "code": …, "needs": […], "ready_file": …}, …].
"""

import json
import signal
import sys
from pathlib import Path

from ppob.local import supervisor
from ppob.local.console import Console
from ppob.local.processes import Program


def main() -> None:
    """Watch the planned programs until a signal comes."""
    folder = Path(sys.argv[1])
    supervisor.BACK_OFF_SECS = (0.05, 0.1, 0.2)
    supervisor.PATIENCE_SECS = 0.5
    console = Console(sys.stdout)
    watcher = supervisor.Supervisor(console=console, folder=folder)
    watcher.add([_program(entry, folder) for entry in json.loads(sys.argv[2])])
    try:
        watcher.run(on_ready=lambda: console.say("all ready"))
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        watcher.stop()
        console.say("all stopped")


def _program(entry: dict, folder: Path) -> Program:
    ready_file = entry.get("ready_file")
    return Program(
        name=entry["name"],
        command=(sys.executable, "-u", "-c", entry["code"]),
        needs=tuple(entry.get("needs", ())),
        probe=(folder / ready_file).exists if ready_file else lambda: True,
        folder=folder,
        grace_secs=entry.get("grace_secs", 5.0),
    )


if __name__ == "__main__":
    main()
