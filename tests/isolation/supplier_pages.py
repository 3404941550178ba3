"""A valid call to every page about suppliers, and about top-ups that did not end."""

from typing import Any

from tests.isolation import canary
from tests.isolation.calls import Call, Id
from tests.isolation.pages import ASKS, of, page
from tests.isolation.world import Side

# Nothing typed: the form is shown again. Only secrets are asked of an account's owner.
EMPTY = {"api_key": ""}


@page("inventory:suppliers")
def _suppliers(side: Side) -> list[Call]:
    return [Call()]


@page("inventory:connect-supplier")
def _connect(side: Side) -> list[Call]:
    code = {"code": "digiflazz"}
    form = {
        "mode": "test",
        "username": f"{side.word}-{side.next_number()}",
        "api_key": f"dev-{side.word}",
    }
    return [
        Call(kwargs=code),
        Call("POST", kwargs=code, data=EMPTY, status=200),
        Call("POST", kwargs=code, data=form, once=True),
    ]


@page("inventory:supplier")
def _supplier(side: Side) -> list[Call]:
    option = side.offer()
    shown = of(side.supplier)
    return [
        Call(kwargs=shown),
        Call(kwargs=shown, query={"sebelum": Id(option.pk)}),
        Call(
            kwargs=shown,
            query={"cari": canary.THEIRS[:4], "merek": "x", "dijual": "belum"},
        ),
    ]


@page("inventory:price-changes")
def _price_changes(side: Side) -> list[Call]:
    option = side.offer(product=side.product(kind="topup", codes=0))
    change = side.price_change(option)
    shown = of(side.supplier)
    return [
        Call(kwargs=shown),
        Call(kwargs=shown, query={"sebelum": Id(change.pk + 1, is_position=True)}),
        Call(kwargs=shown, query={"cari": canary.THEIRS[:4], "jenis": "up"}),
    ]


@page("inventory:supplier-keys")
def _keys(side: Side) -> list[Call]:
    account = of(side.supplier)
    new = {"api_key": f"dev-{side.word}-2"}
    return [
        Call(kwargs=account),
        Call("POST", kwargs=account, data=EMPTY, status=200),
        Call("POST", kwargs=account, data=new),
    ]


@page("inventory:switch-supplier")
def _switch(side: Side) -> list[Call]:
    return [
        Call("POST", kwargs=of(side.supplier), data={"do": deed})
        for deed in ("first", "last", "on")
    ]


@page("inventory:read-supplier")
def _read(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(side.supplier))]


@page("inventory:import-goods")
def _import(side: Side) -> list[Call]:
    form = {"goods": [Id(side.offer().pk)], "percent": "8"}
    return [Call("POST", kwargs=of(side.supplier), data=form)]


@page("inventory:map-goods")
def _map(side: Side) -> list[Call]:
    option = of(side.offer())
    form = {"product": Id(side.game_item().pk), "destination_format": ""}
    return [Call(kwargs=option), Call("POST", kwargs=option, data=form, status=ASKS)]


@page("inventory:add-goods")
def _add_goods(side: Side) -> list[Call]:
    account = of(side.hand_kept())
    form = {"sku": f"{side.word}-{side.next_number()}", "name": "x", "cost": "9000"}
    return [
        Call(kwargs=account),
        Call("POST", kwargs=account, data={"sku": ""}, status=200),
        Call("POST", kwargs=account, data=form, once=True),
    ]


@page("inventory:change-goods")
def _change_goods(side: Side) -> list[Call]:
    option = of(side.offer(account=side.hand_kept()))
    form = {"name": side.word, "cost": "9000", "is_available": "on"}
    return [Call(kwargs=option), Call("POST", kwargs=option, data=form, status=ASKS)]


@page("inventory:routes")
def _routes(side: Side) -> list[Call]:
    return [Call(kwargs=of(side.game_item()))]


@page("inventory:match-goods")
def _match(side: Side) -> list[Call]:
    ticked = [Id(f"{side.offer().pk}:{side.game_item().pk}", nothing="999999999:9")]
    account = of(side.supplier)
    return [
        Call(kwargs=account),
        Call(kwargs=account, query={"merek": "x"}),
        Call("POST", kwargs=account, data={"goods": ticked}),
    ]


@page("payments:top-up")
def _top_up(side: Side) -> list[Call]:
    return [Call(kwargs=of(side.stalled()))]


@page("payments:decide-top-up")
def _decide(side: Side) -> list[Call]:
    said: dict[str, Any] = {"outcome": "failed", "reason": "it is not in their list"}
    return [
        Call("POST", kwargs=of(side.stalled()), data={"outcome": "failed"}, status=200),
        Call("POST", kwargs=of(side.stalled()), data=said, once=True),
    ]


@page("payments:go-on-with-top-up")
def _go_on(side: Side) -> list[Call]:
    return [
        Call("POST", kwargs=of(side.stalled()), data={"do": deed})
        for deed in ("wait", "again", "ask")
    ]


@page("payments:note-contradiction")
def _contradiction(side: Side) -> list[Call]:
    purchase = of(side.stalled())
    return [Call("POST", kwargs=purchase, data={"note": "called them"})]
