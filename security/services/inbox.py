"""Callbacks: stored once as they came, claimed by one worker, closed with a result."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from ppob.kit.db import require_transaction, unit_of_work
from security.models import InboxEvent
from security.states import InboxStatus

LEASE_SECS = 30
MAX_LEASE_SECS = 3600
MOST_ATTEMPTS = 16  # some ten hours; what still fails then is for a person
KEYS_CHANGED = "keys changed"


def store_event(
    *,
    source: str,
    target: UUID,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> tuple[InboxEvent, bool]:
    """Keep a verified callback of the tenant in scope; False if it was there already.

    The same bytes for the same target are the same event, however often they arrive. An
    event that waits for keys, or was refused because they had changed, is due again:
    these bytes were just proven with the keys of today.
    """
    event_key = key_of(body)
    with unit_of_work("security.store_event"):
        stored = InboxEvent.objects.bulk_create(
            [
                InboxEvent(
                    source=source,
                    target=target,
                    event_key=event_key,
                    headers=dict(headers),
                    sealed_body=body.decode("latin-1"),  # one character per byte
                    received_at=now,
                    due_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        event = InboxEvent.objects.get(
            source=source, target=target, event_key=event_key
        )
        _revive(event, now=now)
    # `bulk_create` gives a row back also where it wrote none: the time tells.
    return event, bool(stored) and event.received_at == now


def keep_refused(
    *,
    source: str,
    target: UUID,
    headers: Mapping[str, str],
    body: bytes,
    code: str,
    now: datetime,
) -> None:
    """Keep a proven callback that cannot be used, closed from the start.

    Its key differs from that of the same bytes kept for work: what was refused for
    another reason than its body (a header is not signed) must not stand in for it.
    """
    with unit_of_work("security.keep_refused"):
        InboxEvent.objects.bulk_create(
            [
                InboxEvent(
                    source=source,
                    target=target,
                    event_key=_refused_key(body, code),
                    headers=dict(headers),
                    sealed_body=body.decode("latin-1"),  # one character per byte
                    received_at=now,
                    due_at=now,
                    status=InboxStatus.REFUSED,
                    result=code[:120],
                    processed_at=now,
                )
            ],
            ignore_conflicts=True,
        )


def _refused_key(body: bytes, code: str) -> str:
    return f"refused:{code[:20]}:{key_of(body)}"


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
        # A worker that dies gives the event back by doing nothing.
        lease = min(LEASE_SECS * 2**event.attempts, MAX_LEASE_SECS)
        claimed = InboxEvent.objects.filter(
            pk=event_id, status=InboxStatus.RECEIVED, due_at__lte=now
        ).update(attempts=F("attempts") + 1, due_at=now + timedelta(seconds=lease))
        # As it was read: its `attempts` are those before this one.
        return event if claimed else None


def is_worn_out(event: InboxEvent) -> bool:
    """Whether the event was tried so often that a person has to look."""
    return event.attempts >= MOST_ATTEMPTS


def park_event(event: InboxEvent, *, result: str) -> None:
    """Let the event wait until the keys that it needs can be opened."""
    require_transaction()
    InboxEvent.objects.filter(pk=event.pk, status=InboxStatus.RECEIVED).update(
        status=InboxStatus.PARKED, result=result[:120]
    )


def resume_parked(*, source: str, target: UUID, now: datetime) -> list[int]:
    """Work again on what waited for this target's keys; the ids of the events."""
    require_transaction()
    parked = InboxEvent.objects.filter(
        source=source, target=target, status=InboxStatus.PARKED
    )
    ids = list(parked.order_by("pk").values_list("pk", flat=True))
    # The tries before were the keys' fault and not the event's.
    parked.filter(pk__in=ids).update(
        status=InboxStatus.RECEIVED, result="", attempts=0, due_at=now
    )
    return ids


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


def _revive(event: InboxEvent, *, now: datetime) -> None:
    waits = event.status == InboxStatus.PARKED
    is_unread = event.status == InboxStatus.REFUSED and event.result == KEYS_CHANGED
    if waits or is_unread:
        # Only from where it was read: a worker may have it by now.
        InboxEvent.objects.filter(pk=event.pk, status=event.status).update(
            status=InboxStatus.RECEIVED,
            result="",
            attempts=0,
            due_at=now,
            processed_at=None,
        )
