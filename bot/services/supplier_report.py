"""How the store's suppliers do, for its own people in Discord."""

from datetime import datetime, timedelta

from bot.presenters.suppliers import SupplierReport, SupplierState
from inventory import figures, selectors
from inventory.states import Breaker
from ppob.kit.errors import NotAllowed
from tenants.auth import require
from tenants.models import Customer, Member
from tenants.permissions import Permission

LOOK_BACK = timedelta(days=1)


def read_report(*, customer: Customer, now: datetime) -> SupplierReport:
    """The report for who works in the store and may see its costs; NotAllowed else."""
    member = Member.objects.filter(
        user__discord_id=customer.discord_id, user__is_active=True
    ).first()
    if member is None:
        raise NotAllowed
    require(member, Permission.SEE_COSTS)
    since = now - LOOK_BACK
    rates = figures.success_of_accounts(since=since)
    return SupplierReport(
        suppliers=tuple(
            SupplierState(
                name=account.label,
                is_active=account.is_active,
                is_test=account.is_test,
                has_trouble=bool(account.trouble),
                deposit=account.deposit,
                reserved=account.reserved,
                rate=rates.get(account.pk),
                breaker=Breaker(account.breaker),
            )
            for account in selectors.list_suppliers()
        ),
        diverted=figures.diverted(since=since),
    )
