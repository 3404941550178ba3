"""What people, gateways and workers do, one call each; every act is safe to repeat.

An act runs in a child. It gets the store and the facts the case has gathered, and
returns new facts. A refusal (DomainError) is an answer like any other.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings

from bot import bridge
from bot.cross_tenant.serving import Serving
from bot.runtime.message_sender import MessageSender
from bot.services import buyer, ticket_channels, tickets
from catalog.models import Product
from inventory.models import Hold, StockBatch, StockItem
from inventory.services import drafts, holds, imports, stock, withdrawals
from inventory.services.drafts import DraftGone, Upload
from payments.models import Order, Payment, PaymentMethod
from payments.services.incoming import callbacks, charges, settlement, stock_holds
from payments.services.incoming.settlement import CannotAsk, WrongMoney
from payments.services.orders import checkout, completion, delivery, quantities
from payments.services.orders.quote import Item
from ppob.kit import clock
from ppob.local import paths
from tenants.models import Customer, Member
from tests.crash.discord import FakeBot, OutsideDiscord
from tests.crash.world import Store, add_codes

Facts = dict[str, Any]

DISCORD = OutsideDiscord(paths.data_dir() / f"{settings.DATABASE}-discord.jsonl")
ASKED = 4
UPLOADED = 20


# --- Buyers ---------------------------------------------------------------------------


def press_buy(store: Store, case: Facts) -> Facts:
    opened = tickets.open_ticket(
        customer=customer_of(case),
        guild_id=store.guild_id,
        product_id=case["product"],
        panel_id=None,
        request_key=case["click"],
        now=clock.now(),
    )
    ticket = opened.ticket
    return {"order": ticket.order_id, "ticket": ticket.pk, "is_new": opened.is_new}


def place_order(store: Store, case: Facts) -> Facts:
    order = checkout.place_order(
        customer=customer_of(case),
        items=[
            Item(
                case["product"],
                quantity=case["quantity"],
                destination=case.get("destination", ""),
            )
        ],
        request_key=case["click"],
        now=clock.now(),
    )
    return {"order": order.pk}


def place_and_choose(store: Store, case: Facts) -> Facts:
    method = PaymentMethod.objects.get(public_id=store.methods["manual"])
    order = checkout.place_order(
        customer=customer_of(case),
        items=[Item(case["product"], quantity=case["quantity"])],
        request_key=case["click"],
        method=method,
        now=clock.now(),
    )
    return {"order": order.pk}


def choose(store: Store, case: Facts) -> Facts:
    payment = charges.choose_method(
        order_id=case["order"],
        method_id=UUID(store.methods[case["method"]]),
        now=clock.now(),
    )
    return {"payment": payment.pk, "reference": payment.reference}


def choose_quantity(store: Store, case: Facts) -> Facts:
    """One piece more or less, in the ticket or, where there is none, by a program."""
    if "ticket" in case:
        buyer.choose_quantity(
            customer=customer_of(case),
            order_id=case["order"],
            quantity=2,
            now=clock.now(),
        )
    else:
        quantities.choose_quantity(
            order_id=case["order"],
            quantity=3 - case["quantity"],
            actor="discord:1",
            now=clock.now(),
        )
    return {}


def say_paid(store: Store, case: Facts) -> Facts:
    with suppress(CannotAsk, WrongMoney):
        buyer.say_paid(
            customer=customer_of(case), payment_id=case["payment"], now=clock.now()
        )
    return {}


def announce_transfer(store: Store, case: Facts) -> Facts:
    settlement.buyer_says_paid(payment_id=case["payment"], now=clock.now())
    return {}


def cancel(store: Store, case: Facts) -> Facts:
    checkout.cancel_order(order_id=case["order"], actor="discord:1", now=clock.now())
    return {}


def look(store: Store, case: Facts) -> Facts:
    codes = delivery.reveal_codes(
        customer=customer_of(case), order_id=case["order"], now=clock.now()
    )
    return {"codes": [code.code for code in codes]}


def look_as_stranger(store: Store, case: Facts) -> Facts:
    """Somebody else's codes; always refused."""
    stranger = Customer.objects.exclude(pk=case["customer"]).order_by("pk")[0]
    buyer.look_at_codes(customer=stranger, order_id=case["order"], now=clock.now())
    return {}


def complete(store: Store, case: Facts) -> Facts:
    completion.complete_order(order_id=case["order"], actor="clock", now=clock.now())
    return {}


def review(store: Store, case: Facts) -> Facts:
    completion.leave_review(
        customer=customer_of(case), order_id=case["order"], stars=5, now=clock.now()
    )
    return {}


# --- The gateway and the seller -------------------------------------------------------


def take_callback(store: Store, case: Facts) -> Facts:
    event = callbacks.receive(
        gateway="tripay",
        method_id=UUID(store.methods["tripay"]),
        headers=case["headers"],
        body=case["body"].encode(),
        now=clock.now(),
    )
    return {"event": event.pk}


def ask(store: Store, case: Facts) -> Facts:
    """What the poller's job does, until the gateway answers."""
    for _ in range(ASKED):
        with suppress(WrongMoney):
            try:
                settlement.check_payment(payment_id=case["payment"], now=clock.now())
            except CannotAsk:
                continue
        break
    return {}


def confirm(store: Store, case: Facts) -> Facts:
    settlement.confirm_transfer(
        actor=member(store.seller_id), payment=_payment(case), now=clock.now()
    )
    return {}


def reject(store: Store, case: Facts) -> Facts:
    settlement.reject_transfer(
        actor=member(store.seller_id),
        payment=_payment(case),
        reason="not found",
        now=clock.now(),
    )
    return {}


