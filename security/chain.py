"""How entries of the audit trail are chained, in Python and in SQL alike.

The database alone can verify every hash: what is hashed is made of its own rows by one
expression, and the checks in `security.invariants` use the same one.
"""

import hashlib
from datetime import UTC, datetime, timedelta

GENESIS = bytes(32)  # what the first link of a chain follows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = "(extract(epoch FROM {}) * 1000000)::bigint"

# An entry `e` as text. A row's text quotes its columns, so nothing can be moved from
# one into the next without changing it; nothing depends on a session's settings. An
# address reads like `host(e.ip)`, with which old entries were hashed, unless somebody
# put a network's length behind it.
CONTENT_SQL = f"""ROW(
    e.tenant_id, e.id,
    {_MICROSECONDS.format("e.at")}, {_MICROSECONDS.format("e.written_at")},
    e.actor, e.action, e.object, e.reason, e.ip, e.before, e.after, e.data
)::text"""

# The hash of link `l` with its entry `e`; `link_hash` computes the same.
HASH_SQL = f"""sha256(l.prev_hash || convert_to(
    l.seq || '|' || {_MICROSECONDS.format("l.sealed_at")} || '|' || {CONTENT_SQL},
    'UTF8'
))"""


def link_hash(
    *, prev_hash: bytes, seq: int, sealed_at: datetime, content: str
) -> bytes:
    """The hash of a link: its predecessor's, its place, its time and its entry."""
    time = (sealed_at - _EPOCH) // timedelta(microseconds=1)
    return hashlib.sha256(prev_hash + f"{seq}|{time}|{content}".encode()).digest()
