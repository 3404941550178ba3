"""Callbacks: stored once as they came, claimed by one worker, closed with a result."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from ppob.kit.db import unit_of_work
from security.models import InboxEvent
from security.states import InboxStatus

LEASE_SECS = 30
MAX_LEASE_SECS = 3600


def store_event(
    *,
    source: str,
    target: UUID,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    event_key: str = "",
) -> tuple[InboxEvent, bool]:
    """Keep a verified callback of the tenant in scope; False if it was there already.

    The same bytes for the same target are the same event, however often they arrive.
    Who seals the body passes the key of what was in it as `event_key`.
    """
    event_key = event_key or key_of(body)
    with unit_of_work("security.store_event"):
        stored = InboxEvent.objects.bulk_create(
            [
                InboxEvent(
                    source=source,
                    target=target,
                    event_key=event_key,
                    headers=dict(headers),
                    body=body,
                    received_at=now,
                    due_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        event = InboxEvent.objects.get(
            source=source, target=target, event_key=event_key
        )
    return event, bool(stored) and event.received_at == now


def key_of(body: bytes) -> str:
    """What is equal for equal bodies."""
    return hashlib.sha256(body).hexdigest()


def claim_event(event_id: int, *, now: datetime) -> InboxEvent | None:
    """Take the event for a while; None if it is done or somebody has it.

    Each attempt leases it for longer (30 s to an hour), so an event that keeps failing
    stays visible without being hammered.
    """
    with unit_of_work("security.claim_event"):
        event: InboxEvent | None = InboxEvent.objects.filter(pk=event_id).first()
        if event is None:
            return None
        lease = min(LEASE_SECS * 2**event.attempts, MAX_LEASE_SECS)
        claimed = InboxEvent.objects.filter(
            pk=event_id, status=InboxStatus.RECEIVED, due_at__lte=now
        ).update(attempts=F("attempts") + 1, due_at=now + timedelta(seconds=lease))
        return event if claimed else None


def close_event(
    event: InboxEvent, status: InboxStatus, *, result: str, now: datetime
) -> None:
    """Write down what became of the event: with its effect or right after it.

    An event whose effect is there but which is still open is worked on again; effects
    are made once, so that costs time only.
    """
    with unit_of_work("security.close_event"):
        InboxEvent.objects.filter(pk=event.pk, status=InboxStatus.RECEIVED).update(
            status=status, result=result[:120], processed_at=now
        )
