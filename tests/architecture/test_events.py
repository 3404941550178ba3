"""Events: names that never change, and receivers that take what they say."""

import inspect
from dataclasses import is_dataclass
from importlib import import_module
from types import UnionType
from typing import get_args, get_type_hints

import pytest

from bot import message_kinds
from ppob.kit import events
from ppob.kit.events import Event, announce, event_names
from tests.hearing import heard

APPS = ("security", "tenants", "catalog", "inventory", "payments")

# What subscribes to news stores these: a name that is taken away is missed.
NAMES = {
    "audit.recorded",
    "buyer.unreached",
    "codes.disclosed",
    "costs.moved",
    "deposit.awaiting_payment",
    "deposit.cancelled",
    "deposit.credited",
    "deposit.expired",
    "deposit.reversed",
    "method.troubled",
    "money.asked_back",
    "money.credited",
    "money.returned",
    "money.unmatched",
    "order.awaiting_payment",
    "order.cancelled",
    "order.completed",
    "order.delivered",
    "order.delivering",
    "order.expired",
    "order.paid",
    "order.refunded",
    "order.refunding",
    "order.under_review",
    "payment.contradicted",
    "payment.created",
    "payment.expired",
    "payment.failed",
    "payment.pending",
    "payment.reversed",
    "payment.set_aside",
    "payment.settled",
    "payment.taken_back",
    "product.changed",
    "purchase.contradicted",
    "purchase.late",
    "purchase.progressed",
    "purchase.settled",
    "purchase.stalled",
    "refund.awaiting_approval",
    "refund.done",
    "refund.paying_out",
    "refund.rejected",
    "stock.changed",
    "stock.ran_low",
    "store.health_changed",
    "store.offered",
    "supplier.back",
    "supplier.down",
    "supplier.runs_dry",
    "supplier.troubled",
}
# Said inside the bot: nobody below knows of tickets, panels and channels.
OF_THE_BOT = {
    "buyer.left",
    "deposit.requested",
    "log_channel.closed",
    "panel.paused",
    "payment.transfer_announced",
    "ticket.changed",
    "ticket.channel_refused",
    "ticket.opened",
    "topup.begun",
}


def kinds() -> list[type[Event]]:
    return [
        found
        for app in APPS
        for _name, found in inspect.getmembers(import_module(f"{app}.events"))
        if inspect.isclass(found) and issubclass(found, Event) and found is not Event
    ]


def test_no_name_of_an_event_changes():
    assert {name for name in event_names() if not name.startswith("tests.")} == NAMES


@pytest.mark.parametrize("kind", kinds())
def test_an_event_is_a_frozen_dataclass_of_the_app_it_is_about(kind):
    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen


def test_receivers_take_the_events_that_they_are_called_with():
    wrong = []
    for kind, receivers in events._RECEIVERS.items():
        for receiver in receivers:
            taken = get_type_hints(receiver)["event"]
            several = get_args(taken) if isinstance(taken, UnionType) else (taken,)
            if kind not in several:
                wrong.append(f"{receiver.__qualname__} of {kind.__name__}")

    assert wrong == []
    assert sum(map(len, events._RECEIVERS.values())) >= 18


def test_messages_answer_events_that_there_are():
    answered = {
        event for kind in message_kinds.registry().values() for event in kind.events
    }

    assert answered - NAMES == OF_THE_BOT


def test_two_events_of_one_name_are_refused():
    with pytest.raises(TypeError, match=r"stock\.changed"):

        class Another(Event):
            names = ("stock.changed",)


class Tried(Event):
    names = ("tests.tried",)


def test_nothing_is_announced_outside_a_transaction(db):
    with heard(Tried) as news, pytest.raises(RuntimeError):
        announce(Tried())

    assert news == []
