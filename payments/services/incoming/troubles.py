"""Ways to pay that need a person: keys that do not work, news that cannot be used.

A method is marked once and its seller told once, however much news comes meanwhile.
"""

from datetime import datetime

from payments.events import MethodTroubled
from payments.gateways.base import WrongCredentials
from payments.models import PaymentMethod
from payments.services.incoming.gateway_client import open_gateway
from ppob.kit import jobs, live
from ppob.kit.db import unit_of_work
from ppob.kit.events import announce
from security.services import audit, provider_troubles
from security.states import Trouble
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission

INBOX_SOURCE = "gateway:"


def report(method: PaymentMethod, trouble: Trouble, *, now: datetime) -> bool:
    """Mark the method and tell the seller; False if that was done before."""
    is_new = provider_troubles.mark(method, trouble, now=now)
    if is_new:
        announce(
            MethodTroubled(
                method.tenant_id, method_id=method.pk, trouble=trouble, at=now
            )
        )
        _announce(method)
    return is_new


def end_keys(method: PaymentMethod, *, now: datetime) -> int:
    """The keys work: go on with the news that waited for them; how many there were."""
    resumed = provider_troubles.go_on(
        method, source=f"{INBOX_SOURCE}{method.gateway}", now=now
    )
    for event_id in resumed:
        jobs.enqueue(
            "payments.process_callback", tenant_id=method.tenant_id, event_id=event_id
        )
    _announce(method)
    return len(resumed)


def try_keys(*, method_id: int, now: datetime) -> bool:
    """Look whether a method's keys work again (nothing is sent), and go on if so."""
    with unit_of_work("payments.try_keys"):
        method = PaymentMethod.objects.get(pk=method_id)
        try:
            open_gateway(method)
        except WrongCredentials:
            return False
        end_keys(method, now=now)
    return True


def note_seen(*, actor: Actor, method: PaymentMethod, now: datetime) -> None:
    """Somebody looked at the odd news; the next one is told again."""
    require(actor, Permission.EDIT_PAYMENTS)
    with unit_of_work("payments.note_seen"):
        if provider_troubles.clear(method, Trouble.ODD):
            audit.record(
                actor=actor.name,
                action="method.seen",
                object=f"method:{method.public_id}",
                now=now,
                data={"name": method.name},
            )
            _announce(method)


def _announce(method: PaymentMethod) -> None:
    live.announce(method.tenant_id, "methods", method=str(method.public_id))
    live.announce(method.tenant_id, "money")
