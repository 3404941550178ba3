"""What sellers decide about their prices: rules, margins, and how to round.

Orders that exist keep their prices, whatever is decided here.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from catalog import locks, selectors
from catalog.events import ProductChanged
from catalog.models import Category, PricePolicy, PriceRule, Product
from catalog.models.pricing import MOST_OFF, MOST_ON_TOP
from catalog.pricing import (
    MOST_PIECES,
    WHOLE,
    Goods,
    percent,
    public_price,
    rules_for,
)
from catalog.states import CostReaction, PriceBasis, ProductKind
from ppob.kit import live
from ppob.kit.db import require_transaction, savepoint, unit_of_work
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.events import announce
from ppob.kit.i18n import filled
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.versions import Facts, require_unchanged, version_of
from security.secret_text import looks_like_secret
from security.services import audit
from tenants import locks as tenant_locks
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.services import settings
from tenants.states import CustomerTier

NAME_LENGTH = 40
STORE = "store"
STEPS = (1, 10, 50, 100, 500, 1_000)
_COLUMNS = (
    "category_id",
    "product_id",
    "tier",
    "minimum_quantity",
    "minimum_volume",
    "basis",
    "rate",
    "name",
)
_RATES = ("rate", "least_rate", "alarm_rate")
_TERMS = ("least_rate", "on_cost_change", "alarm_rate")


class RuleTaken(InvalidInput):
    """The store has a rule for the same buyers and products."""

    code = "PRICE_RULE_TAKEN"
    default = _(
        "There is a rule for the same products, tier, quantity and amount already. "
        "Change that one."
    )


@dataclass(frozen=True)
class RuleDraft:
    """A price rule as it was entered; what the columns mean says `PriceRule`."""

    basis: str
    rate: int
    tier: str = CustomerTier.MEMBER
    minimum_quantity: int = 1
    minimum_volume: int = 0
    category_id: int | None = None
    product_id: int | None = None
    name: str = ""


@dataclass(frozen=True)
class TermsDraft:
    """How the store reckons, as it was entered; see `PricePolicy`.

    `step` is what all prices that it computes are rounded to (rupiah).
    """

    step: int = 100
    least_rate: int = 0
    on_cost_change: str = CostReaction.TELL
    alarm_rate: int = 1_000


@dataclass(frozen=True)
class NewPrice:
    """A product, and what it should cost everybody by its margin rule (rupiah)."""

    product: Product
    price: int


def add_rule(*, actor: Actor, draft: RuleDraft, now: datetime) -> PriceRule:
    """Add a price rule. Raises NotAllowed, RuleTaken or another InvalidInput."""
    require(actor, Permission.EDIT_CATALOG)
    values = _checked(draft)
    with unit_of_work("catalog.add_price_rule"):
        rule = PriceRule(created_at=now, **values)
        try:
            with savepoint():
                rule.save()
        except IntegrityError as error:
            raise _explained(error) from error
        _record(actor, "price_rule.added", rule, now=now, after=values)
    return rule


def scope_of(category_id: int | None, product_id: int | None) -> str:
    """What a rule is for, as a form names it: `store`, `category-3` or `product-7`."""
    if product_id is not None:
        return f"product-{product_id}"
    return STORE if category_id is None else f"category-{category_id}"


def facts_of(rule: PriceRule) -> Facts:
    """What can be changed of a rule, as it is now."""
    facts = _columns(rule)
    scope = scope_of(facts.pop("category_id"), facts.pop("product_id"))
    return {"scope": scope, **facts}


def change_rule(
    *,
    actor: Actor,
    rule: PriceRule,
    draft: RuleDraft,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Bring a rule up to date with the draft.

    `seen` is the version of what was read. Raises NotAllowed, NotFound when it was
    removed meanwhile, ChangedMeanwhile, RuleTaken or another InvalidInput.
    """
    require(actor, Permission.EDIT_CATALOG)
    values = _checked(draft)
    with unit_of_work("catalog.change_price_rule"):
        old = _lock(rule)
        require_unchanged(seen, facts_of(old))
        try:
            with savepoint():
                PriceRule.objects.filter(pk=old.pk).update(**values)
        except IntegrityError as error:
            raise _explained(error) from error
        before = _columns(old)
        _record(actor, "price_rule.changed", old, now=now, before=before, after=values)


