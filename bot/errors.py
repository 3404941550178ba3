"""What a person reads in Discord when something does not work."""

import logging

from django.utils.translation import gettext as _

from ppob.kit import ids
from ppob.kit.errors import DomainError
from ppob.kit.i18n import speaking
from ppob.kit.postgres.refusals import refusal_for

log = logging.getLogger(__name__)


def explain(error: Exception, *, language: str, doing: str) -> str:
    """The sentence for the reader, in their language.

    An expected refusal explains itself. Anything else is logged with a reference number
    that the reader can tell the seller; `doing` says what was tried.
    """
    with speaking(language):
        if isinstance(error, DomainError):
            return str(error)
        # A press may have done a part of its work in another thread before.
        if refusal := refusal_for(error, has_kept=True):
            log.warning("%s was stopped: %s", doing, refusal.code)
            return _("%(sentence)s Code: `%(code)s`") % {
                "sentence": refusal,
                "code": refusal.code,
            }
        reference = ids.new_code()
        log.error("%s failed (reference %s)", doing, reference, exc_info=error)
        return _(
            "This did not work because of a problem on our side. If you have already "
            "paid, your money is safe. Please try again in a minute; if it happens "
            "again, tell the seller this code: `%(reference)s`"
        ) % {"reference": reference}
