"""One sale from the press on Buy to its end, with everything that may go wrong.

A step is a line: what is done, when it makes sense, how likely it is. The facts of a
case (which goods, which way to pay, who pays what) are drawn from the seed alone.
"""

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.crash import acts, money_acts, supplier_acts
from tests.crash.outside import Outside
from tests.crash.world import Store, codes_for

Facts = dict[str, Any]
Act = Callable[[Store, Facts], Facts]
Job = Callable[[], Facts]
Happening = Callable[[Outside, Store, Facts], None]


@dataclass(frozen=True)
class Step:
    """What happens, if the case has the facts it `needs`.

    `work` (or `job`, which belongs to no store) runs in a child that may die at one of
    its first `turns` failpoints, and is tried again until it ends by itself. `outside`
    happens before, where nobody is killed. With chance `twin` the same (or `rival`) is
    done at the same moment, with chance `again` once more afterwards. `by` says which
    payment it is about: the order's `tripay` or `manual`, or the `deposit`.
    """

    name: str
    work: Act | None = None
    job: Job | None = None
    needs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    chance: float = 1
    turns: int = 4
    twin: float = 0
    again: float = 0
    by: str = ""
    rival: Job | None = None
    outside: Happening | None = None


def draw_case(rng: random.Random, store: Store, label: str, way: str = "") -> Facts:
    """A case's facts. Nothing in it depends on what other processes do."""
    via = rng.choice(WAYS)
    via = way or via
    shelf = store.top_ups if via == "by_top_up" else rng.choice(SHELVES)(store)
    product = rng.choice(shelf)
    method = rng.choice(["tripay", "tripay", "manual"])
    if via == "by_method":
        method = "manual"
    case = {
        "click": f"click:{label}",
        "product": product,
        "quantity": rng.choice([1, 1, 1, 2]),
        "customer": rng.choice(store.customers),
        "fresh_codes": codes_for(product, label.replace(":", "-"), rng.choice([2, 4])),
        "method": method,
        "other_method": "manual" if method == "tripay" else "tripay",
        "deposit_method": rng.choice(["tripay", "manual"]),
        "deposit_amount": rng.choice([10_000, 25_000, 60_000]),
        "too_much": rng.choice([-2_000, -1, 1, 3_000]),
        "refund_part": rng.choice([0.5, 1]),
        "refund_to": rng.choice(["balance", "source"]),
        "secs": rng.choice([1, 20, 400]),
        via: True,
        **{trait: True for trait, chance in TRAITS.items() if rng.random() < chance},
    }
    if via == "by_top_up":
        ending = rng.choice(["1230", "1230", "1232", "1233", "1233", "1234"])
        number = zlib.crc32(label.encode()) % 10**8
        case |= {"quantity": 1, "destination": f"0878{number:08d}{ending}"}
    return case


WAYS = ("by_ticket", "by_ticket", "by_checkout", "by_method", "by_top_up", "by_top_up")
SHELVES = (
    lambda store: store.plenty,
    lambda store: store.scarce,
)

# What a buyer, a gateway or luck is like in a case.
TRAITS = {
    "pays": 0.9,
    "pays_wrongly": 0.08,
    "pays_twice": 0.15,
    "is_late": 0.15,
    "is_heard_of": 0.94,  # callbacks arrive
    "has_saldo": 0.3,  # tops up a balance, and uses it
    "is_unhappy": 0.25,  # wants the money back
    "looks_first": 0.5,  # the seller, at an upload before it is kept
}


def _job(name: str) -> Job:
    return partial(acts.run_job, name, {})


def _choose_other(store: Store, case: Facts) -> Facts:
    return acts.choose(store, {**case, "method": case["other_method"]})


def _sweep(
    name: str, *, chance: float = 0.1, twin: float = 0.2, turns: int = 6
) -> Step:
    return Step(name, job=_job(name), chance=chance, twin=twin, turns=turns)