def remove_rule(*, actor: Actor, rule: PriceRule, now: datetime) -> None:
    """Remove a rule; NotAllowed, or NotFound when it was removed before."""
    require(actor, Permission.EDIT_CATALOG)
    with unit_of_work("catalog.remove_price_rule"):
        old = _lock(rule)
        PriceRule.objects.filter(pk=old.pk).delete()
        before = _columns(old)
        _record(actor, "price_rule.removed", old, now=now, before=before)


def facts_of_terms(policy: PricePolicy, store: Tenant) -> Facts:
    """What can be changed of how the store reckons, as it is now."""
    return {"step": store.price_step} | {name: getattr(policy, name) for name in _TERMS}


def change_terms(
    *, actor: Actor, draft: TermsDraft, now: datetime, seen: str | None = None
) -> None:
    """Set how the store reckons and what follows a supplier's new cost.

    `seen` is the version of what was read. Raises NotAllowed, InvalidInput or
    ChangedMeanwhile.
    """
    require(actor, Permission.EDIT_CATALOG)
    _check_terms(draft)
    with unit_of_work("catalog.change_price_terms"):
        # A store that chose nothing has no row yet: its own row is the lock.
        store = tenant_locks.lock_store(actor.tenant_id)
        before = facts_of_terms(selectors.find_price_policy(), store)
        require_unchanged(seen, before)
        columns = {name: getattr(draft, name) for name in _TERMS}
        PricePolicy.objects.update_or_create(
            tenant_id=actor.tenant_id, defaults=columns
        )
        settings.set_price_step(store, draft.step)
        audit.record(
            actor=actor.name,
            action="price_policy.changed",
            object=f"tenant:{actor.tenant_id}",
            now=now,
            before=_readable_rates(before),
            after=_readable_rates(asdict(draft)),
        )
        live.announce(actor.tenant_id, "products")


def new_prices() -> list[NewPrice]:
    """The products for sale whose price is not what their margin rule makes of it."""
    products = selectors.list_products(include_hidden=True)
    book = selectors.price_book(products)
    found = []
    for product in products:
        rules = rules_for(
            book.rules, product_id=product.pk, category_id=product.category_id
        )
        price = public_price(
            Goods(product.price, product.cost), rules=rules, terms=book.terms
        )
        if price is not None and price != product.price and price <= MAX_AMOUNT:
            found.append(NewPrice(product, price))
    return found


def version_of_prices(prices: Sequence[NewPrice]) -> str:
    """What `apply_margins` compares: which products get which prices."""
    return version_of({"prices": _pairs(prices)})


def apply_margins(*, actor: Actor, now: datetime, seen: str | None = None) -> int:
    """Set the prices that margin rules make; how many changed.

    `seen` is the version of the list that was shown (`version_of_prices`). Raises
    NotAllowed, or ChangedMeanwhile where the list is another one by now.
    """
    require(actor, Permission.EDIT_CATALOG)
    with unit_of_work("catalog.apply_margins"):
        # Locked, and read again: a price that somebody types meanwhile waits.
        list(locks.lock_products([each.product.pk for each in new_prices()]))
        prices = new_prices()
        require_unchanged(seen, {"prices": _pairs(prices)})
        for each in prices:
            set_price(each.product, each.price, actor=actor.name, now=now)
    return len(prices)


def set_price(product: Product, price: int, *, actor: str, now: datetime) -> None:
    """Write down another price of a locked product; part of the caller's work."""
    require_transaction()
    Product.objects.filter(pk=product.pk).update(price=price, updated_at=now)
    audit.record(
        actor=actor,
        action="product.changed",
        object=f"product:{product.pk}",
        now=now,
        before={"price": product.price},
        after={"price": price},
        data={"name": product.name, "sku": product.sku},
    )
    announce(ProductChanged(product.tenant_id, product.pk))
    live.announce(product.tenant_id, "products", product_id=product.pk)


def _pairs(prices: Sequence[NewPrice]) -> list[list[int]]:
    return sorted([each.product.pk, each.price] for each in prices)


