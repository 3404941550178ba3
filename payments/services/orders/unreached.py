"""Buyers whom no message reaches: their store is told, until they know."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from payments.events import BuyerUnreached
from payments.models import Order, UnreachedBuyer
from payments.services import transitions
from payments.states import BuyerNews, UnreachedStatus
from ppob.kit import live
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from ppob.kit.events import announce
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Customer
from tenants.permissions import Permission

TELL_WITHIN = timedelta(days=1)
MOST_NOTE = 200


class KnownAlready(Conflict):
    """The buyer was told, or has read it, in the meantime."""

    code = "KNOWN_ALREADY"
    default = _("This buyer knows by now: somebody told them, or they read it.")


def report(
    customer: Customer, *, order: Order | None, news: BuyerNews, now: datetime
) -> UnreachedBuyer:
    """Keep that this news did not reach the buyer; the store is told once, not again.

    More of it before somebody told them is counted on the same row.
    """
    require_transaction()
    found, is_new = _open(customer, order, news, now=now)
    while not is_new and not _count_one_more(found):
        # Somebody closed it since it was read: this news is of a new row.
        found, is_new = _open(customer, order, news, now=now)
    if is_new:
        announce(BuyerUnreached(customer.tenant_id, found))
    _announce(found)
    return found


def _open(
    customer: Customer, order: Order | None, news: BuyerNews, *, now: datetime
) -> tuple[UnreachedBuyer, bool]:
    """The open row of this buyer and order, and whether it was made now."""
    found, is_new = UnreachedBuyer.objects.get_or_create(
        customer=customer,
        order=order,
        status=UnreachedStatus.OPEN,
        defaults={"news": news, "opened_at": now, "due_at": now + TELL_WITHIN},
    )
    return found, is_new


def _count_one_more(found: UnreachedBuyer) -> bool:
    """Count news on the row while it is open; it stays so until this commits."""
    return bool(
        UnreachedBuyer.objects.filter(pk=found.pk, status=UnreachedStatus.OPEN).update(
            count=F("count") + 1
        )
    )


def note_told(
    *, actor: Actor, unreached: UnreachedBuyer, note: str, now: datetime
) -> None:
    """Somebody of the store told the buyer; `note` says how.

    Raises NotAllowed, InvalidInput without a note, or KnownAlready.
    """
    require(actor, Permission.CONFIRM_PAYMENTS)
    note = " ".join(note.split())
    if not 3 <= len(note) <= MOST_NOTE:
        raise InvalidInput(
            _("Say how you told them, in 3 to %(most)d characters.")
            % {"most": MOST_NOTE},
            field="note",
        )
    with unit_of_work("payments.note_buyer_told"):
        told = _close(
            unreached.pk, UnreachedStatus.TOLD, actor=actor.name, note=note, now=now
        )
        if not told:
            raise KnownAlready
        audit.record(
            actor=actor.name,
            action="buyer.told",
            object=f"customer:{unreached.customer.public_id}",
            now=now,
            data={"name": str(unreached.customer), "note": note},
        )
        _announce(unreached)


def note_read(order: Order, *, now: datetime) -> None:
    """The buyer has looked at the order where all of it stands."""
    require_transaction()
    for found in UnreachedBuyer.objects.filter(
        order=order, status=UnreachedStatus.OPEN
    ).order_by("pk"):
        if _close(found.pk, UnreachedStatus.READ, actor=order.customer.actor, now=now):
            _announce(found)


def _close(
    pk: int, target: UnreachedStatus, *, actor: str, note: str = "", now: datetime
) -> bool:
    rows = UnreachedBuyer.objects.filter(pk=pk)
    moved = transitions.UNREACHED.move_all(
        rows, target, actor=actor, now=now, note=note
    )
    return moved > 0


def _announce(found: UnreachedBuyer) -> None:
    live.announce(found.tenant_id, "money", unreached=str(found.public_id))
