"""Prices by tier, quantity and volume, and what a supplier's new cost makes of them."""

from tests.mutants.mutant import fault

_PRICING = "catalog/pricing.py"
_QUOTE = "payments/services/orders/quote.py"
_BUYER_PRICES = "payments/services/orders/buyer_prices.py"
_GUARD = "inventory/services/price_guard.py"
_TEST_PRICING = "tests/catalog/test_buyer_pricing.py"
_TEST_RULES = "tests/payments/test_price_rules.py"
_TEST_GUARD = "tests/inventory/test_price_guard.py"
_TEST_TIERS = "tests/dashboard/test_tiers.py"
_TEST_PAGES = "tests/dashboard/test_price_pages.py"
_TEST_OWN = "tests/bot/test_own_prices.py"

PRICES = (
    fault(
        "a member pays what a reseller pays",
        _PRICING,
        "price_for",
        "        and rule.tier.rank <= buyer.tier.rank\n",
        "",
        _TEST_PRICING,
    ),
    fault(
        "a rule sells below cost",
        _PRICING,
        "_each",
        "floor = max(1, terms.floor(goods.cost))",
        "floor = 1",
        _TEST_PRICING,
    ),
    fault(
        "ten pieces cost less than nine",
        _PRICING,
        "price_for",
        "for count in (quantity, *more):",
        "for count in (quantity,):",
        _TEST_PRICING,
    ),
    fault(
        "a category's rule beats its product's",
        _PRICING,
        "rules_for",
        "known[0].scope > rule.scope",
        "known[0].scope < rule.scope",
        _TEST_PRICING,
    ),
    fault(
        "a margin on an unknown cost gives the product away",
        _PRICING,
        "_each",
        "rule.basis == PriceBasis.COST and not goods.cost",
        "False",
        _TEST_PRICING,
    ),
    fault(
        "a top-up may cost its public price at a supplier",
        _QUOTE,
        "_with_ceilings",
        "max(1, share)",
        "line.unit_price",
        _TEST_RULES,
    ),
    fault(
        "one rule on two lines counts once",
        _QUOTE,
        "adjustments_of",
        "amounts.get(line.rule, 0) + line.reduction",
        "line.reduction",
        _TEST_RULES,
    ),
    fault(
        "a failed line is refunded by its public price",
        "payments/services/orders/delivery.py",
        "_give_back_failed",
        "[line.price for line in lines]",
        "[line.unit_price * line.quantity for line in lines]",
        _TEST_RULES,
    ),
    fault(
        "another quantity keeps the old discount",
        "payments/services/orders/quantities.py",
        "_take_off",
        "    if line.reduction:\n",
        "    if False:\n",
        _TEST_RULES,
    ),
    fault(
        "what was given back counts as bought",
        _BUYER_PRICES,
        "paid_volume",
        'F("total") - F("refunded")',
        'F("total")',
        _TEST_RULES,
    ),
    fault(
        "test money makes a regular buyer",
        _BUYER_PRICES,
        "paid_volume",
        "        is_test=False,\n",
        "",
        _TEST_RULES,
    ),
    fault(
        "the card says the public price",
        "bot/services/topups.py",
        "_check",
        "price=priced.total",
        "price=product.price",
        _TEST_OWN,
    ),
    fault(
        "staff give themselves a tier",
        "tenants/services/customers.py",
        "change_tier",
        "    require_not_own(actor, customer)\n",
        "",
        _TEST_TIERS,
    ),
    fault(
        "an old tab overwrites a tier",
        "tenants/services/customers.py",
        "change_tier",
        "        require_unchanged(seen, facts_of(locked))\n",
        "",
        _TEST_TIERS,
    ),
    fault(
        "margins are applied unseen",
        "catalog/services/prices.py",
        "apply_margins",
        '        require_unchanged(seen, {"prices": _pairs(prices)})\n',
        "",
        _TEST_PAGES,
    ),
    fault(
        "a price follows its cost unasked",
        _GUARD,
        "_move",
        "if policy.on_cost_change == CostReaction.REPRICE:",
        "if True:",
        _TEST_GUARD,
    ),
    fault(
        "a supplier that is off says what a product costs",
        _GUARD,
        "_offers",
        "        account__is_active=True,\n",
        "",
        _TEST_GUARD,
    ),
    fault(
        "a cost above the price is nobody's news",
        _GUARD,
        "_is_news",
        "return move.is_taken_off or is_large or is_gone",
        "return move.is_taken_off or is_large",
        _TEST_GUARD,
    ),
)
