"""After the last kill: everything that is due is done, until nothing is."""

from contextlib import suppress

from celery import current_app
from django.conf import settings

from bot.cross_tenant.messages import list_due_messages
from bot.cross_tenant.serving import Serving
from bot.cross_tenant.tickets import list_channelless_tickets
from bot.models import Ticket
from bot.services import ticket_channels
from inventory.models import Purchase
from inventory.states import PurchaseStatus
from payments.models import OrderLine
from ppob.kit import clock
from ppob.kit.errors import DomainError
from ppob.kit.scope import tenant_scope
from tests.crash import acts, supplier_acts
from tests.crash.lane import Broker
from tests.crash.outside import Outside
from tests.crash.world import Store

# Leases run out, suppliers end, orders expire, owners decide, tickets close.
PAUSES = (61, 61, 200, 700, 1_900, 3_700, 3_700, 90_000, 3_700, 90_000, 61, 61)
APPS = ("payments.", "inventory.", "bot.")


def settle_down(
    outside: Outside,
    broker: Broker,
    stores: list[Store],
    *,
    pauses: tuple[float, ...] = PAUSES,
) -> list[str]:
    """Run every scheduled job and what they ask for; what went wrong meanwhile."""
    problems: list[str] = []
    acts.DISCORD.is_moody = False
    _hear_from_gateway(outside, stores)
    for secs in pauses:
        outside.clock.advance(secs)
        _open_channels()
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            if entry["task"].startswith(APPS):
                current_app.tasks[entry["task"]]()
                _work_off(broker, problems)
        for store in stores:
            _let_owner_decide(outside, store)
            _work_off(broker, problems)
        while list_due_messages(Serving(), now=clock.now()):
            acts.carry_post()
    acts.DISCORD.is_moody = True
    return problems


def _hear_from_gateway(outside: Outside, stores: list[Store]) -> None:
    """A gateway repeats its news until somebody takes it."""
    by_tenant = {f"T{store.tenant_id}": store for store in stores}
    for payment in outside.gateway.captured():
        store = by_tenant[payment["merchant_ref"].partition("-")[0]]
        with tenant_scope(store.tenant_id):
            acts.take_callback(store, outside.gateway.callback(payment["reference"]))


def _work_off(broker: Broker, problems: list[str]) -> None:
    while hints := broker.take():
        for name, arguments in hints:
            if name in current_app.tasks:
                try:
                    current_app.tasks[name](**arguments)
                except DomainError:
                    continue  # a refusal is an answer
                except Exception as error:
                    problems.append(f"{name}: {error!r}")


def _open_channels() -> None:
    """The bot makes the channels that crashes left out."""
    waiting = list_channelless_tickets(Serving(), created_before=clock.now())
    for tenant_id, ticket_id in waiting:
        with tenant_scope(tenant_id):
            name = Ticket.objects.get(pk=ticket_id).name
            ticket_channels.channel_ready(
                ticket_id, channel_id=ticket_id + 10**9, name=name
            )


def _let_owner_decide(outside: Outside, store: Store) -> None:
    with tenant_scope(store.tenant_id):
        supplier_acts.switch_on(store, {})
        waiting = Purchase.objects.filter(status=PurchaseStatus.NEEDS_OWNER)
        for purchase in waiting:
            line = OrderLine.objects.get(public_id=purchase.holder)
            case = {"order": line.order_id, "destination": purchase.destination}
            outside.look_at_supplier(store, case)
            with suppress(DomainError):
                supplier_acts.decide(store, case)
