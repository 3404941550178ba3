"""Before a top-up leaves: is its account still called what the buyer confirmed?

Between the two may lie a day, and an account may have gone to somebody else. Then no
supplier hears of the purchase, its money goes back, and the buyer reads both names.
"""

from datetime import datetime

from catalog import destinations
from inventory.models import PurchaseAttempt
from inventory.services import account_checks, purchases
from inventory.states import AttemptStatus, CheckState, PurchaseStatus
from ppob.kit.db import forbid_transaction

ACTOR = "inventory.renamed_accounts"
RENAMED = "renamed"  # why a purchase was stopped


def stop_if_renamed(*, attempt_id: int, now: datetime) -> bool:
    """Stop a top-up that nobody has sent, if its account has another name by now.

    It asks the supplier that told the buyer the name: another one may write the same
    name otherwise. Who cannot be asked, or knows no such account, stops nothing. True
    where it was stopped.
    """
    forbid_transaction()
    attempt = _unsent(attempt_id, now=now)
    if attempt is None:
        return False
    purchase = attempt.purchase
    category = purchase.product.category
    fields = destinations.read_fields(category.destination_fields if category else [])
    found = account_checks.find_name(
        category,
        destinations.split(purchase.destination, fields),
        source=purchase.named_by,
    )
    if found.state != CheckState.VERIFIED or _is_same(found.name, purchase.player_name):
        return False
    try:
        purchases.give_up(
            purchase_id=purchase.pk,
            actor=ACTOR,
            reason=RENAMED,
            renamed_to=found.name,
            now=now,
        )
    except (purchases.OutcomeUnclear, purchases.AlreadyBought):
        return False  # another process has sent it meanwhile
    return True


def _unsent(attempt_id: int, *, now: datetime) -> PurchaseAttempt | None:
    """An attempt that is to be sent now, the first of its purchase to leave."""
    found: PurchaseAttempt | None = (
        PurchaseAttempt.objects.filter(
            pk=attempt_id,
            status=AttemptStatus.QUEUED,
            due_at__lte=now,
            purchase__status=PurchaseStatus.OPEN,
        )
        .exclude(purchase__player_name="")
        .select_related("purchase__product__category")
        .first()
    )
    if found is None:
        return None
    siblings = PurchaseAttempt.objects.filter(purchase=found.purchase_id)
    return None if siblings.filter(calls__gt=0).exists() else found


def _is_same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
