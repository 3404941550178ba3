"""A valid call to every page about codes and uploads."""

from typing import Any

from inventory.models import StockDraft, StockItem
from inventory.services import drafts
from inventory.services.drafts import Upload
from ppob.kit import clock
from tenants.permissions import Permission
from tests.isolation.calls import Call, Id
from tests.isolation.pages import of, page
from tests.isolation.world import Side


@page("inventory:stock")
def _stock(side: Side) -> list[Call]:
    product = side.product()
    return [
        Call(kwargs=of(product)),
        Call(kwargs=of(product), query={"sebelum": Id(10**6, is_position=True)}),
        Call(
            "POST",
            kwargs=of(product),
            data={"codes": f"{side.word}-{product.pk}-1"},
            right=Permission.EDIT_STOCK,
        ),
    ]


def an_item(product: Any) -> StockItem:
    """A code of the product that nobody holds."""
    return StockItem.objects.filter(product=product, status="free").first()


@page("inventory:codes")
def _codes(side: Side) -> list[Call]:
    product = side.product()
    right, item = Permission.EDIT_STOCK, an_item(product)
    listed = {
        "status": "free",
        "unggah": Id(item.batch.public_id),
        "sebelum": Id(10**6, is_position=True),
    }
    return [
        Call(kwargs=of(product), right=right),
        Call(kwargs=of(product), query=listed, right=right),
        Call("POST", kwargs=of(product), data={"code": side.word}, status=200),
    ]


@page("inventory:change-codes")
def _change_codes(side: Side) -> list[Call]:
    product = side.product()
    data = {
        "items": [Id(an_item(product).public_id)],
        "do": "quarantine",
        "reason": "the supplier took them back",
    }
    return [Call("POST", kwargs=of(product), data=data)]


@page("inventory:reveal-code")
def _reveal_code(side: Side) -> list[Call]:
    item = of(an_item(side.product()))
    reason = {"reason": "a buyer says that it is used"}
    return [Call(kwargs=item), Call("POST", kwargs=item, data=reason, status=200)]


def a_draft(side: Side) -> StockDraft:
    """An upload of the owner that waits to be kept."""
    return drafts.prepare(
        actor=side.owner,
        product=side.product(),
        upload=Upload(text=f"{side.word}-{side.next_number()}"),
        now=clock.now(),
    )


@page("inventory:draft")
def _draft(side: Side) -> list[Call]:
    mine = {"only": side.owner}
    draft = of(a_draft(side))
    return [Call(kwargs=draft, **mine), Call("POST", kwargs=draft, **mine)]


@page("inventory:keep-draft", "inventory:discard-draft")
def _draft_action(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(a_draft(side)), only=side.owner, once=True)]


@page("inventory:batch")
def _batch(side: Side) -> list[Call]:
    return [Call(kwargs=of(an_item(side.product()).batch))]


@page("inventory:withdraw-batch")
def _withdraw_batch(side: Side) -> list[Call]:
    batch = an_item(side.product()).batch
    reason = {"reason": "the supplier took them back"}
    return [Call("POST", kwargs=of(batch), data=reason, once=True)]
