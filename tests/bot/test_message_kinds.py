"""Every kind of message is declared once, and wholly."""

import ast
import typing
from dataclasses import fields, is_dataclass, replace
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.db.models import Model

from bot import message_kinds, messages
from bot.message_kinds import Audience, Chore, IncompleteKind, MessageKind
from payments.states import (
    BuyerNews,
)
from ppob.kit.events import event_names
from tests.architecture.sources import calls, constant, product

# As they stand in the tables of installations. A code that is gone would leave messages
# that nobody can word.
BUYERS = {
    "ticket_guide",
    "payment_instructions",
    "deposit_instructions",
    "payment_failed",
    "payment_received",
    "order_ready",
    "order_completed",
    "order_expired",
    "order_cancelled",
    "money_unmatched",
    "money_returned",
    "money_asked_back",
    "money_credited",
    "deposit_credited",
    "refund_paying_out",
    "refund_done",
    "payment_reversed",
    "codes_disclosed",
    "top_up_card",
}
OWNERS_MUST_KNOW = {
    "log_transfer",
    "log_money_unmatched",
    "log_money_asked_back",
    "log_refund",
    "log_payment_reversed",
    "log_discrepancy",
    "log_method_trouble",
    "log_supplier_trouble",
    "log_supplier_down",
    "log_supplier_back",
    "log_deposit_runs_dry",
    "log_costs_moved",
    "log_purchase_stalled",
    "log_purchase_contradicted",
    "log_buyer_left",
    "log_buyer_unreached",
    "stock_alert",
    "store_health",
    "panel_paused",
    "no_room",
}
SELLERS = OWNERS_MUST_KNOW | {
    "log_payment_received",
    "log_purchase_late",
    "log_order_completed",
    "log_money_credited",
    "log_deposit_credited",
    "log_channel_closed",
    "deed_done",
    "log_deed_done",
    "store_offered",
}
KINDS = message_kinds.registry()
WHOLE = KINDS["order_ready"]


def test_every_stored_kind_has_exactly_one_declaration():
    assert set(KINDS) == BUYERS | SELLERS
    assert {code for code, kind in KINDS.items() if kind.audience.is_buyer} == BUYERS


def test_what_is_no_message_keeps_its_stored_code():
    assert set(Chore) == {"remove_message", "retire_buttons", "redraw", "close_ticket"}
    assert not set(Chore) & set(KINDS)


def test_a_kind_that_is_declared_is_listed():
    forgotten = [
        name
        for found in iter_modules(messages.__path__)
        for name, kind in vars(import_module(f"bot.messages.{found.name}")).items()
        if isinstance(kind, MessageKind) and KINDS.get(kind.code) is not kind
    ]

    assert forgotten == []


def test_two_kinds_with_one_code_end_the_start(monkeypatch):
    topic = import_module("bot.messages.codes")
    monkeypatch.setattr(topic, "KINDS", (*topic.KINDS, WHOLE))

    with pytest.raises(IncompleteKind):
        message_kinds.registry.__wrapped__()


@pytest.mark.parametrize("field", [field.name for field in fields(MessageKind)])
def test_a_declaration_that_lacks_a_field_fails(field):
    rest = {name: value for name, value in vars(WHOLE).items() if name != field}

    with pytest.raises(TypeError, match=field):
        MessageKind(**rest)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": ""},
        {"code": "Order Ready"},
        {"code": "x" * 41},
        {"code": Chore.CLOSE_TICKET},
        {"events": ()},
        {"events": ("delivered",)},
        {"audience": "ticket"},
        {"must_know": None},
        {"announce": None},
        {"load": None},
        {"draw": "words"},
    ],
    ids=str,
)
def test_a_declaration_with_a_hole_fails(wrong):
    with pytest.raises(IncompleteKind):
        replace(WHOLE, **wrong)


def test_what_buyers_must_know_can_be_reported_as_unreached():
    must_know = {code for code in KINDS if message_kinds.buyer_must_know(code)}

    assert must_know == set(BuyerNews.values)


def test_what_owners_must_know_reaches_them_without_a_log_channel():
    must_know = {code for code in KINDS if message_kinds.owner_must_know(code)}

    assert must_know == OWNERS_MUST_KNOW
    assert {KINDS[code].audience for code in must_know} == {Audience.STORE}


def test_every_event_that_a_kind_answers_is_announced_by_somebody():
    announced = event_names() | {
        constant(call.args[0])
        for source in product()
        if source.path.startswith("bot/")
        for call, name in calls(source)
        if name == "announce" and isinstance(call.args[0], ast.Constant)
    }

    answered = {event for kind in KINDS.values() for event in kind.events}
    assert answered - announced == set()


@pytest.mark.parametrize("code", sorted(KINDS))
def test_what_a_message_says_holds_no_rows(code):
    loaded = typing.get_type_hints(KINDS[code].load)["return"]

    assert [found for found in types_in(loaded) if issubclass(found, Model)] == []


def types_in(hint, seen=frozenset()):
    """The classes in a type, those in the fields of dataclasses included."""
    parts = typing.get_args(hint)
    if parts:
        return [found for part in parts for found in types_in(part, seen)]
    if not isinstance(hint, type) or hint in seen:
        return []
    inner = typing.get_type_hints(hint).values() if is_dataclass(hint) else ()
    return [hint, *(one for part in inner for one in types_in(part, seen | {hint}))]
