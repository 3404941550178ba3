"""Classic mistakes, made on purpose: a crash run that misses one proves nothing.

Each changes the product for one run and says at which failpoint processes should die
(every time they pass it) to bring the mistake to light. Some need no death at all.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from django.db import transaction

from bot.models import OutgoingMessage
from bot.services import sending
from inventory import locks as inventory_locks
from inventory.models import StockItem
from inventory.services import purchase_facts, purchase_transitions, purchases
from inventory.states import AttemptStatus, PurchaseStatus
from payments import cross_tenant
from payments.gateways.tripay.adapter import TripayGateway
from payments.models import Payment
from payments.services.incoming import receiving, settlement
from payments.services.ledger import reservations
from payments.services.orders import checkout
from payments.services.refunds import refund_booking
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.db import unit_of_work
from ppob.kit.scope import get_tenant_id, tenant_scope
from security.services import inbox
from security.states import InboxStatus
from tests.crash import script
from tests.crash.discord import FakePlace

Change = Callable[[ExitStack], None]
GONE_WRONG = "mutant.second_half"


@dataclass(frozen=True)
class Mutant:
    """A mistake, where it shows, and how often the traits it needs come up."""

    change: Change
    aim: str = "nowhere"
    traits: tuple[str, ...] = ()
    ways: tuple[str, ...] = script.WAYS


@contextmanager
def living(name: str) -> Iterator[Mutant]:
    """The product with this mistake in it."""
    mutant = MUTANTS[name]
    with ExitStack() as changes:
        likely = dict.fromkeys(mutant.traits, 0.9)
        changes.enter_context(patch.dict(script.TRAITS, likely))
        changes.enter_context(patch.object(script, "WAYS", mutant.ways))
        mutant.change(changes)
        yield mutant


def _swap(changes: ExitStack, module: Any, name: str, other: Any) -> Any:
    before = getattr(module, name)
    changes.enter_context(patch.object(module, name, other))
    return before


def _close_before_the_effect(changes: ExitStack) -> None:
    """The callback counts as done when somebody takes it, and nobody asks later."""

    def claim_and_close(event_id: int, *, now: Any) -> Any:
        event = claim(event_id, now=now)
        if event is not None:
            inbox.close_event(event, InboxStatus.PROCESSED, result="", now=now)
        return event

    claim = _swap(changes, inbox, "claim_event", claim_and_close)
    _never_ask(changes)


def _never_ask(changes: ExitStack) -> None:
    _swap(
        changes,
        settlement,
        "check_payment",
        lambda *, payment_id, now: PaymentStatus.PENDING,
    )


def _deliver_by_the_job_alone(changes: ExitStack) -> None:
    """Whoever loses the job loses the delivery: no sweeper looks for paid orders."""
    _swap(changes, cross_tenant, "due_deliveries", lambda **_: [])
    _swap(changes, cross_tenant, "due_refunds", lambda **_: [])


def _ask_again_without_looking(changes: ExitStack) -> None:
    """After a lost answer a second charge is made for the same reference."""
    _swap(changes, TripayGateway, "find_charge", lambda _self, _reference: None)


def _drop_late_money(changes: ExitStack) -> None:
    def settle(payment: Payment, fact: Any, **words: Any) -> None:
        order = payment.order
        late = (OrderStatus.EXPIRED, OrderStatus.CANCELLED)
        if order is None or order.status not in late:
            really(payment, fact, **words)

    really = _swap(changes, settlement, "_settle", settle)


def _take_any_amount(changes: ExitStack) -> None:
    def settle(payment: Payment, fact: Any, **words: Any) -> None:
        really(payment, replace(fact, amount=payment.amount), **words)

    really = _swap(changes, settlement, "_settle", settle)


def _book_the_same_news_again(changes: ExitStack) -> None:
    """That the money is settled already is not looked at."""

    def settle(payment: Payment, fact: Any, **words: Any) -> None:
        if payment.status == PaymentStatus.SETTLED and fact.amount == payment.amount:
            news = f"{random.random()}"
            fact = replace(fact, event_key=news, gateway_reference=news)
        really(payment, fact, **words)

    really = _swap(changes, settlement, "_settle", settle)


def _leave_sold_codes_held(changes: ExitStack) -> None:
    def sell(holder: Any, *arguments: Any, **words: Any) -> Any:
        sold = really(holder, *arguments, **words)
        StockItem.objects.filter(status="sold", holder=_holder(holder)).update(
            status="free", holder=None
        )
        return sold

    really = _swap(changes, inventory_locks, "sell_held_items", sell)


def _holder(line: Any) -> Any:
    return getattr(line, "holder", line)


def _settle_and_pay_apart(changes: ExitStack) -> None:
    """The payment is settled in one transaction, the order paid in the next."""

    def settle_once(arrival: Any) -> None:
        if arrival.payment.status != PaymentStatus.SETTLED:
            settle(arrival)

    def later(arrival: Any, order: Any) -> None:
        tenant_id = get_tenant_id()
        settle_once(arrival)

        def second_half() -> None:
            with tenant_scope(tenant_id), unit_of_work(GONE_WRONG):
                really(arrival, order)

        transaction.on_commit(second_half)

    settle = _swap(changes, receiving, "_settle", settle_once)
    really = _swap(changes, receiving, "_use_for_order", later)


def _silence_is_failure(changes: ExitStack) -> None:
    """A supplier that does not answer has not sold anything."""

    def record_silence(*, attempt_id: int, actor: str, now: Any) -> None:
        with unit_of_work("mutant.record_silence"):
            attempt = inventory_locks.lock_attempt(attempt_id)
            if attempt.status in (AttemptStatus.SENDING, AttemptStatus.UNKNOWN):
                words = {"actor": actor, "now": now, "reason": "no answer"}
                purchase_transitions.move_attempt(
                    attempt, AttemptStatus.FAILED, **words
                )
                purchase_transitions.move_purchase(
                    attempt.purchase, PurchaseStatus.FAILED, **words
                )

    _swap(changes, purchase_facts, "record_silence", record_silence)


def _buy_again_after_silence(changes: ExitStack) -> None:
    """A lost answer is asked for under a new reference."""

    def ask(attempt: Any, *, now: Any) -> Any:
        attempt.ref_id = f"{attempt.ref_id[:20]}{random.randrange(10**9)}"
        return really(attempt, now=now)

    really = _swap(changes, purchases, "_ask", ask)


def _mark_sent_when_claimed(changes: ExitStack) -> None:
    def claim(message_ids: list[int], *, now: Any) -> Any:
        claimed = really(message_ids, now=now)
        OutgoingMessage.objects.filter(pk__in=[each.pk for each in claimed]).update(
            status="sent", sent_at=now
        )
        return claimed

    really = _swap(changes, sending, "claim", claim)


def _send_without_a_nonce(changes: ExitStack) -> None:
    async def send(self: FakePlace, *, nonce: str = "", **words: Any) -> Any:
        return await really(self, nonce="", **words)

    really = _swap(changes, FakePlace, "send", send)


def _forget_earlier_refunds(changes: ExitStack) -> None:
    """What was refunded is written, not added."""
    _swap(changes, refund_booking, "F", lambda _name: 0)


def _keep_what_was_set_aside(changes: ExitStack) -> None:
    """An order that ends unpaid does not give the balance back."""

    def release(order: Any, *, now: Any) -> None:
        with patch.object(reservations.ledger, "book", lambda **_: None):
            really(order, now=now)

    really = _swap(changes, reservations, "release", release)


def _one_click_two_orders(changes: ExitStack) -> None:
    def place(customer: Any, wish: Any, method: Any, *, now: Any) -> Any:
        click = f"{wish.request_key}/{random.randrange(10**9)}"
        return really(customer, replace(wish, request_key=click), method, now=now)

    really = _swap(changes, checkout, "_place", place)


_NEWS = "security.apply_callback:before_commit"
_SECOND = f"{GONE_WRONG}:before_commit"

MUTANTS = {
    "close the callback before its effect": Mutant(_close_before_the_effect, _NEWS),
    "deliver by the job alone": Mutant(
        _deliver_by_the_job_alone, "jobs.send:before_call"
    ),
    "ask again without looking": Mutant(
        _ask_again_without_looking, "tripay:after_call"
    ),
    "drop late money": Mutant(_drop_late_money, traits=("is_late",)),
    "take any amount": Mutant(_take_any_amount, traits=("pays_wrongly",)),
    "book the same news again": Mutant(
        _book_the_same_news_again, "security.apply_callback:after_commit"
    ),
    "leave sold codes on the shelf": Mutant(_leave_sold_codes_held),
    "settle and pay apart": Mutant(_settle_and_pay_apart, _SECOND),
    "take silence for failure": Mutant(_silence_is_failure, ways=("by_top_up",)),
    "buy under a new reference": Mutant(_buy_again_after_silence, ways=("by_top_up",)),
    "mark messages when claimed": Mutant(
        _mark_sent_when_claimed, "discord.send:before_call"
    ),
    "send without a nonce": Mutant(_send_without_a_nonce, "discord.send:after_call"),
    "forget earlier refunds": Mutant(
        _forget_earlier_refunds, traits=("is_unhappy", "pays")
    ),
    "keep what was set aside": Mutant(
        _keep_what_was_set_aside, traits=("has_saldo", "is_late")
    ),
    "make two orders of one click": Mutant(
        _one_click_two_orders, "payments.place_order:after_commit"
    ),
}
