"""How long deposits at suppliers last, and telling the seller once before they end.

The mark `low_at` decides: of two who look at once, one tells. A refill takes it away.
"""

from collections.abc import Collection
from datetime import datetime

from inventory import figures
from inventory.events import DepositRunsDry
from inventory.forecast import DAY, Forecast, forecast, read_burn
from inventory.models import SupplierAccount
from inventory.services.purchase_routes import JAKARTA, is_test_store
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.events import announce


def forecast_deposits(
    accounts: Collection[SupplierAccount], *, now: datetime
) -> dict[int, Forecast]:
    """How long these accounts' deposits last, by our row's id; one query for all.

    Only those that can be told: the deposit was read, and enough was bought there in
    the last four weeks.
    """
    known = {each.pk: each.uncommitted for each in accounts}
    here = now.astimezone(JAKARTA)
    found = {}
    for account_id, spent in figures.spent_by_hour(known, now=now).items():
        uncommitted, burn = known[account_id], read_burn(spent, now=here)
        if uncommitted is not None and burn is not None:
            found[account_id] = forecast(burn, uncommitted=uncommitted, now=here)
    return found


def list_low(*, now: datetime) -> list[tuple[SupplierAccount, Forecast]]:
    """Accounts whose seller was told that they run dry, the first to end first."""
    low = list(SupplierAccount.objects.filter(is_active=True, low_at__isnull=False))
    if not low:
        return []  # nearly always: the start page asks this, too
    found = forecast_deposits(low, now=now)
    rows = [(each, found[each.pk]) for each in low if each.pk in found]
    return sorted(rows, key=lambda row: (row[1].hours_left or 0, row[0].pk))


def check_account(*, account_id: int, now: datetime) -> bool:
    """Whether the seller was told just now that this deposit runs dry."""
    return _check([account_id], now=now) > 0


def check_store(*, now: datetime) -> int:
    """Tell of every deposit of the store that runs dry; how many were told now."""
    return _check(None, now=now)


def _check(account_ids: list[int] | None, *, now: datetime) -> int:
    with unit_of_work("inventory.check_deposits"):
        # Nobody buys at the store's test accounts while a real one is in use.
        used = SupplierAccount.objects.filter(
            is_active=True, deposit__isnull=False, is_test=is_test_store()
        )
        if account_ids is not None:
            used = used.filter(pk__in=account_ids)
        accounts = list(used.select_related("tenant").order_by("pk"))
        found = forecast_deposits(accounts, now=now) if accounts else {}
        return sum(
            _compare(each, found[each.pk], now=now)
            for each in accounts
            if each.pk in found
        )


def _compare(account: SupplierAccount, found: Forecast, *, now: datetime) -> bool:
    """Whether this look is the one that tells."""
    hours, left = account.tenant.deposit_alert_hours, found.hours_left
    if left is not None and left < hours:
        return _tell(account, found, now=now)
    # A night alone makes some hours more of the same money, but no day.
    if account.low_at is not None and (left is None or left >= hours + DAY):
        SupplierAccount.objects.filter(pk=account.pk).update(low_at=None)
        _announce(account)
    return False


def _tell(account: SupplierAccount, found: Forecast, *, now: datetime) -> bool:
    # Not if it was refilled since it was looked at: that would use up the next time.
    is_told = SupplierAccount.objects.filter(
        pk=account.pk, low_at=None, deposit__lte=account.deposit
    ).update(low_at=now)
    if is_told:
        announce(
            DepositRunsDry(
                account.tenant_id,
                account_id=account.pk,
                minutes_left=found.minutes_left or 0,
                to_add=found.to_add,
                at=now,
            )
        )
        _announce(account)
    return bool(is_told)


def _announce(account: SupplierAccount) -> None:
    live.announce(account.tenant_id, "suppliers", account=str(account.public_id))
