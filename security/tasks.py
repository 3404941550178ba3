"""What workers do for the audit trail."""

from pathlib import Path

from celery import shared_task
from django.conf import settings

from ppob.kit import clock
from security.services import guessing, heads, sealing
from security.session_store import SessionStore


@shared_task(name="security.seal_audit")
def seal_audit() -> None:
    """Chain the entries of the last seconds."""
    sealing.seal_entries()


@shared_task(name="security.publish_audit_heads")
def publish_audit_heads() -> None:
    """Chain whatever was left behind, then write every head down elsewhere."""
    sealing.seal_entries(everything=True)
    file = settings.AUDIT_HEADS_FILE
    heads.publish_heads(Path(file) if file else None, now=clock.now())


@shared_task(name="security.forget_ended")
def forget_ended() -> None:
    """Delete sessions that are over and counts of tries whose window is."""
    SessionStore.clear_expired()
    guessing.forget_ended(now=clock.now())
