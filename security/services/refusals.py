"""News that was refused at the door: written down once an hour, counted otherwise.

Anybody can send news with a wrong signature, as often as they like, and an audit entry
stays for ever. One entry per source, reason and hour says that somebody does; the next
one says how many more there were.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from django.db import connection

from ppob.kit import scope
from ppob.kit.db import require_transaction
from security.models import TryCount
from security.services import audit

# Two hours are compared; `guessing.forget_ended` deletes the rows.
KEPT = timedelta(hours=48)

# The row's lock puts all in line: exactly one gets the number 1 and writes the entry.
_COUNT = """
    INSERT INTO security_trycount AS t (key, count, ends_at)
    VALUES (%(key)s, 1, %(end)s)
    ON CONFLICT (key) DO UPDATE SET count = least(t.count, 1000000) + 1
    RETURNING count
"""


def note(*, actor: str, object: str, code: str, now: datetime) -> bool:
    """Write down that news about `object` was refused; False if it is only counted.

    `actor` is who it claims to be from (`gateway:` and its code), `code` the reason.
    """
    require_transaction()
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if _count(_key(actor, object, code, hour), now=now) > 1:
        return False
    before = _key(actor, object, code, hour - timedelta(hours=1))
    counted = TryCount.objects.filter(pk=before).values_list("count", flat=True).first()
    more = (counted or 1) - 1
    audit.record(
        actor=actor,
        action="callback.refused",
        object=object,
        now=now,
        data={"code": code, **({"more_the_hour_before": more} if more else {})},
    )
    return True


def _count(key: str, *, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key, "end": now + KEPT})
        (count,) = cursor.fetchone()
    return int(count)


def _key(actor: str, object: str, code: str, hour: datetime) -> str:
    words = f"refused:{scope.get_tenant_id()}:{actor}:{object}:{code}:{hour:%y%m%d%H}"
    return hashlib.sha256(words.encode()).hexdigest()
