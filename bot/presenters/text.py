"""Other people's words as plain text, and times in Discord's notation."""

import re
import unicodedata
from datetime import datetime

_ZERO_WIDTH = "\u200b"
# Control characters and the marks that turn the direction of writing.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_MARKDOWN = re.compile(r"([\\*_~`|>#\[\]])")
_MASKED_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_LINK = re.compile(r"(?i)\b(https?):(//)")


def cleaned(text: str, limit: int) -> str:
    """The text without invisible tricks, cut to `limit` characters."""
    text = _HIDDEN.sub("", unicodedata.normalize("NFC", text)).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(text: str, limit: int) -> str:
    """The text as it was typed: it formats, links and mentions nothing in Discord.

    `limit` counts the characters before the protection is added.
    """
    return _harmless(_MARKDOWN.sub(r"\\\1", cleaned(text, limit)))


def styled(text: str, limit: int) -> str:
    """A seller's own advertising: it may be bold, but links and mentions nothing."""
    return _harmless(_MASKED_LINK.sub(r"\1 (\2)", cleaned(text, limit)))


def _harmless(text: str) -> str:
    text = text.replace("<", f"<{_ZERO_WIDTH}").replace("@", f"@{_ZERO_WIDTH}")
    return _LINK.sub(rf"\1:{_ZERO_WIDTH}\2", text)


def countdown(moment: datetime) -> str:
    """How long until (or since) `moment`; each reader's app keeps it up to date."""
    return f"<t:{int(moment.timestamp())}:R>"


def deadline(moment: datetime) -> str:
    """The time of day and how long until then."""
    return f"<t:{int(moment.timestamp())}:t> ({countdown(moment)})"


def clock_time(moment: datetime) -> str:
    """The time of day with seconds, in each reader's own time zone."""
    return f"<t:{int(moment.timestamp())}:T>"


def full_time(moment: datetime) -> str:
    """Day and time, in each reader's own time zone."""
    return f"<t:{int(moment.timestamp())}:f>"
