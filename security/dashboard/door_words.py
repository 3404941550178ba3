"""What happened at an account's doors, in words for its owner."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from security.models import AuditEntry

WORDS: dict[str, Promise] = {
    "sign_in.succeeded": _("Signed in"),
    "sign_in.failed": _("Somebody entered a wrong password"),
    "sign_in.blocked": _("Too many wrong passwords; stopped for a while"),
    "sign_in.refused": _("Refused: the account is switched off"),
    "sign_in.other_account": _("Somebody came back with another Discord account"),
    "sign_in.ended": _("Signed out"),
    "session.ended": _("Signed out somewhere else"),
    "sign_in.proved_again": _("Proved again who it is"),
    "second_factor.added": _("Second step added"),
    "second_factor.removed": _("Second step removed"),
    "second_factor.reset": _("Second step taken away by the platform's staff"),
    "second_factor.used": _("Second step passed"),
    "second_factor.failed": _("Second step failed"),
    "second_factor.blocked": _("Too many wrong codes; stopped for a while"),
    "second_factor.new_codes": _("New emergency codes made"),
}
# What its owner should look at twice.
ALARMING = frozenset(
    {
        "sign_in.failed",
        "sign_in.blocked",
        "sign_in.refused",
        "sign_in.other_account",
        "second_factor.failed",
        "second_factor.blocked",
        "second_factor.reset",
        "second_factor.removed",
    }
)


def words_of(entry: AuditEntry) -> tuple[str | Promise, bool]:
    """The entry in words, and whether it is alarming."""
    return WORDS.get(entry.action, entry.action), entry.action in ALARMING
