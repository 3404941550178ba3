"""Named places where a process may die: before and after commits and outward calls.

In the product a failpoint does nothing. A crash test installs a hook that kills the
process at one of them, to prove that nothing is lost or doubled whatever happens.
"""

from collections.abc import Callable

Hook = Callable[[str], None]

_hook: Hook | None = None


def failpoint(name: str) -> None:
    """This place has been reached; tests may end the process here."""
    if _hook is not None:
        _hook(name)


def install(hook: Hook | None) -> None:
    """Call `hook` with every place that is reached; None takes it away again."""
    global _hook
    _hook = hook
