"""A valid use of every button, menu, form and command of the bot.

What is registered in the bot and is not here fails the test.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from payments.services.incoming import deposits
from tests.conftest import NOON
from tests.isolation.calls import Id
from tests.isolation.world import ACCOUNT, Side


@dataclass(frozen=True)
class Press:
    """The ids in a custom id, what was chosen or typed, and the message it is on.

    `shows_everybody` the same, so that an id of nothing is as good as any other.
    """

    ids: dict[str, Id] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)
    message_id: int = 77
    shows_everybody: bool = False


Presses = Callable[[Side], Press]
CLICKS: dict[str, Presses] = {}
COMMANDS: dict[str, Callable[[Side], dict[str, Any]]] = {
    "price": lambda side: {"game": Id(side.category.code)},
    "history": lambda side: {},
    "saldo": lambda side: {},
    "deposit": lambda side: {"amount": "50000"},
    "topup": lambda side: {
        "item": Id(f"item:{side.game_item().pk}"),
        "account": ACCOUNT,
    },
    "pemasok": lambda side: {},
    "cek": lambda side: {"game": Id(side.category.code), "userid": ACCOUNT},
}


def press(*verbs: str) -> Callable[[Presses], Presses]:
    """Register how these are pressed."""

    def register(builder: Presses) -> Presses:
        CLICKS.update(dict.fromkeys(verbs, builder))
        return builder

    return register


def an_id(row: Any) -> Id:
    return Id(row.pk)


def _any(side: Side) -> dict[str, Id]:
    return {"panel": an_id(side.panel)}


@press("buy")
def _buy(side: Side) -> Press:
    return Press(_any(side) | {"product": an_id(side.product())}, shows_everybody=True)


@press("pick")
def _pick(side: Side) -> Press:
    return Press(_any(side), [an_id(side.product())], shows_everybody=True)


@press("browse", "methods")
def _browse(side: Side) -> Press:
    return Press(_any(side), shows_everybody=True)


@press("page")
def _page(side: Side) -> Press:
    return Press(_any(side) | {"page": Id(0, is_position=True)}, shows_everybody=True)


@press("buy_btn", "payment_btn")
def _unnamed(side: Side) -> Press:
    side.panel.__class__.objects.filter(pk=side.panel.pk).update(
        message_id=3_000_000 + side.tenant.pk
    )
    return Press(message_id=3_000_000 + side.tenant.pk, shows_everybody=True)


# --- Top-ups --------------------------------------------------------------------------


def _item(side: Side) -> dict[str, Id]:
    return _any(side) | {"product": an_id(side.game_item())}


@press("account")
def _account(side: Side) -> Press:
    return Press(_item(side), shows_everybody=True)


@press("named")
def _named(side: Side) -> Press:
    return Press(_item(side), [ACCOUNT])


@press("known")
def _known(side: Side) -> Press:
    return Press(_item(side), [an_id(side.saved())])


@press("buyfor", "sure")
def _buy_for(side: Side) -> Press:
    return Press(_item(side) | {"check": an_id(side.account_check())})


@press("number")
def _number(side: Side) -> Press:
    return Press(
        _any(side) | {"product": an_id(side.bill_item())}, shows_everybody=True
    )


@press("paybill", "surebill")
def _pay_bill(side: Side) -> Press:
    inquiry = side.bill_inquiry()
    product = {"product": an_id(inquiry.product)}
    return Press(_any(side) | product | {"inquiry": an_id(inquiry)})


@press("pickfor")
def _pick_for(side: Side) -> Press:
    check = {"check": an_id(side.account_check())}
    return Press(check, [an_id(side.game_item())])


@press("undo")
def _undo(side: Side) -> Press:
    return Press({"order": an_id(side.topped_up())})


@press("pay")
def _pay(side: Side) -> Press:
    return Press({"order": an_id(side.order()), "method": an_id(side.transfer)})


@press("method")
def _method(side: Side) -> Press:
    return Press({"order": an_id(side.order())}, [an_id(side.transfer)])


@press("change", "balance", "split", "cancel", "cancelled", "card", "quantity")
def _order(side: Side) -> Press:
    return Press({"order": an_id(side.order())})


@press("pieces")
def _pieces(side: Side) -> Press:
    return Press({"order": an_id(side.order())}, ["1"])


@press("another")
def _another(side: Side) -> Press:
    ticket = side.ticket()
    product = {"product": an_id(ticket.product), "ticket": an_id(ticket)}
    return Press(_any(side) | product)


@press("orders")
def _chosen_order(side: Side) -> Press:
    return Press(values=[an_id(side.order())])


@press("reveal")
def _sold_order(side: Side) -> Press:
    return Press({"order": an_id(side.sold())})


@press("star")
def _star(side: Side) -> Press:
    order = {"order": an_id(side.sold()), "stars": Id(4, is_position=True)}
    return Press(order, shows_everybody=True)


@press("review")
def _review(side: Side) -> Press:
    order = {"order": an_id(side.sold()), "stars": Id(4, is_position=True)}
    return Press(order, ["good"])


@press("paid")
def _paid(side: Side) -> Press:
    return Press({"payment": an_id(side.transfer_of())})


@press("history", "lines")
def _before(side: Side) -> Press:
    return Press({"before": Id(10**6, is_position=True)}, shows_everybody=True)


@press("chosen")
def _chosen_order_of(side: Side) -> Press:
    return Press({"store": an_id(side.tenant)}, [an_id(side.order())])


@press("mine")
def _own_orders(side: Side) -> Press:
    # In a server that server's store counts, whatever the button names.
    named = {"store": an_id(side.tenant), "before": Id(10**6, is_position=True)}
    return Press(named, shows_everybody=True)


@press("topup", "fundother", "askall")
def _no_ids(side: Side) -> Press:
    return Press(shows_everybody=True)


@press("fundform")
def _amount_typed(side: Side) -> Press:
    return Press(values=["20.000"], shows_everybody=True)


@press("fund")
def _amount(side: Side) -> Press:
    return Press({"amount": Id(20_000, is_position=True)}, shows_everybody=True)


@press("fundby")
def _fund_by(side: Side) -> Press:
    amount = {"amount": Id(20_000, is_position=True)}
    return Press(amount, [an_id(side.transfer)])


@press("fundwith")
def _fund_with(side: Side) -> Press:
    amount = {"amount": Id(20_000, is_position=True)}
    return Press(amount | {"method": an_id(side.transfer)})


def top_up(side: Side) -> Any:
    """The payment of a top-up that waits for its money."""
    return deposits.request_deposit(
        customer=side.buyer,
        amount=20_000,
        method_id=side.transfer.public_id,
        request_key=f"{side.word}-{side.next_number()}",
        now=NOON,
    )


@press("howto")
def _how_to(side: Side) -> Press:
    return Press({"payment": an_id(top_up(side))})


@press("undeposit")
def _undeposit(side: Side) -> Press:
    return Press({"deposit": Id(top_up(side).deposit_id)})


@press("askback")
def _ask_back(side: Side) -> Press:
    return Press({"money": an_id(side.credited_money())})
