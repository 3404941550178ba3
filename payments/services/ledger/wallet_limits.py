"""How much may lie on a buyer's balance, and on all balances of a store together."""

from django.db.models import Sum

from payments.models import LedgerAccount, Order
from payments.services.ledger.policy import find_policy
from payments.states import AccountKind, OrderStatus


def most_on_balance(customer_id: int) -> int:
    """The balance that this buyer may have at most (rupiah).

    What is set aside for orders of theirs counts: it may come back.
    """
    return find_policy().wallet_limit - reserved_of(customer_id)


def room_for(customer_id: int) -> int:
    """How many rupiah more this buyer may be given; zero when there is no room.

    It is the smaller of what the buyer's and the store's limit leave. Lock the wallet
    before to rely on it.
    """
    account = LedgerAccount.objects.filter(
        kind=AccountKind.WALLET, customer_id=customer_id
    ).first()
    balance = (account.balance or 0) if account else 0
    of_buyer = most_on_balance(customer_id) - balance
    of_store = find_policy().float_limit - all_balances()
    return max(0, min(of_buyer, of_store))


def reserved_of(customer_id: int) -> int:
    """What the buyer's waiting orders have set aside from the balance (rupiah)."""
    reserved = Order.objects.filter(
        customer_id=customer_id, status=OrderStatus.AWAITING_PAYMENT
    ).aggregate(total=Sum("reserved"))["total"]
    return reserved or 0


def all_balances() -> int:
    """What the store owes all its buyers together (rupiah)."""
    total = LedgerAccount.objects.filter(kind=AccountKind.WALLET).aggregate(
        total=Sum("balance")
    )["total"]
    return total or 0
