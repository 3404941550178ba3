"""Computing prices; pure. Amounts are whole rupiah."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from catalog.states import PriceBasis, RuleKind
from tenants.states import CustomerTier

DEFAULT_PERCENT = Decimal("11.1")


def marked_up(cost: int, *, percent: Decimal = DEFAULT_PERCENT, step: int = 1) -> int:
    """The selling price: `cost` plus `percent` of it, rounded to a multiple of `step`.

    11.1 % of the cost is 10 % of the price: 18,000 gives 20,000 at steps of 100. A
    price that rounding would push below the cost is rounded up instead. Raises
    ValueError for a negative cost or a step below 1.
    """
    if cost < 0 or step < 1:
        raise ValueError("A cost is not negative and a step is at least 1.")
    exact = cost * (1 + percent / 100) / step
    rounded = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step
    return rounded if rounded >= cost else -(-cost // step) * step


def profit(*, price: int, cost: int) -> int:
    """What one sale leaves before fees; negative when sold below cost."""
    return price - cost


def daily_revenue(prices: Sequence[int], *, transactions: int = 100) -> int:
    """What `transactions` sales a day bring in if every price sells equally often."""
    if not prices:
        return 0
    average = Decimal(sum(prices)) / len(prices)
    return int((average * transactions).quantize(Decimal(1), rounding=ROUND_HALF_UP))


# --- What a buyer pays ----------------------------------------------------------------

MOST_PIECES = 20  # of one product in an order
WHOLE = 10_000  # a rate is so many hundredths of a per cent: 550 are 5.5 %


def percent(rate: int) -> str:
    """Hundredths of a per cent in words, as amounts are written here: `5,5 %`."""
    return f"{rate / 100:g} %".replace(".", ",")


@dataclass(frozen=True)
class Rule:
    """What certain buyers pay: a `rate` on top of the cost, or off the price.

    It counts for a `tier` and all above it, from so many pieces of one product and from
    so many rupiah paid in the last 30 days on; for one product, one category, or all.
    `source` names the row that it comes from and `label` is for people.
    """

    source: str
    label: str
    basis: PriceBasis
    rate: int
    tier: CustomerTier = CustomerTier.MEMBER
    minimum_quantity: int = 1
    minimum_volume: int = 0
    category_id: int | None = None
    product_id: int | None = None

    @property
    def kind(self) -> RuleKind:
        """What the rule depends on most; without anything it is the public margin."""
        if self.minimum_volume:
            return RuleKind.VOLUME
        if self.minimum_quantity > 1:
            return RuleKind.BULK
        if self.tier != CustomerTier.MEMBER:
            return RuleKind.TIER
        return RuleKind.EVERYBODY

    @property
    def scope(self) -> int:
        """How near to the product the rule stands: 2 its own, 1 its category's, 0."""
        if self.product_id is not None:
            return 2
        return int(self.category_id is not None)


