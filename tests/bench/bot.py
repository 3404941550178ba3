"""Interactions per second through the real bot process, and its memory."""


def measure(*, secs: float) -> None:
    """Filled in once the bot answers."""
