"""What owners are told when something that decides about money or access changes.

A stolen session must not stay unnoticed: whoever changes an account, keys, a limit or a
role, the owners read it in Discord, outside of the pages that the thief can open.
"""

from datetime import datetime
from hashlib import sha256

from bot.services import outbox
from security.models import AuditEntry
from tenants import selectors
from tenants.models import Handover

# Beginnings of the names of deeds: ways to pay and their keys, limits, suppliers' keys,
# who works here, where the log goes and who counts as staff there, and codes that staff
# opened.
TOLD = (
    "method.",
    "policy.",
    "supplier.",
    "member.",
    "server.",
    "codes.revealed_by_staff",
    "stock.revealed",
)
# Somebody who corrects the same thing again and again sends one message in that time.
AGAIN_SECS = 10 * 60


def deed_done(entry: AuditEntry, *, now: datetime) -> None:
    """Tell every owner directly, and the log channel; other deeds are no news."""
    if not entry.action.startswith(TOLD):
        return
    payload = {"entry": entry.pk}
    window = int(entry.at.timestamp()) // AGAIN_SECS
    key = f"deed:{window}:{entry.actor}:{entry.action}:{entry.object}"
    for owner_id in selectors.owner_accounts():
        outbox.to_somebody(
            recipient_id=owner_id,
            kind="deed_done",
            payload=payload,
            dedupe_key=_short(f"{key}:{owner_id}"),
            now=now,
        )
    outbox.to_log(
        kind="log_deed_done", payload=payload, dedupe_key=_short(key), now=now
    )


def store_offered(offer: Handover, *, now: datetime) -> None:
    """Ask whom the store is offered to; the owners read of it anyway."""
    if offer.taker.discord_id is not None:
        outbox.to_somebody(
            recipient_id=offer.taker.discord_id,
            kind="store_offered",
            payload={"offer": offer.pk},
            dedupe_key=f"handover:{offer.pk}:offered",
            now=now,
        )


def _short(key: str) -> str:
    """A key of bounded length that is still this deed's alone."""
    return f"deed:{sha256(key.encode()).hexdigest()[:48]}"