_POST = Step("post", job=acts.carry_post, turns=14, chance=0.3, twin=0.1)
_ORDER = ("order",)
_EXPIRE = _job("payments.expire_orders")
_NEWS = partial(
    Step,
    "callback",
    acts.take_callback,
    needs=("is_heard_of", "body"),
    twin=0.4,
    again=0.4,
    outside=Outside.write_callback,
)
_OLD_NEWS = partial(
    Step,
    "old_news",
    acts.take_callback,
    needs=("is_heard_of", "body"),
    chance=0.2,
    outside=Outside.find_old_callback,
)
_TOP_UP = partial(Step, needs=("order", "by_top_up"))
_OWNER = partial(_TOP_UP, outside=Outside.look_at_supplier, turns=2)
_SALDO = partial(Step, needs=("has_saldo",), by="deposit", turns=2)
_USE = partial(Step, needs=("order", "has_saldo"), turns=3)
_REFUND = partial(Step, needs=("order", "is_unhappy"), turns=3, twin=0.3)
_ODD = partial(Step, needs=_ORDER, turns=3, twin=0.2)

_BUY = (
    Step("press_buy", acts.press_buy, needs=("by_ticket",), twin=0.2, again=0.2),
    Step("place_order", acts.place_order, needs=("by_checkout",), twin=0.2, again=0.2),
    Step("place_top_up", acts.place_order, needs=("by_top_up",), twin=0.2),
    Step("place_and_choose", acts.place_and_choose, needs=("by_method",), twin=0.2),
    Step(
        "refill",
        acts.refill,
        lacks=("order", "by_top_up"),
        outside=Outside.note_codes,
    ),
    Step(
        "put_back",
        acts.restock,
        lacks=("by_top_up",),
        chance=0.03,
        outside=Outside.note_codes,
    ),
    Step("take_out", acts.take_out, chance=0.02, turns=2),
    Step("set_aside", acts.set_aside, lacks=("by_top_up",), chance=0.03, turns=4),
    Step("withdraw_upload", acts.withdraw_upload, chance=0.02, turns=2),
    Step("make_channel", acts.make_channel, needs=("ticket",), chance=0.9, turns=2),
    Step(
        "give_up_channel", acts.give_up_channel, needs=("ticket",), chance=0.03, turns=2
    ),
)
_SALDO_COMES = (
    Step("top_up", money_acts.top_up, needs=("has_saldo",), turns=10, twin=0.2),
    _SALDO("cancel_deposit", money_acts.cancel_deposit, chance=0.08),
    Step("pay_deposit", needs=("pays",), by="deposit", outside=Outside.pay_deposit),
    _NEWS(by="deposit"),
    Step(
        "confirm_deposit",
        acts.confirm,
        needs=("has_topped_up",),
        by="deposit",
        twin=0.2,
        turns=3,
    ),
    _SALDO("expire_deposit", money_acts.expire_deposit, chance=0.1),
    _sweep("payments.expire_deposits"),
    _SALDO("ask_deposit", acts.ask, chance=0.15),
    Step(
        "ask_silent_deposit",
        acts.ask,
        lacks=("is_heard_of",),
        by="deposit",
        turns=8,
    ),
)
_PAY = (
    Step("trouble", needs=_ORDER, outside=Outside.order_fault, chance=0.15),
    Step(
        "choose_quantity",
        acts.choose_quantity,
        needs=_ORDER,
        lacks=("by_top_up", "by_method"),
        chance=0.25,
        turns=2,
        twin=0.3,
    ),
    _USE("set_aside", money_acts.set_aside, chance=0.5, twin=0.2),
    Step("choose", acts.choose, needs=_ORDER, turns=12, twin=0.15, again=0.1),
    Step("choose_other", _choose_other, needs=_ORDER, chance=0.2, turns=12),
    _USE("pay_from_balance", money_acts.pay_from_balance, chance=0.5, twin=0.3),
    _POST,
    Step("say_paid", acts.say_paid, by="tripay", chance=0.15, turns=8),
    Step("say_transferred", acts.say_paid, by="manual", chance=0.2, turns=2),
    Step("announce", acts.announce_transfer, by="manual", chance=0.1, turns=2),
    Step("cancel", acts.cancel, needs=_ORDER, chance=0.05, turns=2),
    Step("cancel_unpaid", acts.cancel_unpaid, needs=_ORDER, chance=0.03, turns=2),
    Step("lose_channel", acts.lose_channel, needs=("ticket",), chance=0.03, turns=2),
    Step("time_runs_out", needs=("is_late",), outside=Outside.let_time_run_out),
    _sweep("payments.expire_orders", chance=0.35, twin=0.3),
    Step(
        "hold_ends",
        acts.release_hold,
        needs=("order", "is_late"),
        chance=0.3,
        turns=2,
    ),
    Step("sell_out", acts.sell_out, needs=("order", "is_late"), chance=0.05),
    Step("give_up", by="tripay", outside=Outside.expire, chance=0.04),
    _NEWS(by="tripay", chance=0.3),
    Step("pay", needs=("pays",), by="tripay", outside=Outside.pay, chance=0.95),
    Step("forge", money_acts.forge, chance=0.04, turns=2),
    _NEWS(by="tripay", rival=_EXPIRE),
    Step("reject", acts.reject, by="manual", chance=0.06, turns=2),
    Step("transfer", needs=("pays",), by="manual", outside=Outside.transfer),
    Step(
        "confirm",
        acts.confirm,
        needs=("has_transferred",),
        by="manual",
        twin=0.2,
        turns=3,
    ),
    Step("ask", acts.ask, by="tripay", chance=0.15, turns=8, twin=0.2),
    Step("ask_if_silent", acts.ask, lacks=("is_heard_of",), by="tripay", turns=8),
    Step("take_back", by="tripay", outside=Outside.take_back, chance=0.05),
    Step("deposit_taken", by="deposit", outside=Outside.take_back, chance=0.05),
    _sweep("payments.sweep_inbox"),
)
_DELIVER = (
    Step("deliver", acts.deliver, needs=_ORDER, chance=0.3, twin=0.4, turns=2),
    _TOP_UP("supplier_trouble", outside=Outside.order_supplier_fault, chance=0.5),
    _TOP_UP("switch_off", supplier_acts.switch_off, chance=0.12),
    _TOP_UP("deliver_top_up", acts.deliver, turns=3, twin=0.3),
    _TOP_UP("give_up", supplier_acts.give_up, chance=0.08, turns=2),
    _TOP_UP("undo", supplier_acts.take_back, chance=0.15, turns=4, twin=0.4, again=0.3),
    _TOP_UP("think", outside=Outside.let_undo_pass, chance=0.9),
    _TOP_UP("too_late", supplier_acts.note_late, chance=0.2, turns=2, twin=0.3),
    _TOP_UP("give_back_late", supplier_acts.give_back_late, chance=0.1, turns=3),
    _TOP_UP("switch_on", supplier_acts.switch_on),
    _TOP_UP("find_again", supplier_acts.find_again, chance=0.2, turns=2),
    _TOP_UP("away", supplier_acts.advance_while_away, chance=0.15, turns=5),
    _TOP_UP("old_keys", supplier_acts.advance_with_old_keys, chance=0.06, turns=5),
    _TOP_UP("fall_silent", supplier_acts.fall_silent, chance=0.1, turns=3),
    _TOP_UP("look_back", supplier_acts.look_whether_back, chance=0.7, turns=6),
    _TOP_UP("advance", supplier_acts.advance, turns=6, twin=0.4, again=0.3),
    _TOP_UP("supplier_ends", outside=Outside.let_supplier_end, chance=0.6),
    Step(
        "supplier_news",
        supplier_acts.take_news,
        needs=("order", "by_top_up", "supplier_body"),
        outside=Outside.write_supplier_news,
        chance=0.6,
        turns=4,
        twin=0.3,
        again=0.2,
    ),
    Step("supplier_forge", supplier_acts.forge, chance=0.04, turns=2),
    _TOP_UP("undo_late", supplier_acts.take_back, chance=0.1, turns=3),
    _TOP_UP("read_deposit", supplier_acts.read_deposit, chance=0.2, turns=3),
    _TOP_UP("ask_now", supplier_acts.ask_now, chance=0.3, turns=4),
    _TOP_UP("supplier_reverses", outside=Outside.reverse_at_supplier, chance=0.05),
    Step(
        "reversed_news",
        supplier_acts.take_news,
        needs=("order", "by_top_up", "supplier_body"),
        outside=Outside.write_supplier_news,
        chance=0.5,
    ),
    _TOP_UP("half_an_hour", outside=Outside.let_time_run_out, chance=0.3),
    _TOP_UP("hand_over", supplier_acts.hand_over, chance=0.8, turns=2),
    _OWNER("wait_longer", supplier_acts.wait_longer, chance=0.2),
    _OWNER("try_again", supplier_acts.try_again, chance=0.2),
    _OWNER("decide", supplier_acts.decide, chance=0.5, twin=0.2),
    _OWNER("note_discrepancy", supplier_acts.note_discrepancy, chance=0.5),
    _sweep("inventory.probe_suppliers"),
    _sweep("inventory.sweep_purchases"),
    _sweep("payments.give_back_late"),
    _sweep("inventory.sweep_supplier_inbox"),
    _sweep("payments.sweep_deliveries"),
)
_AFTERWARDS = (
    Step("look", acts.look, needs=_ORDER, chance=0.5, again=0.2, turns=2),
    Step("stranger", acts.look_as_stranger, needs=_ORDER, chance=0.04, turns=2),
    Step("review", acts.review, needs=_ORDER, chance=0.3, turns=2),
    Step("complete", acts.complete, needs=_ORDER, chance=0.1, turns=2),
    Step("dispute", money_acts.reveal_for_dispute, needs=_ORDER, chance=0.04, turns=2),
    _OLD_NEWS(by="tripay"),
    _OLD_NEWS(by="deposit"),
    _NEWS(by="tripay"),
    _NEWS(by="deposit"),
    _REFUND("refund", money_acts.refund, again=0.3),
    _REFUND("refund_more", money_acts.refund_more, chance=0.4),
    _REFUND("reject_refund", money_acts.reject_refund, chance=0.2),
    _REFUND("approve", money_acts.approve, chance=0.7),
    _REFUND("pay_out", money_acts.pay_out, chance=0.5),
    _REFUND("to_balance", money_acts.turn_to_balance, chance=0.4),
    Step("take_back_later", by="tripay", outside=Outside.take_back, chance=0.1),
    _NEWS(by="tripay", chance=0.5),
    _ODD("follow_news", money_acts.follow_news, chance=0.5),
    _ODD("dismiss_news", money_acts.dismiss_news, chance=0.3),
    _ODD("refund_overdue", money_acts.refund_overdue, chance=0.05),
    _ODD("ask_back", money_acts.ask_back, chance=0.4),
    _ODD("put_back", acts.put_back, chance=0.2),
    _ODD("apply_money", money_acts.apply_money, chance=0.15),
    _ODD("credit_money", money_acts.credit_money, chance=0.2),
    _ODD("return_money", money_acts.return_money, chance=0.15),
    _ODD("ask_balance_back", money_acts.ask_balance_back, chance=0.03, twin=0),
    Step("minutes_pass", outside=Outside.let_minutes_pass, chance=0.3),
    Step("close_channel", acts.close_channel, needs=("ticket",), chance=0.05, turns=2),
    _sweep("payments.poll_payments", chance=0.03),
    _sweep("payments.refund_overdue", chance=0.03),
    _sweep("payments.release_amounts", chance=0.03, turns=4),
    _sweep("inventory.release_expired_holds", chance=0.05),
    _sweep("inventory.sweep_alerts", chance=0.03),
    _sweep("bot.close_finished_tickets", chance=0.12),
    _sweep("bot.sweep_outbox", chance=0.06),
    _POST,
)

