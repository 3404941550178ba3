"""One sale from the press on Buy to its end, with everything that may go wrong.

A step is a line: what is done, when it makes sense, how likely it is. The facts of a
case (which goods, which way to pay, who pays what) are drawn from the seed alone.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.crash import acts
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
    payment it is about.
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


def draw_case(rng: random.Random, store: Store, label: str) -> Facts:
    """A case's facts. Nothing in it depends on what other processes do."""
    product = rng.choice(rng.choice([store.plenty, store.scarce]))
    via = rng.choice(["by_ticket", "by_ticket", "by_checkout", "by_method"])
    method = (
        "manual" if via == "by_method" else rng.choice(["tripay", "tripay", "manual"])
    )
    return {
        "click": f"click:{label}",
        "product": product,
        "quantity": rng.choice([1, 1, 1, 2]),
        "customer": rng.choice(store.customers),
        "fresh_codes": codes_for(product, label, rng.choice([2, 4])),
        "method": method,
        "other_method": "manual" if method == "tripay" else "tripay",
        "too_much": rng.choice([-2_000, -1, 1, 3_000]),
        "secs": rng.choice([1, 20, 400]),
        via: True,
        **{trait: True for trait, chance in TRAITS.items() if rng.random() < chance},
    }


# What a buyer, a gateway or luck is like in a case.
TRAITS = {
    "pays": 0.9,
    "pays_wrongly": 0.06,
    "pays_twice": 0.15,
    "is_late": 0.15,
    "is_heard_of": 0.94,  # the gateway's callbacks arrive
}


def _job(name: str) -> Job:
    return partial(acts.run_job, name, {})


def _choose_other(store: Store, case: Facts) -> Facts:
    return acts.choose(store, {**case, "method": case["other_method"]})


def _sweep(
    name: str, *, chance: float = 0.12, twin: float = 0.2, turns: int = 6
) -> Step:
    return Step(name, job=_job(name), chance=chance, twin=twin, turns=turns)


_POST = Step("post", job=acts.carry_post, turns=14, chance=0.3, twin=0.1)
_ORDER = ("order",)
_TO_PAY = Step("choose", acts.choose, needs=_ORDER, turns=12, twin=0.15, again=0.1)
_NEWS = partial(
    Step,
    "callback",
    acts.take_callback,
    needs=("is_heard_of", "body"),
    by="tripay",
    twin=0.4,
    again=0.4,
    outside=Outside.write_callback,
)

SCRIPT: tuple[Step, ...] = (
    Step("press_buy", acts.press_buy, needs=("by_ticket",), twin=0.2, again=0.2),
    Step("place_order", acts.place_order, needs=("by_checkout",), twin=0.2, again=0.2),
    Step("place_and_choose", acts.place_and_choose, needs=("by_method",), twin=0.2),
    Step("refill", acts.refill, lacks=_ORDER, outside=Outside.note_codes),
    Step("make_room", acts.make_room, needs=("ticket",), chance=0.9, turns=2, twin=0.1),
    Step("give_up_room", acts.give_up_room, needs=("ticket",), chance=0.03, turns=2),
    Step("trouble", needs=_ORDER, outside=Outside.order_fault, chance=0.15),
    _TO_PAY,
    Step("choose_other", _choose_other, needs=_ORDER, chance=0.2, turns=12),
    _POST,
    Step("say_paid", acts.say_paid, by="tripay", chance=0.15, turns=8),
    Step("say_transferred", acts.say_paid, by="manual", chance=0.2, turns=2),
    Step("announce", acts.announce_transfer, by="manual", chance=0.1, turns=2),
    Step("cancel", acts.cancel, needs=_ORDER, chance=0.05, turns=2),
    Step("lose_room", acts.lose_room, needs=("ticket",), chance=0.03, turns=2),
    Step("time_runs_out", needs=("is_late",), outside=Outside.let_time_run_out),
    _sweep("payments.expire_orders", chance=0.35, twin=0.3),
    Step(
        "hold_ends", acts.release_hold, needs=("order", "is_late"), chance=0.3, turns=2
    ),
    Step("give_up", by="tripay", outside=Outside.expire, chance=0.04),
    _NEWS(chance=0.3),
    Step("pay", needs=("pays",), by="tripay", outside=Outside.pay, chance=0.95),
    _NEWS(rival=_job("payments.expire_orders")),
    Step("reject", acts.reject, by="manual", chance=0.06, turns=2),
    Step("transfer", needs=("pays",), by="manual", outside=Outside.transfer),
    Step(
        "confirm", acts.confirm, needs=("transferred",), by="manual", twin=0.2, turns=3
    ),
    Step("ask", acts.ask, by="tripay", chance=0.15, turns=8, twin=0.2),
    Step("ask_if_silent", acts.ask, lacks=("is_heard_of",), by="tripay", turns=8),
    _sweep("payments.sweep_inbox"),
    _sweep("payments.poll_payments", chance=0.04),
    Step("deliver", acts.deliver, needs=_ORDER, chance=0.3, twin=0.4, turns=2),
    _sweep("payments.sweep_deliveries"),
    _sweep("payments.release_amounts", chance=0.04, turns=4),
    _sweep("inventory.release_expired_holds", chance=0.06),
    _sweep("inventory.sweep_alerts", chance=0.04),
    Step("look", acts.look, needs=_ORDER, chance=0.5, again=0.2, turns=2),
    Step("review", acts.review, needs=_ORDER, chance=0.3, turns=2),
    Step("apply_money", acts.apply_money, needs=_ORDER, chance=0.15, turns=3, twin=0.2),
    Step(
        "return_money", acts.return_money, needs=_ORDER, chance=0.15, turns=3, twin=0.2
    ),
    Step("minutes_pass", outside=Outside.let_minutes_pass, chance=0.3),
    _sweep("bot.close_finished_tickets", chance=0.15),
    _sweep("bot.sweep_outbox", chance=0.08),
    _POST,
)
