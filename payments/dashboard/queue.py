"""Everything about money that waits for a person, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from inventory.selectors import (
    list_discrepancies,
    list_stalled_purchases,
    troubled_accounts,
)
from payments import purchase_links, selectors
from payments.dashboard import second_person
from payments.dashboard.refund_cards import make_cards
from payments.dashboard.second_person import SecondPerson
from payments.models import Order, Payment, UnmatchedMoney, UnreachedBuyer
from payments.states import OPEN_PAYMENTS
from payments.tasks import REFUND_AFTER, WATCH_ENDED
from ppob.kit import clock
from ppob.kit.pages import render_live
from ppob.templatetags.show import actor
from tenants import selectors as tenants
from tenants.auth import StoreRequest, is_second_person, store_page
from tenants.models import Member
from tenants.permissions import Permission

DELIVERED_WITHIN = timedelta(minutes=2)  # longer, and somebody should look
LOOKED_AT_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class MoneyCard:
    """Unapplied money, and whether who reads this has written it down."""

    money: UnmatchedMoney
    recorded_by: str
    is_own_word: bool
    second: SecondPerson | None

    @property
    def needs_another(self) -> bool:
        """Whether somebody else than the reader has to decide."""
        return self.money.needs_second_person and self.is_own_word


@dataclass(frozen=True)
class UnreachedCard:
    """A buyer whom no message reached, and the page they can be sent to."""

    unreached: UnreachedBuyer

    @property
    def address(self) -> str:
        """The buyer's own page about the order; "" for news about no order."""
        order = self.unreached.order
        return purchase_links.address_of(order) if order is not None else ""


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: `kind` names the fragment that shows it.

    `is_quiet` things stand last: nobody has said yet that there is anything to do.
    """

    kind: str
    thing: object
    due_at: datetime | None
    is_overdue: bool
    is_quiet: bool = False


@require_safe
@store_page(Permission.SEE_ORDERS)
def queue(request: StoreRequest, store: str) -> HttpResponse:
    """What waits for somebody, the most urgent first."""
    waiting = _list_waiting(request.member, now=clock.now())
    context = {
        "waiting": waiting,
        "overdue": sum(item.is_overdue for item in waiting),
        "section": "money",
        "tab": "queue",
    }
    return render_live(request, "payments/queue.html", "payments/_queue.html", context)


def _list_waiting(member: Member, *, now: datetime) -> list[Waiting]:
    cards = make_cards(selectors.waiting_refunds(), member=member)
    late = selectors.late_transfers(after=now - WATCH_ENDED)
    orders = selectors.undelivered_orders(before=now - DELIVERED_WITHIN)
    waiting = [
        *(
            _waiting("method", method, _look_by(method.trouble_at), now)
            for method in selectors.troubled_methods()
        ),
        *(
            _waiting("account", account, _look_by(account.trouble_at), now)
            for account in troubled_accounts()
        ),
        *(
            _waiting("purchase", purchase, purchase.due_at, now)
            for purchase in list_stalled_purchases()
        ),
        *(
            _waiting("contradiction", attempt, _look_by(attempt.discrepancy_at), now)
            for attempt in list_discrepancies()
        ),
        *(_waiting("refund", card, card.refund.due_at, now) for card in cards),
        *(_of_money(card, now) for card in _money_cards(member)),
        *(
            _waiting("discrepancy", found, found.due_at, now)
            for found in selectors.open_discrepancies()
        ),
        *(_of_transfer(payment, now) for payment in selectors.transfers_to_confirm()),
        *(_of_transfer(payment, now) for payment in late),
        *(
            _waiting("unreached", UnreachedCard(found), found.due_at, now)
            for found in selectors.unreached_buyers()
        ),
        *(_of_order(order, now) for order in orders),
    ]
    return sorted(waiting, key=lambda item: (item.is_quiet, item.due_at or now))


def _waiting(
    kind: str, thing: object, due_at: datetime | None, now: datetime
) -> Waiting:
    return Waiting(kind, thing, due_at, due_at is not None and due_at < now)


def _look_by(trouble_at: datetime | None) -> datetime | None:
    return trouble_at + LOOKED_AT_WITHIN if trouble_at else None


def _money_cards(member: Member) -> list[MoneyCard]:
    found = selectors.open_unapplied()
    needs_second = any(money.needs_second_person for money in found)
    staff = tenants.list_members() if needs_second else []
    names = tenants.staff_names(money.recorded_by for money in found)
    return [
        MoneyCard(
            money=money,
            recorded_by=actor(money.recorded_by, names),
            is_own_word=not is_second_person(member, first=money.recorded_by),
            second=second_person.look_for(
                member,
                staff=staff,
                buyer=money.payment.subject.customer,
                permission=Permission.SETTLE_MONEY,
            )
            if money.needs_second_person
            else None,
        )
        for money in found
    ]


def _of_money(card: MoneyCard, now: datetime) -> Waiting:
    return _waiting("money", card, card.money.due_at, now)


def _of_transfer(payment: Payment, now: datetime) -> Waiting:
    """A transfer that ran out can be confirmed for a while; then it is out of sight."""
    is_open = payment.status in OPEN_PAYMENTS
    return Waiting(
        kind="transfer",
        thing=payment,
        due_at=payment.expires_at,
        is_overdue=payment.expires_at < now or not is_open,
        is_quiet=payment.buyer_says_paid_at is None,
    )


def _of_order(order: Order, now: datetime) -> Waiting:
    paid_at = order.paid_at or now
    return _waiting("order", order, paid_at + REFUND_AFTER, now)