SCRIPT: tuple[Step, ...] = (*_BUY, *_SALDO_COMES, *_PAY, *_DELIVER, *_AFTERWARDS)

# A refund of a part is noted, and the gateway says that all went back.
_CONTRADICTED = ("refund", "approve", "pay_out", "take_back_later", "callback")

# What else it takes to get somewhere, steps and facts: for runs that aim at a rare
# place.
LEADS = {
    "bot.abandon": ("give_up_channel",),
    "bot.cancel_unpaid": ("cancel_unpaid",),
    "bot.choose_quantity": ("choose_quantity",),
    "bot.refuse_codes": ("stranger",),
    "bot.channel_lost": ("lose_channel",),
    "inventory.add_codes": ("refill",),
    "inventory.ask_at_once": ("fall_silent", "look_back"),
    "inventory.claim_probe": ("fall_silent", "look_back"),
    "inventory.note_call": ("fall_silent",),
    "inventory.note_probe": ("fall_silent", "look_back"),
    "inventory.give_up": ("switch_off", "give_up"),
    "inventory.note_late": ("too_late",),
    "inventory.read_deposit": ("read_deposit",),
    "inventory.note_discrepancy": (
        "advance",
        "supplier_ends",
        "supplier_news",
        "supplier_reverses",
        "reversed_news",
        "note_discrepancy",
    ),
    "inventory.record_not_sent": ("away",),
    "inventory.record_refusal": ("old_keys",),
    "inventory.record_silence": ("supplier_trouble",),
    "inventory.try_purchase_again": (
        "switch_off",
        "half_an_hour",
        "hand_over",
        "try_again",
    ),
    "inventory.keep_draft": ("refill",),
    "inventory.prepare_draft": ("refill",),
    "inventory.quarantine_items": ("set_aside",),
    "inventory.restore_items": ("set_aside",),
    "inventory.void_items": ("take_out",),
    "inventory.withdraw_batch": ("withdraw_upload",),
    "inventory.wait_longer": ("switch_off", "half_an_hour", "hand_over", "wait_longer"),
    "payments.apply_to_order": (
        "payments.expire_orders",
        "hold_ends",
        "sell_out",
        "ask_back",
        "put_back",
        "apply_money",
    ),
    "payments.approve_refund": ("refund", "refund_more", "approve"),
    "payments.ask_balance_back": ("ask_back", "credit_money", "ask_balance_back"),
    "payments.book_discrepancy": (*_CONTRADICTED, "follow_news"),
    "payments.choose_quantity": ("choose_quantity",),
    "payments.decide_purchase": ("switch_off", "half_an_hour", "hand_over", "decide"),
    "payments.give_back_late": ("give_back_late",),
    "payments.take_back": ("undo",),
    "payments.credit_buyer": ("ask_back", "credit_money"),
    "payments.dismiss_discrepancy": (*_CONTRADICTED, "dismiss_news"),
    "payments.note_paid_out": ("refund", "pay_out"),
    "payments.note_returned": ("ask_back", "return_money"),
    "payments.reject_refund": ("refund", "refund_more", "reject_refund"),
    "payments.reject_transfer": ("reject",),
    "payments.expire_order": ("payments.expire_orders",),
    "payments.turn_to_balance": ("refund", "to_balance"),
    "payments.write_unclear": ("trouble", "choose"),
}
_UNHAPPY = {"is_unhappy": True, "pays": True, "quantity": 2, "refund_part": 1}
_TO_THE_SOURCE = {**_UNHAPPY, "refund_to": "source"}
_CONTRADICTING = {
    **_TO_THE_SOURCE,
    "refund_part": 0.5,
    "method": "tripay",
    "pays_wrongly": None,
    "has_saldo": None,
    "is_heard_of": True,
    "is_late": None,
}
_ODDLY = {"pays": True, "pays_wrongly": True, "too_much": 3_000}
_PAID_WELL = {"pays": True, "pays_wrongly": None, "is_late": None, "is_heard_of": True}
_IDLE = {"pays": None, "has_saldo": None, "is_late": True}
FITTING: dict[str, dict[str, Any]] = {
    "inventory.add_codes": {"looks_first": None},
    "inventory.keep_draft": {"looks_first": True},
    "inventory.prepare_draft": {"looks_first": True},
    "inventory.note_discrepancy": {"pays": True},
    "inventory.note_late": _PAID_WELL,
    "payments.expire_order": _IDLE,
    "payments.write_unclear": {"method": "tripay"},
    "payments.apply_to_order": {
        "pays": True,
        "pays_wrongly": None,
        "has_saldo": None,
        "is_late": True,
        "method": "tripay",
    },
    "payments.approve_refund": _UNHAPPY,
    "payments.ask_balance_back": _ODDLY,
    "payments.ask_return": _ODDLY,
    "payments.book_discrepancy": _CONTRADICTING,
    "payments.dismiss_discrepancy": _CONTRADICTING,
    "payments.decide_purchase": _PAID_WELL,
    "payments.give_back_late": _PAID_WELL,
    "payments.take_back": _PAID_WELL,
    "payments.credit_buyer": _ODDLY,
    "payments.note_paid_out": _TO_THE_SOURCE,
    "payments.note_returned": _ODDLY,
    "payments.reject_refund": _UNHAPPY,
    "payments.reject_transfer": {"method": "manual"},
    "payments.turn_to_balance": _TO_THE_SOURCE,
}
_WAY_OF = {
    "by_top_up": {step.name for step in SCRIPT if "by_top_up" in step.needs},
    "by_ticket": {step.name for step in SCRIPT if "ticket" in step.needs},
}


def way_to(steps: set[str]) -> str:
    """How to buy so that these steps make sense; "" for any way."""
    return next((way for way, names in _WAY_OF.items() if names & steps), "")
