"""What somebody had read when they decided: so that an old tab overwrites nothing.

A version is a keyed hash of every value a form showed, field by field. It goes out with
the form and comes back with what was typed. Whoever writes takes the row's lock first
and then compares; of two people who save at the same moment one wins and the other is
shown what is new. A value that was changed and changed back is the same version: then
nothing would be lost.
"""

import json
from collections.abc import Mapping
from typing import ClassVar

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import Conflict

SALT = "ppob.kit.versions"
DIGITS = 16  # of each hash, in hex

Facts = Mapping[str, object]


class ChangedMeanwhile(Conflict):
    """What was to be changed is no longer what was read; nothing was written.

    `facts` are the values as they are now, read under the lock.
    """

    code: ClassVar[str] = "CHANGED_MEANWHILE"
    default = _(
        "This was changed after you opened the page. Nothing was saved. Look at both "
        "and choose."
    )

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = dict(facts)


def version_of(facts: Facts) -> str:
    """The version of these values, as text without a quote or angle bracket."""
    return " ".join(f"{name}:{_digest(name, facts[name])}" for name in sorted(facts))


def changed_since(seen: str, facts: Facts) -> list[str]:
    """The names of the values that are not what `seen` says; all, if it says nothing.

    What `seen` knows and `facts` leaves out is not compared.
    """
    known = _read(seen)
    return [name for name in facts if not _is_same(known, name, facts[name])]


def require_unchanged(seen: str | None, facts: Facts) -> None:
    """Raise ChangedMeanwhile unless these values, read under a lock, are as seen.

    None is for writers that read nothing: seeding, and programs that say the whole.
    """
    if seen is not None and changed_since(seen, facts):
        raise ChangedMeanwhile(facts)


def _read(seen: str) -> dict[str, str]:
    pairs = (pair.partition(":") for pair in seen.split())
    return {name: digest for name, _colon, digest in pairs}


def _is_same(known: Mapping[str, str], name: str, value: object) -> bool:
    return constant_time_compare(known.get(name, ""), _digest(name, value))


def _digest(name: str, value: object) -> str:
    # Keyed: a short secret's plain hash could be guessed from a page's source.
    text = json.dumps([name, value], default=str, sort_keys=True)
    return salted_hmac(SALT, text, algorithm="sha256").hexdigest()[:DIGITS]
