"""Which of a supplier's goods are which products of the store."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from catalog import destinations, games
from catalog.models import Category, Product
from catalog.pricing import marked_up
from catalog.services import categories, products
from catalog.services.categories import CategoryDraft
from catalog.services.products import ProductDraft
from catalog.states import ProductKind
from inventory import locks
from inventory.models import SupplierProduct
from inventory.services import purchase_routes
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.i18n import filled
from ppob.kit.money import MAX_AMOUNT, rupiah
from ppob.kit.versions import Facts, require_unchanged
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Tenant
from tenants.permissions import Permission

MOST_AT_ONCE = 100
MOST_PERCENT = Decimal(500)
MOST_PRIORITY, MOST_SHARE = 100, 100
IMPORTED_POSITION = 100  # behind what the seller placed on purpose


@dataclass(frozen=True)
class ImportDraft:
    """Goods to sell (our rows' ids), and what is put on their cost (per cent).

    Bills have no cost before they are asked for: each is sold for a `fee` (rupiah).
    """

    option_ids: Collection[int]
    percent: Decimal
    fee: int | None = None
    is_visible: bool = True


@dataclass(frozen=True)
class RouteDraft:
    """How one supplier's goods are used for a product.

    `destination_format` says how this supplier wants the account written, where its
    usual way is wrong. The rest is as in `SupplierProduct`; `most_cost` is rupiah.
    """

    destination_format: str = ""
    priority: int | None = None
    share: int = 0
    most_cost: int | None = None


def facts_of(option: SupplierProduct) -> Facts:
    """What can be changed of a line of a price list, as it is now."""
    return {
        "product": option.product_id,
        "destination_format": option.destination_format,
        "priority": option.priority,
        "share": option.share,
        "most_cost": option.most_cost,
    }


_USUAL = RouteDraft()


def map_product(
    *,
    actor: Actor,
    option: SupplierProduct,
    product: Product | None,
    now: datetime,
    draft: RouteDraft = _USUAL,
    seen: str | None = None,
) -> SupplierProduct:
    """Say that the supplier's `option` is this product of the store, or none.

    Only what was mapped is ever bought. `seen` is the version of what was read. Raises
    NotAllowed, NotFound for another store's rows, ChangedMeanwhile, or InvalidInput for
    codes, for products that the account serves already, for bills that a number alone
    is not enough for, for a format that names what the game's account has not, and for
    numbers out of range.
    """
    require(actor, Permission.EDIT_CATALOG)
    if product is not None and product.tenant_id != actor.tenant_id:
        raise NotFound
    if product is not None:
        _check_kind(option, product)
        _check_input(option)
    draft = replace(draft, destination_format=draft.destination_format.strip())
    _check_format(draft.destination_format, product)
    _check_place(draft)
    with unit_of_work("inventory.map_product"):
        old = locks.lock_supplier_product(option)
        if old is None:
            raise NotFound
        # Compared under the lock: of two who save at once, one wins.
        require_unchanged(seen, facts_of(old))
        _point(option, product, draft)
        audit.record(
            actor=actor.name,
            action="supplier.mapped",
            object=f"supplier_account:{old.account.public_id}",
            now=now,
            before={"sku": old.sku, "product": _name(old.product), **_place_of(old)},
            after={"sku": old.sku, "product": _name(product), **_place_of(draft)},
        )
        live.announce(actor.tenant_id, "suppliers")
        live.announce(actor.tenant_id, "products")
    option.refresh_from_db()
    return option


def import_products(
    *, actor: Actor, draft: ImportDraft, now: datetime
) -> list[Product]:
    """Sell these goods: each becomes a product with its cost and the percentage on it.

    Games that the store lacks are added. What is a product already, and what nobody can
    buy there any more, is left out. All or nothing. Raises NotAllowed, or InvalidInput,
    for bills as well that a number alone is not enough for.
    """
    require(actor, Permission.EDIT_CATALOG)
    if not 1 <= len(draft.option_ids) <= MOST_AT_ONCE:
        raise InvalidInput(
            filled(_("Tick from 1 to %(most)d goods."), most=MOST_AT_ONCE)
        )
    if not 0 <= draft.percent <= MOST_PERCENT:
        raise InvalidInput(
            filled(_("The margin is from 0 to %(most)d per cent."), most=MOST_PERCENT),
            field="percent",
        )
    if draft.fee is not None and not 1 <= draft.fee <= MAX_AMOUNT:
        raise InvalidInput(_("The fee for a bill is at least Rp 1."), field="fee")
    step = Tenant.objects.get(pk=actor.tenant_id).price_step
    with unit_of_work("inventory.import_products"):
        # Locked: of two who import the same goods, one makes products of them.
        chosen = locks.lock_unsold_goods(draft.option_ids)
        return [
            _import(actor, option, draft, place, step=step, now=now)
            for place, option in enumerate(sorted(chosen, key=_by_cost))
        ]


def _import(
    actor: Actor,
    option: SupplierProduct,
    draft: ImportDraft,
    place: int,
    *,
    step: int,
    now: datetime,
) -> Product:
    price = _price_of(option, draft, step=step)
    category = _category_of(actor, option, now=now)
    product = products.add_product(
        actor=actor,
        draft=ProductDraft(
            name=option.name[:80],
            price=min(max(price, 1), MAX_AMOUNT),
            cost=option.cost,
            minimum_stock=0,
            category_id=category.pk if category else None,
            is_visible=draft.is_visible,
            position=IMPORTED_POSITION + place,
            kind=_kind_of(option),
        ),
        now=now,
    )
    map_product(actor=actor, option=option, product=product, now=now)
    return product


def _price_of(option: SupplierProduct, draft: ImportDraft, *, step: int) -> int:
    if not option.is_bill:
        return marked_up(option.cost, percent=draft.percent, step=step)
    if draft.fee is None:
        raise InvalidInput(_("Enter the fee for bills."), field="fee")
    return draft.fee


def _kind_of(option: SupplierProduct) -> ProductKind:
    return ProductKind.BILL if option.is_bill else ProductKind.TOPUP


def _check_kind(option: SupplierProduct, product: Product) -> None:
    if product.kind == _kind_of(option):
        return
    if option.is_bill:
        raise InvalidInput(_("Choose a product that is a bill."), field="product")
    raise InvalidInput(_("Choose a top-up product."), field="product")


def _check_input(option: SupplierProduct) -> None:
    missing = purchase_routes.bill_input(option, option.account.kind)
    if missing is not None:
        raise InvalidInput(
            filled(
                _("%(name)s cannot be sold here. %(reason)s"),
                name=option.name,
                reason=missing.label,
            ),
            field="product",
        )


def _by_cost(option: SupplierProduct) -> tuple[int, int]:
    return option.cost, option.pk


def _category_of(
    actor: Actor, option: SupplierProduct, *, now: datetime
) -> Category | None:
    """The store's category for what the supplier calls it, made where it is known."""
    if option.is_bill:
        return _bill_category(actor, option, now=now)
    kind = games.find_kind(option.brand, option.category)
    if kind is None:
        return None
    known: Category | None = Category.objects.filter(code=kind.code).first()
    if known is not None:
        return known
    return categories.keep_category(
        actor=actor,
        draft=CategoryDraft(
            code=kind.code,
            name=kind.name,
            emoji=kind.emoji,
            destination_fields=[dict(each) for each in kind.destination_fields],
            position=Category.objects.count(),
        ),
        now=now,
    )


def _bill_category(actor: Actor, option: SupplierProduct, *, now: datetime) -> Category:
    """The store's shelf for such bills, made where it is missing."""
    kind = games.find_bill(option.brand, option.name)
    known: Category | None = Category.objects.filter(code=kind.code).first()
    return known or categories.keep_category(
        actor=actor,
        draft=CategoryDraft(
            code=kind.code,
            name=kind.name,
            emoji=kind.emoji,
            position=Category.objects.count(),
        ),
        now=now,
    )


def _place_of(route: SupplierProduct | RouteDraft) -> dict[str, int | None]:
    return {
        "priority": route.priority,
        "share": route.share,
        "most_cost": route.most_cost,
    }


def _check_place(draft: RouteDraft) -> None:
    if draft.priority is not None and not 1 <= draft.priority <= MOST_PRIORITY:
        raise InvalidInput(
            filled(_("Enter a number from 1 to %(most)d."), most=MOST_PRIORITY),
            field="priority",
        )
    if not 0 <= draft.share <= MOST_SHARE:
        raise InvalidInput(
            filled(_("Enter a number from 0 to %(most)d."), most=MOST_SHARE),
            field="share",
        )
    if draft.most_cost is not None and not 1 <= draft.most_cost <= MAX_AMOUNT:
        raise InvalidInput(
            filled(
                _("Enter an amount from Rp 1 to %(most)s."), most=rupiah(MAX_AMOUNT)
            ),
            field="most_cost",
        )


def _point(option: SupplierProduct, product: Product | None, draft: RouteDraft) -> None:
    try:
        with unit_of_work("inventory.point_option"):
            SupplierProduct.objects.filter(pk=option.pk).update(
                product=product, **asdict(draft)
            )
    except IntegrityError:
        raise InvalidInput(
            _("This account serves the product under another code already."),
            field="product",
        ) from None


def _check_format(written: str, product: Product | None) -> None:
    if not written:
        return
    category = product.category if product else None
    fields = destinations.read_fields(category.destination_fields if category else [])
    try:
        destinations.fill(written, {field.name: "1" for field in fields})
    except destinations.BadDestination:
        names = ", ".join(f"{{{field.name}}}" for field in fields)
        raise InvalidInput(
            filled(_("Use only %(names)s."), names=names), field="destination_format"
        ) from None


def _name(product: Product | None) -> str:
    return product.name if product else ""
