"""How entries of the audit trail are chained, in Python and in SQL alike.

The database alone can verify every hash: what is hashed is made of its own rows by one
expression, and the checks in `security.invariants` use the same one.
"""

import hashlib
from datetime import UTC, datetime

GENESIS = bytes(32)  # what the first link of a chain follows

_TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')"""

# An entry `e` as text. An array in JSON quotes its parts, so nothing can be moved from
# one column into the next without changing it.
CONTENT_SQL = f"""jsonb_build_array(
    e.tenant_id, e.id, {_TIME.format("e.at")}, {_TIME.format("e.written_at")},
    e.actor, e.action, e.object, e.reason, host(e.ip), e.before, e.after, e.data
)::text"""

# The hash of link `l` with its entry `e`; `link_hash` computes the same.
HASH_SQL = f"""sha256(l.prev_hash || convert_to(
    l.seq || '|' || {_TIME.format("l.sealed_at")} || '|' || {CONTENT_SQL}, 'UTF8'
))"""


def link_hash(
    *, prev_hash: bytes, seq: int, sealed_at: datetime, content: str
) -> bytes:
    """The hash of a link: its predecessor's, its place, its time and its entry."""
    time = sealed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return hashlib.sha256(prev_hash + f"{seq}|{time}|{content}".encode()).digest()
