"""A store in which much has happened."""

import pytest

from bot.services import panels, tickets
from bot.services.panels import PanelDraft
from bot.states import PauseReason
from inventory.models import Purchase
from inventory.services import purchases
from inventory.suppliers.base import FactState as Bought
from inventory.suppliers.base import OutcomeUnknown
from payments.gateways.base import FactState
from payments.models import UnmatchedMoney
from payments.services import refunds
from payments.services.incoming import balance, deposits, settlement, unapplied
from payments.services.orders import completion, expiry, purchase_decisions, undo
from payments.services.orders.delivery import deliver_order
from payments.services.orders.purchase_decisions import Verdict
from payments.services.refunds import RefundDraft
from payments.states import PurchaseOutcome, RefundTo
from security.services import sealing
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_guild,
    make_member,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.inventory.suppliers import (
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    send,
    served_by,
)
from tests.payments.acts import LATE, pending, tell


def order_in_discord(seller):
    """A ticket from a panel whose history has begun."""
    guild = make_guild(bot_joined_at=NOON)
    panel = panels.place_panel(
        actor=seller, draft=PanelDraft(guild_id=guild.pk, channel_id=66), now=NOON
    )
    panels.pause_panel(panel.pk, reason=PauseReason.FORBIDDEN, now=NOON)
    panels.resume_panel(actor=seller, panel=panel, now=NOON)
    return tickets.open_ticket(
        customer=make_customer("citra"),
        guild_id=guild.pk,
        product_id=make_product(codes=2).pk,
        panel_id=panel.pk,
        request_key="discord:1",
        now=NOON,
    ).ticket


def move_money_about(seller):
    """Top-ups, payments from a balance, refunds, and money that was taken back."""
    dewi, method = make_customer("dewi"), make_transfer_method()
    for key in ("credited", "open"):
        top_up = deposits.request_deposit(
            customer=dewi,
            amount=50_000,
            method_id=method.public_id,
            request_key=key,
            now=NOON,
        )
        if key == "credited":
            tell(top_up)
    balance.pay_with_balance(order_id=make_order(customer=dewi).pk, now=NOON)
    partly = make_order(make_product(codes=1, price=60_000), customer=dewi)
    balance.reserve_balance(order_id=partly.pk, now=NOON)
    for price, to in (
        (20_000, RefundTo.BALANCE),  # done
        (30_000, RefundTo.SOURCE),  # to be paid out
        (900_000, RefundTo.SOURCE),  # to be approved
    ):
        refund(seller, make_order(make_product(codes=1, price=price)), to)
    taken_back = pending()
    tell(taken_back)
    tell(taken_back, FactState.REVERSED)


def refund(seller, order, to):
    """All of a paid order, before it is delivered."""
    tell(pending(order))
    draft = RefundDraft(
        amount=order.total,
        to=to,
        reason="sold out",
        request_key=f"refund:{order.pk}",
        seen_refunded=0,
    )
    refunds.request_refund(actor=seller, order=order, draft=draft, now=NOON)


def top_up(buyer, account, *, price=12_000):
    """An order for something that this account sells; its cost is set aside there."""
    product = make_topup(price=price)
    map_product(product, account, sku=f"sku-{product.pk}")
    return make_order(product, customer=make_customer(buyer), destination=SUCCEEDS)


def bought_for(order):
    """A paid top-up as it was handed to its supplier."""
    tell(pending(order))
    deliver_order(order_id=order.pk, now=NOON)
    purchase = Purchase.objects.get(holder=order.lines.get().public_id)
    send(purchase)
    return purchase


def fill_games(seller, monkeypatch):
    """Top-ups in every place in which their deposit may be: set aside, spent, free."""
    supplier = Scripted(answers=[Bought.SUCCEEDED, OutcomeUnknown("")])
    with served_by(monkeypatch, supplier):
        account = make_account(deposit=100_000, deposit_at=NOON)
        top_up("eka", account)  # waits for its money
        order = top_up("fajar", account)
        bought_for(order)
        deliver_order(order_id=order.pk, now=NOON)
        unclear = bought_for(top_up("gita", account, price=900_000))
    purchases.hand_to_owner(purchase_id=unclear.pk, now=LATE)
    seen = Verdict(PurchaseOutcome.FAILED, "not in their list")
    purchase_decisions.decide(actor=seller, purchase=unclear, verdict=seen, now=LATE)
    make_policy(undo_secs=60)
    for buyer in ("hadi", "indra"):  # one of them thinks again
        order = top_up(buyer, account)
        tell(pending(order))
        deliver_order(order_id=order.pk, now=NOON)
    undo.take_back(customer=order.customer, order_id=order.pk, now=NOON)


@pytest.fixture
def busy_store(in_arcadia, jobs, monkeypatch):
    """One order in each interesting place."""
    seller = make_member()
    done = make_order(make_product(codes=3), quantity=2)
    tell(pending(done))
    jobs.run()
    completion.leave_review(customer=done.customer, order_id=done.pk, stars=5, now=NOON)
    paid = make_order(customer=make_customer("bima"))
    tell(pending(paid))  # its delivery has not run yet
    pending()
    product = make_product(codes=1)
    for number in range(3):
        late = pending(make_order(product))
        expiry.expire_order(order_id=late.order_id, now=LATE)
        tell(late, amount=late.order.total - 300, now=LATE)
        money = UnmatchedMoney.objects.get(payment=late)
        if number < 2:  # waits for the seller instead of staying in the balance
            unapplied.ask_return(
                customer=late.order.customer, money_id=money.pk, now=LATE
            )
        if number == 1:
            unapplied.note_returned(actor=seller, money=money, note="x", now=LATE)
    move_money_about(seller)
    bought = order_in_discord(seller)
    tell(pending(bought.order))
    rejected = pending()
    settlement.reject_transfer(actor=seller, payment=rejected, reason="none", now=NOON)
    fill_games(seller, monkeypatch)
    sealing.seal_entries()
    return in_arcadia
