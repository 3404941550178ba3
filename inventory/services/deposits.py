"""Deposits at suppliers: read now and then, and set aside for orders like stock.

An order is only taken when what it may cost is there and nobody else's. The row of the
account decides: `reserved` grows only while the deposit covers it.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from inventory.models import DepositHold, Purchase, SupplierAccount, SupplierProduct
from inventory.services.supplier_clients import open_supplier
from inventory.states import DEPOSIT_HOLD_TRANSITIONS, HoldStatus, PurchaseStatus
from inventory.suppliers.base import (
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
)
from ppob.kit import jobs, live
from ppob.kit.db import (
    forbid_transaction,
    require_transaction,
    savepoint,
    unit_of_work,
)
from ppob.kit.machine import Machine

log = logging.getLogger(__name__)

HOLDS = Machine(
    model=DepositHold,
    table=DEPOSIT_HOLD_TRANSITIONS,
    times={HoldStatus.CONSUMED: "ended_at", HoldStatus.RELEASED: "ended_at"},
)
ACTOR = "inventory.deposits"
REFILL = 50_000  # rupiah that a refill has at least; less may be one refund


class _TooLittle(Exception):
    """The other account has not enough that is nobody else's."""


def reserve(option: SupplierProduct, *, holder: UUID, now: datetime) -> bool:
    """Set aside what this line costs, for an order line; False if it is not there.

    Part of the caller's transaction. A deposit that was never read refuses nobody.
    """
    return set_aside(option.account, option.cost, holder=holder, now=now)


def set_aside(
    account: SupplierAccount, amount: int, *, holder: UUID, now: datetime
) -> bool:
    """The same for an amount (rupiah) at an account, as what a bill costs there."""
    require_transaction()
    # One statement looks and takes: of two buyers of the last rupiah, one gets them.
    taken = SupplierAccount.objects.filter(
        Q(deposit=None) | Q(deposit__gte=F("reserved") + amount), pk=account.pk
    ).update(reserved=F("reserved") + amount)
    if not taken:
        return False
    DepositHold.objects.create(
        tenant_id=account.tenant_id,
        account_id=account.pk,
        holder=holder,
        amount=amount,
        created_at=now,
    )
    return True


def release(holders: Collection[UUID], *, now: datetime) -> int:
    """Give back what is set aside for these order lines; how many had something."""
    require_transaction()
    active = DepositHold.objects.filter(holder__in=holders, status=HoldStatus.ACTIVE)
    # In the order of accounts, as everybody who touches several.
    held = list(active.order_by("account_id", "pk"))
    return sum(_end(hold, HoldStatus.RELEASED, cost=0, now=now) for hold in held)


def end(purchase: Purchase, *, now: datetime) -> None:
    """A purchase was settled: what it cost is gone from the deposit, the rest is free.

    Part of the transaction that settles it.
    """
    require_transaction()
    hold: DepositHold | None = DepositHold.objects.filter(
        holder=purchase.holder, status=HoldStatus.ACTIVE
    ).first()
    if hold is None:
        return
    is_bought = purchase.status == PurchaseStatus.SUCCEEDED
    _end(
        hold,
        HoldStatus.CONSUMED if is_bought else HoldStatus.RELEASED,
        cost=(purchase.cost or hold.amount) if is_bought else 0,
        now=now,
    )


def move(option: SupplierProduct, *, holder: UUID, now: datetime) -> bool:
    """Have what is set aside for an order line stand at this line's account.

    Part of the caller's transaction. False if there is not enough; then nothing moved.
    An order from before deposits were set aside has nothing to move.
    """
    require_transaction()
    hold = DepositHold.objects.filter(holder=holder, status=HoldStatus.ACTIVE).first()
    if hold is None or hold.account_id == option.account_id:
        return True
    try:
        with savepoint():
            # A line has one hold, so the old one ends before the new one begins.
            _end(hold, HoldStatus.RELEASED, cost=0, now=now)
            if not reserve(option, holder=holder, now=now):
                raise _TooLittle
    except _TooLittle:
        return False
    return True


def account_of(holder: UUID) -> int | None:
    """The account (our row's id) where something is set aside for an order line."""
    found: int | None = (
        DepositHold.objects.filter(holder=holder, status=HoldStatus.ACTIVE)
        .values_list("account_id", flat=True)
        .first()
    )
    return found


def read_deposit(*, account_id: int, now: datetime) -> bool:
    """Ask the supplier what is there; False if it did not say.

    What was bought while it was asked makes its answer old: then it is asked again the
    next time. How long it lasts is worked out anew with it.
    """
    forbid_transaction()
    account = SupplierAccount.objects.get(pk=account_id)
    try:
        deposit = open_supplier(account).read_balance()
    except (ProviderRefused, ProviderUnreachable, OutcomeUnknown) as error:
        log.warning("No deposit of account %s: %s", account_id, error)
        return False
    with unit_of_work("inventory.read_deposit"):
        is_kept = keep_reading(account, deposit, now=now)
        if is_kept:
            live.announce(
                account.tenant_id, "suppliers", account=str(account.public_id)
            )
            jobs.enqueue(
                "inventory.check_deposit",
                tenant_id=account.tenant_id,
                account_id=account.pk,
            )
    return is_kept


def keep_reading(account: SupplierAccount, deposit: int, *, now: datetime) -> bool:
    """Write down what the supplier said is there; False if that is old by now.

    `account` is as it was before the supplier was asked: what was bought meanwhile
    may be in its answer or not. After a refill the seller is told again when it runs
    dry. Part of the caller's transaction.
    """
    require_transaction()
    # Compared with the supplier's own last word: our `deposit` also lacks what was
    # taken there before we heard of it, and would seem to have risen.
    is_refill = Q(deposit_read__lte=deposit - REFILL)
    kept = SupplierAccount.objects.filter(
        pk=account.pk, deposit_at=account.deposit_at
    ).update(
        deposit=deposit,
        deposit_at=now,
        deposit_read=deposit,
        low_at=Case(When(is_refill, then=Value(None)), default=F("low_at")),
    )
    return bool(kept)


def _end(hold: DepositHold, target: HoldStatus, *, cost: int, now: datetime) -> bool:
    # The hold's own row decides: of two who end it, one changes the account.
    if not HOLDS.try_move(hold, target, actor=ACTOR, now=now):
        return False
    account = SupplierAccount.objects.filter(pk=hold.account_id)
    account.update(reserved=F("reserved") - hold.amount)
    if cost:
        account.exclude(deposit=None).update(
            deposit=Greatest(F("deposit") - cost, 0), deposit_at=now
        )
    return True
