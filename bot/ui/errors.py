"""What a person reads in Discord when something does not work."""

import logging

from django.utils.translation import gettext as _

from ppob.kit import ids
from ppob.kit.postgres.refusals import NotInTime

log = logging.getLogger(__name__)


def log_failure(error: Exception, *, doing: str) -> str:
    """Log what nobody expected; the code under which it stands in the log.

    `doing` says what was tried.
    """
    reference = ids.new_code()
    log.error("%s failed (reference %s)", doing, reference, exc_info=error)
    return reference


def stopped_words(refusal: NotInTime) -> str:
    """What the person is told when the database stopped it, in the active language."""
    return _("%(sentence)s Code: `%(code)s`") % {
        "sentence": refusal,
        "code": refusal.code,
    }


def failure_words(reference: str, *, is_kept: bool) -> str:
    """What the person is told about a failure, in the active language.

    Only a report that is kept can be looked up by the seller.
    """
    words = _(
        "This did not work because of a problem on our side. If you have already "
        "paid, your money is safe. Please try again in a minute."
    )
    if not is_kept:
        return words
    more = _("If it happens again, tell the seller this code: `%(reference)s`")
    return f"{words} {more % {'reference': reference}}"
