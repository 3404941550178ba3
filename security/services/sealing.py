"""The sealer: it chains committed entries of the audit trail, behind the changes."""

from datetime import datetime

from ppob.kit.scope import no_tenant_scope
from security import cross_tenant, locks
from security.chain import GENESIS, link_hash
from security.cross_tenant import Head, Unsealed
from security.models import AuditLink

BATCH = 500


def seal_entries(*, everything: bool = False) -> int:
    """Chain what was committed since the last time; how many entries that were.

    One sealer works at a time; the others find nothing to do. With `everything` the
    whole trail is searched for entries that were left behind.
    """
    sealed = 0
    with no_tenant_scope():
        while done := _seal_batch(everything=everything):
            sealed += done
            if done < BATCH:
                break
    return sealed


def _seal_batch(*, everything: bool) -> int:
    with cross_tenant.transaction_across_stores():
        if not locks.hold_sealer():
            return 0
        # Under the lock: what another sealer has just chained is not found again.
        found, sealed_at = cross_tenant.unsealed_entries(
            limit=BATCH, everything=everything
        )
        if sealed_at is not None:
            cross_tenant.add_links(_chained(found, sealed_at=sealed_at))
    return len(found)


def _chained(found: list[Unsealed], *, sealed_at: datetime) -> list[AuditLink]:
    heads: dict[int | None, Head] = {}
    links = []
    for entry in found:
        tenant_id = entry.tenant_id
        # Later entries of a batch follow links that no query sees yet.
        if tenant_id not in heads:
            head = cross_tenant.find_head(tenant_id)
            heads[tenant_id] = head or Head(tenant_id, 0, GENESIS)
        last = heads[tenant_id]
        seq = last.seq + 1
        digest = link_hash(
            prev_hash=last.hash, seq=seq, sealed_at=sealed_at, content=entry.content
        )
        links.append(
            AuditLink(
                tenant_id=tenant_id,
                seq=seq,
                entry_id=entry.entry_id,
                sealed_at=sealed_at,
                prev_hash=last.hash,
                hash=digest,
            )
        )
        heads[tenant_id] = Head(tenant_id, seq, digest)
    return links
