"""The card of a top-up in its ticket: written once, and redrawn with every step."""

from datetime import datetime

from bot import selectors
from bot.message_kinds import Chore
from bot.models import OutgoingMessage
from bot.services import outbox
from bot.services.announcing import announce
from inventory.models import Purchase
from payments.models import OrderLine


def progressed(purchase: Purchase, *, step: str, now: datetime) -> None:
    """Show what has become of a purchase on its card, inside the step's transaction."""
    line = (
        OrderLine.objects.filter(public_id=purchase.holder)
        .select_related("order")
        .first()
    )
    ticket = selectors.find_ticket(line.order) if line is not None else None
    if line is None or ticket is None:
        return
    card_id = (
        OutgoingMessage.objects.filter(
            ticket=ticket, kind="top_up_card", payload__purchase=purchase.pk
        )
        .values_list("pk", flat=True)
        .first()
    )
    if card_id is None:
        announce("topup.begun", purchase=purchase, ticket=ticket, now=now)
        return
    outbox.to_ticket(
        ticket,
        Chore.REDRAW,
        payload={"outgoing": card_id},
        # Each step once; what it says is read when it is drawn.
        dedupe_key=f"purchase:{purchase.pk}:{step}:{now:%y%m%d%H%M%S%f}",
        now=now,
    )
