"""A store's access to a provider that needs a person: marked once, however much comes.

For ways to pay and supplier accounts alike: rows with `tenant_id`, `public_id`,
`trouble` and `trouble_at`.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q

from ppob.kit.db import require_transaction
from security.services import inbox
from security.states import Trouble


def mark(access: Any, trouble: Trouble, *, now: datetime) -> bool:
    """Mark the access; False if somebody was told before.

    Keys that do not work outweigh odd news.
    """
    require_transaction()
    known = Q(trouble=trouble) | Q(trouble=Trouble.KEYS)
    rows = type(access).objects.filter(pk=access.pk).exclude(known)
    # One statement: of a thousand callbacks at once, one is told.
    return bool(rows.update(trouble=trouble, trouble_at=now))


def clear(access: Any, trouble: Trouble) -> bool:
    """Take this mark away, so that the next one is told again; False without it."""
    require_transaction()
    rows = type(access).objects.filter(pk=access.pk, trouble=trouble)
    return bool(rows.update(trouble="", trouble_at=None))


def go_on(access: Any, *, source: str, now: datetime) -> list[int]:
    """The keys work: the inbox events that waited for them, for a job to take.

    `source` is what the inbox calls the provider.
    """
    clear(access, Trouble.KEYS)
    return inbox.resume_parked(source=source, target=access.public_id, now=now)