def refill(store: Store, case: Facts) -> Facts:
    """The seller uploads more codes, by a program or with a look at them first."""
    what = {
        "actor": member(store.seller_id),
        "product": Product.objects.get(pk=case["product"]),
    }
    text = "\n".join(case["fresh_codes"])
    if not case.get("looks_first"):
        imports.add_codes(**what, text=text, now=clock.now())
        return {}
    for _ in range(UPLOADED):
        # The other lane moves the clock: a draft of an old time is thrown away at once.
        draft = drafts.prepare(**what, upload=Upload(text=text), now=clock.now())
        # The other lane's upload may have taken its place: the seller is told.
        with suppress(DraftGone):
            drafts.keep(
                actor=what["actor"],
                public_id=draft.public_id,
                revision=draft.revision,
                now=clock.now(),
            )
            break
    return {}


def restock(store: Store, case: Facts) -> Facts:
    add_codes(case["product"], case["fresh_codes"])
    return {}


def take_out(store: Store, case: Facts) -> Facts:
    product = Product.objects.get(pk=case["product"])
    items = StockItem.objects.filter(product=product, status="free").order_by("pk")
    stock.void_items(
        product=product,
        item_ids=[item.public_id for item in items[:1]],
        actor="test",
        now=clock.now(),
    )
    return {}


def set_aside(store: Store, case: Facts) -> Facts:
    """The seller doubts a code, and sells it after all."""
    product = Product.objects.get(pk=case["product"])
    free = StockItem.objects.filter(product=product, status="free").order_by("pk")
    what = {
        "actor": member(store.seller_id),
        "product": product,
        "item_ids": [item.public_id for item in free[:1]],
        "now": clock.now(),
    }
    withdrawals.quarantine_items(**what, reason="looks wrong")
    doubted = StockItem.objects.filter(product=product, status="quarantined")
    what["item_ids"] = list(doubted.values_list("public_id", flat=True))
    withdrawals.restore_items(**what)
    return {}


def sell_out(store: Store, case: Facts) -> Facts:
    """For a while nothing of the product is for sale."""
    product = Product.objects.get(pk=case["product"])
    free = StockItem.objects.filter(product=product, status="free")
    if items := list(free.values_list("public_id", flat=True)):
        withdrawals.quarantine_items(
            actor=member(store.seller_id),
            product=product,
            item_ids=items,
            reason="sold out",
            now=clock.now(),
        )
    return {}


def put_back(store: Store, case: Facts) -> Facts:
    """What was taken off sale is for sale again."""
    product = Product.objects.get(pk=case["product"])
    doubted = StockItem.objects.filter(product=product, status="quarantined")
    if items := list(doubted.values_list("public_id", flat=True)):
        withdrawals.restore_items(
            actor=member(store.seller_id),
            product=product,
            item_ids=items,
            now=clock.now(),
        )
    return {}


def withdraw_upload(store: Store, case: Facts) -> Facts:
    batch = StockBatch.objects.filter(product=case["product"]).order_by("-pk").first()
    if batch is None:  # whoever uploaded was killed before
        return {}
    withdrawals.withdraw_batch(
        actor=member(store.seller_id), batch=batch, reason="bad batch", now=clock.now()
    )
    return {}


# --- Discord --------------------------------------------------------------------------


def make_channel(store: Store, case: Facts) -> Facts:
    ticket_channels.channel_ready(
        case["ticket"], channel_id=case["ticket"] + 10**9, name="ticket-test"
    )
    return {}


def give_up_channel(store: Store, case: Facts) -> Facts:
    ticket_channels.abandon(case["ticket"], reason="FULL", now=clock.now())
    return {}


def cancel_unpaid(store: Store, case: Facts) -> Facts:
    tickets.cancel_unpaid(case["order"], actor="bot", now=clock.now())
    return {}


def close_channel(store: Store, case: Facts) -> Facts:
    tickets.close_ticket(case["ticket"], now=clock.now())
    return {}


def lose_channel(store: Store, case: Facts) -> Facts:
    ticket_channels.channel_lost(case["ticket"] + 10**9, now=clock.now())
    return {}


def carry_post() -> Facts:
    """Two rounds of the message sender, for all stores."""

    async def rounds() -> None:
        sender = MessageSender(FakeBot(DISCORD), Serving())  # type: ignore[arg-type]
        for _ in range(2):
            await sender._round()
            await sender.finish()

    asyncio.run(rounds())
    return {}


async def in_turn(work: Callable[[], Any]) -> Any:
    """Instead of `bridge._run`: the whole process waits, so nothing else overtakes."""
    return bridge._pool.submit(bridge._clean, work).result()


# --- Workers --------------------------------------------------------------------------


def run_job(name: str, arguments: Facts) -> Facts:
    current_app.tasks[name](**arguments)
    return {}


def deliver(store: Store, case: Facts) -> Facts:
    delivery.deliver_order(order_id=case["order"], now=clock.now())
    return {}


def release_hold(store: Store, case: Facts) -> Facts:
    for hold in Hold.objects.filter(holder__in=_line_ids(case)):
        holds.release_expired(hold_id=hold.pk, now=clock.now())
    return {}


def customer_of(case: Facts) -> Customer:
    return Customer.objects.get(pk=case["customer"])


def member(member_id: int) -> Member:
    return Member.objects.select_related("user").get(pk=member_id)


def _payment(case: Facts) -> Payment:
    return Payment.objects.get(pk=case["payment"])


def _line_ids(case: Facts) -> list[UUID]:
    return stock_holds.line_ids(Order.objects.get(pk=case["order"]))
