"""Codes of a buyer that staff open for a dispute: with a reason, never in secret."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments.events import CodesDisclosed
from payments.models import Delivery, Order
from payments.services.orders import delivery
from payments.services.orders.delivery import RevealedCode
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from ppob.kit.events import announce
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require, require_not_own
from tenants.permissions import Permission
from tenants.services.suspension import require_open_for_staff

MIN_REASON = 10
MAX_REASON = 200


class NothingToOpen(Conflict):
    """No code of this order has reached its buyer."""

    code = "NOTHING_TO_OPEN"
    default = _("No code of this order was delivered yet.")


def reveal_to_staff(
    *, actor: Actor, order: Order, reason: str, now: datetime
) -> list[RevealedCode]:
    """The order's delivered codes; the deed is in the audit trail and told the buyer.

    The buyer's own first look stays what it was. Raises NotAllowed, OwnMoney,
    StoreSuspended, NothingToOpen, or InvalidInput for a reason that is too short or
    too long.
    """
    require(actor, Permission.REVEAL_CODES)
    words = _read_reason(reason)
    with unit_of_work("payments.reveal_to_staff"):
        require_open_for_staff()
        deliveries = list(
            Delivery.objects.filter(line__order=order)
            .select_related("line")
            .order_by("line_id", "unit_no")
        )
        if not deliveries:
            raise NothingToOpen
        require_not_own(actor, order.customer)
        # In the transaction that opens them: no look without its trace.
        entry = audit.record(
            actor=actor.name,
            action="codes.revealed_by_staff",
            object=f"order:{order.public_id}",
            now=now,
            reason=words,
            data={"code": order.code, "units": len(deliveries)},
        )
        announce(CodesDisclosed(order.tenant_id, order, entry=entry.pk, reason=words))
        return delivery.unseal(deliveries)


def _read_reason(reason: str) -> str:
    words = " ".join(reason.split())
    if not MIN_REASON <= len(words) <= MAX_REASON:
        raise InvalidInput(
            _("Give a reason of %(least)d to %(most)d characters. The buyer reads it.")
            % {"least": MIN_REASON, "most": MAX_REASON},
            field="reason",
        )
    return words