@dataclass(frozen=True)
class Terms:
    """How a store reckons: prices in multiples of `step` rupiah, and its least margin.

    `least_rate` on top of the cost is the floor that no rule goes below.
    """

    step: int = 1
    least_rate: int = 0

    def floor(self, cost: int) -> int:
        """The lowest price that a rule may make of something of this cost."""
        return -(-cost * (WHOLE + self.least_rate) // WHOLE)


@dataclass(frozen=True)
class Goods:
    """A product as prices see it; a cost of 0 is one that nobody entered.

    At most `most` pieces of it are in one order; of a top-up it is one.
    """

    price: int
    cost: int
    most: int = MOST_PIECES


@dataclass(frozen=True)
class Buyer:
    """Whom a price is for: their tier, and what they paid in the last 30 days."""

    tier: CustomerTier = CustomerTier.MEMBER
    volume: int = 0


ANYBODY = Buyer()


@dataclass(frozen=True)
class Priced:
    """What so many pieces cost a buyer, and by which rule if it is less than usual."""

    usual: int
    total: int
    rule: Rule | None = None

    @property
    def reduction(self) -> int:
        """What is taken off the usual price of all pieces (rupiah, 0 or more)."""
        return self.usual - self.total


def rules_for(
    rules: Iterable[Rule], *, product_id: int, category_id: int | None
) -> list[Rule]:
    """The rules that count for a product: its own, else its category's, else all's.

    That is decided for each kind by itself: who gives a product a quantity discount of
    its own keeps what tiers pay for it. Whom it is for has no say in this: otherwise a
    dearer rule of a product could hide a cheaper one from a better tier.
    """
    near: dict[RuleKind, list[Rule]] = {}
    for rule in rules:
        if rule.product_id not in (None, product_id):
            continue
        if rule.category_id is not None and rule.category_id != category_id:
            continue
        known = near.get(rule.kind, [])
        if known and known[0].scope > rule.scope:
            continue
        is_nearer = bool(known) and rule.scope > known[0].scope
        near[rule.kind] = [rule] if is_nearer else [*known, rule]
    return [rule for kind in RuleKind for rule in near.get(kind, [])]


def price_for(
    goods: Goods,
    quantity: int,
    *,
    buyer: Buyer = ANYBODY,
    rules: Sequence[Rule] = (),
    terms: Terms = Terms(),
) -> Priced:
    """What `quantity` pieces cost this buyer; `rules` are those of `rules_for`.

    The lowest price counts; rules are not added up, and none goes above the product's
    price or below its floor. What more pieces would cost in all is the most that fewer
    do: otherwise nine could cost more than ten. Without a rule it is the product's
    price. Raises ValueError for less than one piece.
    """
    if quantity < 1:
        raise ValueError("Nobody orders less than one piece.")
    fitting = [
        rule
        for rule in rules
        if rule.kind != RuleKind.EVERYBODY
        and rule.tier.rank <= buyer.tier.rank
        and rule.minimum_volume <= buyer.volume
    ]
    counts = {rule.minimum_quantity for rule in fitting}
    more = sorted(count for count in counts if quantity < count <= goods.most)
    usual = goods.price * quantity
    best = Priced(usual, usual)
    for count in (quantity, *more):
        for rule in fitting:
            if rule.minimum_quantity > count:
                continue
            total = count * _each(goods, rule, terms)
            if total < best.total:
                best = Priced(usual, total, rule)
    return best


def public_price(goods: Goods, *, rules: Sequence[Rule], terms: Terms) -> int | None:
    """What a product should cost everybody by its margin rule; None without one.

    Without a known cost no margin says anything.
    """
    found = [rule for rule in rules if rule.kind == RuleKind.EVERYBODY]
    if not found or not goods.cost:
        return None
    return with_margin(goods.cost, rate=found[0].rate, terms=terms)


def with_margin(cost: int, *, rate: int, terms: Terms) -> int:
    """The cost with a rate on top, in the store's steps and not below its floor."""
    return _in_steps(cost * (WHOLE + rate), floor=terms.floor(cost), step=terms.step)


def kept_margin(goods: Goods, *, cost: int, terms: Terms) -> int:
    """The price that keeps a product's margin when it comes to cost another sum.

    What was sold below its cost is raised to the floor. Raises ValueError where the
    cost before is not known.
    """
    if not goods.cost:
        raise ValueError("Without a cost there is no margin to keep.")
    rate = max(0, (goods.price - goods.cost) * WHOLE // goods.cost)
    return with_margin(cost, rate=rate, terms=terms)


def _each(goods: Goods, rule: Rule, terms: Terms) -> int:
    """One piece by this rule: not above its price, and not below its floor."""
    if rule.basis == PriceBasis.COST and not goods.cost:
        return goods.price  # a margin on nothing would give it away
    exact = (
        goods.cost * (WHOLE + rule.rate)
        if rule.basis == PriceBasis.COST
        else goods.price * (WHOLE - rule.rate)
    )
    floor = max(1, terms.floor(goods.cost))
    return min(goods.price, _in_steps(exact, floor=floor, step=terms.step))


def _in_steps(exact: int, *, floor: int, step: int) -> int:
    """`exact` / WHOLE rupiah in whole steps, rounded half up, at least `floor`."""
    size = WHOLE * step
    rounded = (2 * exact + size) // (2 * size) * step
    return rounded if rounded >= floor else -(-floor // step) * step


@dataclass(frozen=True)
class PriceBook:
    """The rules that can count for some products, and the store's terms."""

    rules: tuple[Rule, ...] = ()
    terms: Terms = Terms()

    @property
    def needs_volume(self) -> bool:
        """Whether a price depends on what the buyer paid before."""
        return any(rule.minimum_volume for rule in self.rules)

    def price(
        self,
        goods: Goods,
        quantity: int,
        *,
        product_id: int,
        category_id: int | None,
        buyer: Buyer,
    ) -> Priced:
        """What so many pieces of a product (our rows' ids) cost this buyer."""
        rules = rules_for(self.rules, product_id=product_id, category_id=category_id)
        return price_for(goods, quantity, buyer=buyer, rules=rules, terms=self.terms)
