"""Every failpoint of the product, read from its source; and those a run must reach."""

import ast
import re
from dataclasses import dataclass
from functools import lru_cache

from tests.architecture.sources import Source, calls, constant, product

COMMIT = ("before_commit", "after_commit")
CALL = ("before_call", "after_call")

# What is given the name of somebody else's server; the second makes the first ones.
CLIENTS = ("HttpClient", "HttpClients")
MAKES_CLIENTS = "ppob/kit/provider_calls.py"

# The ways of money, codes and messages.
SCOPE = re.compile(
    r"payments/(services|gateways)/(\w+/)?\w+\.py"
    r"|inventory/(services|suppliers)/(\w+/)?\w+\.py"
    r"|security/services/inbox(_runner)?\.py"
    r"|bot/services/(outbox|sending|tickets|ticket_channels|buyer)\.py"
    r"|bot/runtime/message_sender\.py|ppob/kit/jobs\.py"
)

# A run does not reach these; why that is no gap.
OUT_OF_SCOPE = {
    "playmoney": "moves no money; a run's buyers pay at Tripay or by transfer",
    "apigames": "a run buys at one supplier; `tests/topups` dies at all of them",
    "iak": "a run buys at one supplier; `tests/topups` dies at all of them",
    "tokovoucher": "a run buys at one supplier; `tests/topups` dies at all of them",
    "vipreseller": "a run buys at one supplier; `tests/topups` dies at all of them",
    "payments.add_method": "a seller's settings, entered before anything is sold",
    "payments.change_method": "a seller's settings",
    "payments.switch_method": "a seller's settings",
    "payments.change_policy": "a seller's settings",
    "inventory.connect_account": "a seller's settings",
    "inventory.switch_account": "a seller's settings",
    "inventory.map_product": "a seller's settings",
    "inventory.add_goods": "a seller's settings",
    "inventory.change_goods": "a seller's settings",
    "inventory.point_option": "a seller's settings",
    "inventory.import_products": "a seller's settings",
    "inventory.place_account": "a seller's settings",
    "inventory.change_supplier_keys": "a seller's settings",
    "inventory.check_account": "what a supplier said of a name; asked again",
    "inventory.ask_bill": "what a number owes; asked again",
    "inventory.keep_bill": "what a number owes; asked again",
    "inventory.claim_renewal": "a run sells no bills; `test_bill_deaths` dies there",
    "inventory.renew_bill": "a run sells no bills; `test_bill_deaths` dies there",
    "inventory.end_inquiries": "closes what nobody ordered; closed the next time",
    "inventory.remember_destination": "what is offered the next time",
    "inventory.drop_prices": "what suppliers ask; read again in ten minutes",
    "inventory.note_bills": "what suppliers offer; read again in an hour",
    "inventory.note_prices": "what suppliers ask; read again in ten minutes",
    "inventory.sync_prices": "what suppliers ask; read again in ten minutes",
    "inventory.follow_costs": "follows a list of prices, and catches up with the next",
    "inventory.choose_in_draft": "what a page shows; nothing of the store changes",
    "inventory.discard_draft": "nothing of the store changes",
    "inventory.mark_failed": "within payments.decide_purchase, whose end is its own",
    "inventory.mark_succeeded": "within payments.decide_purchase, whose end is its own",
    "inventory.delete_checks": "forgets what was found out, after a month",
    "inventory.delete_price_changes": "forgets what changed, after three months",
    "inventory.check_deposits": "what a seller is told; looked at again in minutes",
    "inventory.delete_draft": "nothing of the store changes",
    "inventory.index_codes": "codes from before an update, of which a run has none",
    "inventory.reveal_item": "an audit entry and nothing else",
    # Marks for people and closed rows; no money and no goods. The sender repeats what
    # it got no answer to, and the sweep comes back to what is still open.
    "security.lack_callback_keys": "a mark; the next callback makes it again",
    "security.close_event": "closes what has no effect; it is closed next time",
    "security.keep_odd_callback": "a closed row and a mark; the sender repeats it",
    "security.park_callback": "the event stays open and is parked next time",
    "security.hand_over_callback": "the event stays open and is handed over next time",
    "payments.lack_charge_keys": "a mark; the next charge makes it again",
    "payments.try_keys": "asked again every minute",
    "payments.cancel_for_buyer": "what a buyer's own cancelling does, and its entry",
    "payments.note_seen": "a seller's click",
    "payments.note_buyer_told": "a seller's click",
    "payments.note_purchase_read": "a mark; the next look at the page makes it again",
    "inventory.try_keys": "asked again every minute",
    "inventory.note_seen": "a seller's click",
    "security.keep_refused": "a closed row; the sender repeats it",
    "bot.tell_no_channels": "one line for the seller's log, at most once an hour",
}


@dataclass(frozen=True)
class Named:
    """One name in the source: a unit of work or an outward call."""

    name: str
    path: str
    at: str


def units_of_work() -> list[Named]:
    """Every transaction the product opens."""
    return [
        Named(str(constant(_first(call))), source.path, source.at(call))
        for source in product()
        for call, name in calls(source)
        if name.endswith("unit_of_work")
    ]


def outward_calls() -> list[Named]:
    """Every server of somebody else's that the product calls, by its failpoint."""
    return [
        Named(name, source.path, source.at(call))
        for source in product()
        for call, called in calls(source)
        if (name := _call_name(source, call, called))
    ]


@lru_cache(maxsize=1)
def catalogue() -> dict[str, str]:
    """Every failpoint and the file that has it."""
    found = {
        f"{unit.name}:{when}": unit.path for unit in units_of_work() for when in COMMIT
    }
    found |= {
        f"{made.name}:{when}": made.path for made in outward_calls() for when in CALL
    }
    return found


def in_scope() -> list[str]:
    """The failpoints that every run must reach."""
    return sorted(
        point
        for point, path in catalogue().items()
        if SCOPE.fullmatch(path) and point.partition(":")[0] not in OUT_OF_SCOPE
    )


def _first(call: ast.Call) -> ast.AST | None:
    return call.args[0] if call.args else None


def _call_name(source: Source, call: ast.Call, called: str) -> str:
    if called.endswith(CLIENTS) and source.path != MAKES_CLIENTS:
        named = [word.value for word in call.keywords if word.arg == "name"]
        return str(constant(named[0])) if named else ""
    if called.endswith("failpoint") and source.path != "ppob/kit/db.py":
        point = constant(_first(call))
        if isinstance(point, str):
            return point.partition(":")[0]
    return ""
