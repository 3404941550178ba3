"""One terminal for many programs: each line carries the name of who wrote it."""

import os
import sys
from typing import TextIO

OWN_NAME = "ppob"
NAME_WIDTH = 9
COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)
RESET = "\x1b[0m"


class Console:
    """Writes lines with a coloured prefix; without colours where nobody sees them."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._has_colours = stream.isatty() and not os.environ.get("NO_COLOR")
        self._colour_of: dict[str, int] = {OWN_NAME: 1}

    def say(self, text: str) -> None:
        """A line of the supervisor itself."""
        self.line(OWN_NAME, text)

    def line(self, name: str, text: str) -> None:
        """One line of the program `name`."""
        prefix = f"{name:<{NAME_WIDTH}} |"
        if self._has_colours:
            free = COLOURS[len(self._colour_of) % len(COLOURS)]
            colour = self._colour_of.setdefault(name, free)
            prefix = f"\x1b[{colour}m{prefix}{RESET}"
        self.write(f"{prefix} {text}")

    def write(self, text: str) -> None:
        """Text as it is, on a line of its own."""
        self._stream.write(f"{text}\n")
        self._stream.flush()
