"""Keeps secrets out of log lines, whoever wrote them."""

import logging
import re

_SECRETS = re.compile(
    r"(?P<discord>[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,})"  # a bot token
    r"|(?P<key>(?i:authorization|token|secret|password|api[_-]?key|private[_-]?key)"
    r"[\"']?\s*[:=]\s*[\"']?(?i:bearer\s+|bot\s+)?)(?P<value>[^\s\"',;&]{6,})"
)


def redact(text: str) -> str:
    """The text with everything that looks like a credential replaced by stars."""
    return _SECRETS.sub(lambda found: f"{found['key'] or ''}***", text)


class RedactingFilter(logging.Filter):
    """A logging filter that redacts the finished message."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        redacted = redact(message)
        if redacted != message:
            record.msg, record.args = redacted, ()
        return True
