"""A valid call to every page about prices."""

from typing import Any

from catalog.models import PriceRule
from ppob.kit.versions import version_of
from tenants.services import customers
from tests.factories import PriceRuleFactory, make_customer
from tests.isolation.calls import Call, Id
from tests.isolation.pages import ASKS, of, page
from tests.isolation.world import Side


def a_rule(side: Side) -> PriceRule:
    """A discount on one product of this store."""
    return PriceRuleFactory(product=side.product(), name=f"{side.word} price")


def rule_form(side: Side, **fields: Any) -> dict[str, Any]:
    """A rule as the form sends it."""
    return {
        "scope": "store",
        "tier": "vip",
        "minimum_quantity": "2",
        "minimum_volume": "",
        "basis": "price",
        "rate": "5",
        "name": f"{side.word} VIP",
        **fields,
    }


@page("catalog:price-rules")
def _rules(side: Side) -> list[Call]:
    a_rule(side)
    return [Call()]


@page("catalog:add-price-rule")
def _add_rule(side: Side) -> list[Call]:
    product = side.product()
    return [
        Call(query={"produk": Id(product.public_id)}),
        Call("POST", data=rule_form(side), once=True),
    ]


@page("catalog:price-rule")
def _rule(side: Side) -> list[Call]:
    rule = a_rule(side)
    return [
        Call(kwargs=of(rule)),
        Call("POST", kwargs=of(rule), data=rule_form(side), status=ASKS),
    ]


@page("catalog:remove-price-rule")
def _remove_rule(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(a_rule(side)), once=True)]


@page("catalog:price-terms")
def _terms(side: Side) -> list[Call]:
    form = {
        "step": "100",
        "least_rate": "2",
        "on_cost_change": "tell",
        "alarm_rate": "10",
    }
    return [Call(), Call("POST", data=form, status=ASKS)]


@page("catalog:apply-margins")
def _apply(side: Side) -> list[Call]:
    seen = version_of({"prices": []})
    return [Call(), Call("POST", data={"seen": seen})]


@page("inventory:product-prices")
def _product_prices(side: Side) -> list[Call]:
    product = side.product()
    a_rule(side)
    return [
        Call(kwargs=of(product)),
        Call(kwargs=of(product), query={"belanja": "1000000"}),
    ]


@page("payments:change-tier")
def _change_tier(side: Side) -> list[Call]:
    buyer = make_customer(side.word)
    seen = version_of(customers.facts_of(buyer))
    return [Call("POST", kwargs=of(buyer), data={"tier": "vip", "seen": seen})]
