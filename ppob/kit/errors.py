"""Refusals that a person or program is meant to read."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """An expected refusal: a stable code, an HTTP status and a sentence.

    The sentence is shown to the reader, so it says what happened and what to do, in the
    reader's language (pass a lazy translation). It is not logged as an error.
    """

    code: ClassVar[str] = "REFUSED"
    http_status: ClassVar[int] = 400
    default: ClassVar[str | Promise] = _("This is not possible right now.")
    retry_secs: ClassVar[int] = 0  # when the same may be possible, if that is known

    def __init__(self, sentence: str | Promise | None = None) -> None:
        self.sentence = sentence or self.default
        super().__init__(self.sentence)

    @property
    def headers(self) -> dict[str, str]:
        """What an answer over HTTP says beside the sentence."""
        return {"Retry-After": str(self.retry_secs)} if self.retry_secs else {}

    def __str__(self) -> str:
        return str(self.sentence)


class InvalidInput(DomainError):
    """What was entered cannot be accepted; nothing was changed."""

    code = "INVALID_INPUT"
    default = _("This value cannot be accepted.")

    def __init__(
        self, sentence: str | Promise | None = None, *, field: str = ""
    ) -> None:
        super().__init__(sentence)
        self.field = field


class NotFound(DomainError):
    """There is no such thing for this reader."""

    code = "NOT_FOUND"
    http_status = 404
    default = _("There is nothing here.")


class NotAllowed(DomainError):
    """The reader belongs here, but may not do this."""

    code = "NOT_ALLOWED"
    http_status = 403
    default = _("You do not have the right to do this.")


class Conflict(DomainError):
    """Something changed in the meantime; nothing was changed by this request."""

    code = "CONFLICT"
    http_status = 409
    default = _("This has changed in the meantime. Please look again.")
