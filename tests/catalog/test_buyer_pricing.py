"""What a buyer pays by price rules: never below the floor, never more for less."""

from itertools import pairwise
from itertools import product as every

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.pricing import (
    MOST_PIECES,
    Buyer,
    Goods,
    Rule,
    Terms,
    kept_margin,
    price_for,
    public_price,
    rules_for,
)
from catalog.states import PriceBasis, RuleKind
from tenants.states import CustomerTier

MEMBER, VIP, RESELLER = CustomerTier
COST, PRICE = PriceBasis.COST, PriceBasis.PRICE
GOODS = Goods(price=10_000, cost=8_000)


def off(percent, **fields):
    return rule(PRICE, percent, **fields)


def on_top(percent, **fields):
    return rule(COST, percent, **fields)


def rule(basis, percent, **fields):
    rate = round(percent * 100)
    return Rule(f"{basis}{percent}{fields}", "rule", basis, rate, **fields)


def total(quantity=1, *rules, tier=MEMBER, volume=0, goods=GOODS, terms=None):
    found = price_for(
        goods,
        quantity,
        buyer=Buyer(tier, volume),
        rules=rules_for(rules, product_id=1, category_id=2),
        terms=terms or Terms(),
    )
    assert found.reduction == goods.price * quantity - found.total
    return found.total


def test_without_a_rule_it_is_the_products_price():
    assert [total(quantity) for quantity in (1, 3, 20)] == [10_000, 30_000, 200_000]


def test_a_tier_pays_its_own_price_and_those_below_the_usual_one():
    vip = off(5, tier=VIP)

    assert total(1, vip) == 10_000
    assert total(1, vip, tier=VIP) == 9_500
    assert total(1, vip, tier=RESELLER) == 9_500


def test_a_margin_is_reckoned_from_the_cost():
    assert total(1, on_top(12.5, tier=VIP), tier=VIP) == 9_000


def test_a_margin_above_the_price_takes_nothing_and_adds_nothing():
    assert total(1, on_top(80, tier=VIP), tier=VIP) == 10_000


def test_without_a_known_cost_a_margin_says_nothing_and_a_discount_still_counts():
    goods = Goods(price=10_000, cost=0)
    rules = on_top(1, tier=VIP), off(3, tier=VIP)

    assert total(1, rules[0], tier=VIP, goods=goods) == 10_000
    assert total(1, *rules, tier=VIP, goods=goods) == 9_700


def test_quantity_and_volume_count_from_their_least_on():
    bulk = off(10, minimum_quantity=5)
    volume = off(4, minimum_volume=1_000_000)

    assert total(5, bulk) == 45_000
    assert total(3, bulk) == 30_000
    assert total(1, volume, volume=999_999) == 10_000
    assert total(1, volume, volume=1_000_000) == 9_600


def test_the_lowest_price_counts_and_rules_are_not_added_up():
    rules = off(5, tier=VIP), off(10, minimum_quantity=5), off(4, minimum_volume=1)

    assert total(5, *rules, tier=VIP, volume=1) == 45_000
    assert total(1, *rules, tier=VIP, volume=1) == 9_500


def test_fewer_pieces_never_cost_more_than_more_of_them():
    bulk = off(15, minimum_quantity=10)

    assert total(8, bulk) == 80_000
    assert total(9, bulk) == 85_000 == total(10, bulk)


def test_of_a_top_up_one_piece_never_gets_the_price_of_many():
    bulk = off(60, minimum_quantity=2)
    free = Goods(price=10_000, cost=1_000)

    assert total(1, bulk, goods=free) == 8_000
    assert total(1, bulk, goods=Goods(10_000, 1_000, most=1)) == 10_000


@pytest.mark.parametrize(
    ("terms", "price"),
    [
        (Terms(), 8_000),
        (Terms(least_rate=1_000), 8_800),
        (Terms(step=500, least_rate=1_000), 9_000),
        (Terms(step=500), 8_000),
    ],
)
def test_no_rule_goes_below_the_floor(terms, price):
    assert total(1, off(50, tier=VIP), tier=VIP, terms=terms) == price


def test_a_price_below_the_floor_stays_as_the_seller_made_it():
    goods = Goods(price=7_000, cost=8_000)

    assert total(2, off(5, tier=VIP), tier=VIP, goods=goods) == 14_000


def test_prices_by_rules_are_in_steps():
    terms = Terms(step=100)

    assert total(1, off(3.3, tier=VIP), tier=VIP, terms=terms) == 9_700
    assert total(1, off(2.5, tier=VIP), tier=VIP, terms=terms) == 9_800  # half up


def test_a_products_rule_beats_its_categorys_and_that_the_stores():
    rules = [
        off(20, tier=VIP),
        off(10, tier=VIP, category_id=2),
        off(5, tier=VIP, product_id=1),
        off(1, tier=VIP, product_id=99),
        off(2, tier=VIP, category_id=98),
    ]

    assert total(1, *rules, tier=VIP) == 9_500
    assert total(1, *rules[:2], tier=VIP) == 9_000
    assert total(1, *rules[::-1], tier=VIP) == 9_500
    assert total(1, rules[0], *rules[3:], tier=VIP) == 8_000


def test_a_products_quantity_discount_leaves_what_tiers_pay():
    rules = off(5, tier=VIP), off(10, minimum_quantity=5, product_id=1)

    assert total(1, *rules, tier=VIP) == 9_500
    assert total(5, *rules, tier=VIP) == 45_000