def _checked(draft: RuleDraft) -> dict[str, Any]:
    values = asdict(draft) | {"name": " ".join(draft.name.split())}
    if looks_like_secret(values["name"]) or len(values["name"]) > NAME_LENGTH:
        raise InvalidInput(_("Enter a name of up to 40 characters."), field="name")
    if draft.tier not in CustomerTier.values:
        raise InvalidInput(_("There is no such tier."), field="tier")
    if not 1 <= draft.minimum_quantity <= MOST_PIECES:
        raise InvalidInput(
            filled(_("Choose a quantity from 1 to %(most)d."), most=MOST_PIECES),
            field="minimum_quantity",
        )
    if not 0 <= draft.minimum_volume <= MAX_AMOUNT:
        raise InvalidInput(
            _("Enter an amount of up to a billion rupiah."), field="minimum_volume"
        )
    _check_rate(draft)
    _check_scope(draft)
    return values


def _check_rate(draft: RuleDraft) -> None:
    if draft.basis not in PriceBasis.values:
        raise InvalidInput(_("Choose a margin or a discount."), field="basis")
    is_discount = draft.basis == PriceBasis.PRICE
    least, most = (1, MOST_OFF) if is_discount else (0, MOST_ON_TOP)
    if not least <= draft.rate <= most:
        raise InvalidInput(
            _("A discount is from 0.01 to 90 %, a margin from 0 to 1000 %."),
            field="rate",
        )
    is_for_all = draft.tier == CustomerTier.MEMBER and not draft.minimum_volume
    if is_discount and is_for_all and draft.minimum_quantity == 1:
        raise InvalidInput(
            _(
                "A discount needs a tier, a quantity or an amount: what everybody pays "
                "is the product's price."
            ),
            field="basis",
        )


def _check_scope(draft: RuleDraft) -> None:
    if (
        draft.category_id is not None
        and not Category.objects.filter(pk=draft.category_id).exists()
    ):
        raise InvalidInput(_("There is no such category."), field="scope")
    if draft.category_id is not None and draft.product_id is not None:
        raise InvalidInput(_("Choose a category or a product."), field="scope")
    if draft.product_id is None:
        return
    product = Product.objects.filter(pk=draft.product_id, archived_at=None).first()
    if product is None:
        raise InvalidInput(_("There is no such product."), field="scope")
    if product.kind == ProductKind.TOPUP and draft.minimum_quantity > 1:
        raise InvalidInput(
            _("Top-ups are ordered one at a time."), field="minimum_quantity"
        )


def _check_terms(draft: TermsDraft) -> None:
    if draft.step not in STEPS:
        raise InvalidInput(_("Choose one of the steps."), field="step")
    if not 0 <= draft.least_rate <= WHOLE:
        raise InvalidInput(_("Enter from 0 to 100 %."), field="least_rate")
    if draft.on_cost_change not in CostReaction.values:
        raise InvalidInput(_("Choose what happens."), field="on_cost_change")
    if not 1 <= draft.alarm_rate <= WHOLE:
        raise InvalidInput(_("Enter from 0.01 to 100 %."), field="alarm_rate")


def _columns(rule: PriceRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _COLUMNS}


def _lock(rule: PriceRule) -> PriceRule:
    found = locks.lock_price_rule(rule.pk)
    if found is None:
        raise NotFound
    return found


def _explained(error: IntegrityError) -> Exception:
    # Any other broken rule is our mistake and must not look like the seller's.
    return RuleTaken() if "price_rule_once" in str(error) else error


def _record(
    actor: Actor,
    action: str,
    rule: PriceRule,
    *,
    now: datetime,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    audit.record(
        actor=actor.name,
        action=action,
        object=f"price_rule:{rule.public_id}",
        now=now,
        before=_readable(before),
        after=_readable(after),
        data={"name": str(rule)},
    )
    live.announce(actor.tenant_id, "products")


def _readable(values: Facts | None) -> dict[str, Any]:
    """The columns as the history tells them: category and product by their names."""
    told = _readable_rates(values or {})
    for column, name, model in (
        ("category_id", "category", Category),
        ("product_id", "product", Product),
    ):
        found = model.objects.filter(pk=told.pop(column, None)).first()
        told[name] = found.name if found else None
    return told


def _readable_rates(values: Facts) -> dict[str, Any]:
    return {
        name: percent(value) if isinstance(value, int) and name in _RATES else value
        for name, value in values.items()
    }
