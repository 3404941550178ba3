"""Where a top-up of a buyer's balance stands."""

from payments.events import DepositMoved
from payments.models import Deposit, DepositEvent
from payments.services.transitions.words import MOVED_ON
from payments.states import DEPOSIT_TRANSITIONS, DepositStatus
from ppob.kit import live
from ppob.kit.events import announce
from ppob.kit.machine import Machine, Transition


def _event(deposit: Deposit) -> DepositEvent:
    return DepositEvent(tenant_id=deposit.tenant_id, deposit_id=deposit.pk)


def _announce(deposit: Deposit, step: Transition[DepositStatus]) -> None:
    announce(
        DepositMoved(deposit.tenant_id, deposit, source=step.source, target=step.target)
    )
    live.announce(deposit.tenant_id, "money", deposit=str(deposit.public_id))


DEPOSITS = Machine(
    model=Deposit,
    table=DEPOSIT_TRANSITIONS,
    event=_event,
    times={DepositStatus.CREDITED: "credited_at"},
    announce=_announce,
    refusal=MOVED_ON,
)
move_deposit = DEPOSITS.move