def test_the_margin_for_everybody_sets_prices_and_lowers_none():
    everybody = on_top(15)

    assert everybody.kind == RuleKind.EVERYBODY
    assert total(1, everybody) == 10_000
    assert public_price(GOODS, rules=[everybody], terms=Terms(step=500)) == 9_000
    assert public_price(GOODS, rules=[], terms=Terms()) is None
    assert public_price(Goods(10_000, 0), rules=[everybody], terms=Terms()) is None


def test_a_kept_margin_follows_the_cost_in_steps():
    goods = Goods(price=20_650, cost=19_500)  # 5.89 %

    assert kept_margin(goods, cost=20_400, terms=Terms(step=100)) == 21_600
    assert kept_margin(Goods(7_000, 8_000), cost=9_000, terms=Terms()) == 9_000
    with pytest.raises(ValueError, match="no margin"):
        kept_margin(Goods(7_000, 0), cost=9_000, terms=Terms())


def test_less_than_one_piece_is_nobodys_order():
    with pytest.raises(ValueError, match="less than one"):
        price_for(GOODS, 0)


rates = st.integers(0, 9_000)
some_rules = st.lists(
    st.builds(
        Rule,
        source=st.uuids().map(str),
        label=st.just("rule"),
        basis=st.sampled_from(PriceBasis),
        rate=rates,
        tier=st.sampled_from(CustomerTier),
        minimum_quantity=st.integers(1, MOST_PIECES),
        minimum_volume=st.sampled_from([0, 0, 500_000, 1_000_000]),
        category_id=st.sampled_from([None, None, 2, 98]),
        product_id=st.none(),
    )
    | st.builds(
        Rule,
        source=st.uuids().map(str),
        label=st.just("rule"),
        basis=st.sampled_from(PriceBasis),
        rate=rates,
        tier=st.sampled_from(CustomerTier),
        minimum_quantity=st.integers(1, MOST_PIECES),
        minimum_volume=st.sampled_from([0, 500_000]),
        product_id=st.sampled_from([1, 99]),
    ),
    max_size=8,
)
some_terms = st.builds(
    Terms,
    step=st.sampled_from([1, 10, 50, 100, 500, 1_000]),
    least_rate=st.integers(0, 3_000),
)
some_goods = st.builds(
    Goods,
    price=st.integers(1, 10**9),
    cost=st.integers(0, 10**9),
    most=st.sampled_from([1, MOST_PIECES]),
) | st.builds(Goods, price=st.integers(1, 200), cost=st.integers(0, 200))
volumes = st.sampled_from([0, 499_999, 500_000, 1_000_000])


# Sixty prices each time: a busy machine must not make it fail.
@settings(deadline=None)
@given(goods=some_goods, rules=some_rules, terms=some_terms, volume=volumes)
def test_whatever_the_rules_are_no_price_is_unfair(goods, rules, terms, volume):
    near = rules_for(rules, product_id=1, category_id=2)
    grid = {
        tier: [
            price_for(
                goods, quantity, buyer=Buyer(tier, volume), rules=near, terms=terms
            )
            for quantity in range(1, goods.most + 1)
        ]
        for tier in CustomerTier
    }

    floor = min(goods.price, max(1, terms.floor(goods.cost)))
    for priced in grid.values():
        totals = [each.total for each in priced]
        for quantity, each in enumerate(priced, start=1):
            assert floor * quantity <= each.total <= goods.price * quantity
            assert (each.rule is None) == (each.reduction == 0)
        assert totals == sorted(totals)
        for (fewer, one), (more, other) in pairwise(enumerate(totals, start=1)):
            assert other * fewer <= one * more
    for worse, better in ((MEMBER, VIP), (VIP, RESELLER)):
        assert all(
            cheap.total <= dear.total
            for dear, cheap in zip(grid[worse], grid[better], strict=True)
        )


@given(goods=some_goods, rules=some_rules, terms=some_terms)
def test_who_bought_more_never_pays_more(goods, rules, terms):
    near = rules_for(rules, product_id=1, category_id=2)

    totals = [
        price_for(goods, 1, buyer=Buyer(VIP, volume), rules=near, terms=terms).total
        for volume in (0, 499_999, 500_000, 1_000_000)
    ]

    assert totals == sorted(totals, reverse=True)


def test_a_small_grid_of_everything_stays_above_the_floor():
    """Margin by VIP by quantity by volume by step by floor, each with each."""
    margins, discounts = (0, 1, 250, 1_100), (0, 100, 1_500, 9_000)
    seen = 0
    for margin, vip, bulk, volume, step, least in every(
        margins, discounts, discounts, discounts, (1, 100, 1_000), (0, 300)
    ):
        rules = [
            Rule("m", "m", COST, margin, tier=RESELLER),
            *([Rule("t", "t", PRICE, vip, tier=VIP)] if vip else []),
            *([Rule("b", "b", PRICE, bulk, minimum_quantity=3)] if bulk else []),
            *([Rule("v", "v", PRICE, volume, minimum_volume=1)] if volume else []),
        ]
        terms = Terms(step, least)
        for goods in (Goods(1_050, 1_000), Goods(999, 1_000), Goods(19_999, 10_001)):
            floor = min(goods.price, terms.floor(goods.cost))
            for tier, quantity in every(CustomerTier, (1, 2, 3, 20)):
                found = price_for(
                    goods, quantity, buyer=Buyer(tier, 1), rules=rules, terms=terms
                )
                assert quantity * floor <= found.total <= quantity * goods.price
                seen += 1
    assert seen == 4 * 4 * 4 * 4 * 3 * 2 * 3 * 12
