"""What sellers do with their products. Every change is audited and announced."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from catalog import locks
from catalog.events import ProductChanged
from catalog.images import clean_image
from catalog.models import Category, Product
from catalog.services.drafts import LooksLikeSecret, ProductDraft, checked
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.events import announce
from ppob.kit.versions import Facts, require_unchanged
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission

__all__ = [
    "LooksLikeSecret",
    "ProductDraft",
    "SkuTaken",
    "add_product",
    "archive_product",
    "change_product",
    "facts_of",
    "show_products",
]

_COLUMNS = (
    "name",
    "sku",
    "price",
    "cost",
    "description",
    "minimum_stock",
    "category_id",
    "is_active",
    "is_visible",
    "position",
)


class SkuTaken(InvalidInput):
    """Another product of the store has this SKU."""

    code = "SKU_TAKEN"
    default = _("Another product already has this SKU.")


def add_product(*, actor: Actor, draft: ProductDraft, now: datetime) -> Product:
    """Add a new product to the store.

    Raises NotAllowed, SkuTaken or another InvalidInput; then nothing is kept.
    """
    require(actor, Permission.EDIT_CATALOG)
    tidy = checked(draft)
    image = _store_image(tidy)
    with unit_of_work("catalog.add_product"):
        product = Product(
            kind=tidy.kind,
            image=image,
            created_at=now,
            updated_at=now,
            **_values(tidy),
        )
        _write(product)
        after = _values(tidy) | {"kind": tidy.kind, "image": image}
        _record(actor, "product.added", product, now=now, after=after)
    return product


def facts_of(product: Product) -> Facts:
    """What can be changed of a product, as it is now."""
    return _columns(product, (*_COLUMNS, "image"))


def change_product(
    *,
    actor: Actor,
    product: Product,
    draft: ProductDraft,
    now: datetime,
    seen: str | None = None,
) -> Product:
    """Bring a product up to date with the draft; orders keep their old prices.

    A product's kind stays what it was. `seen` is the version of what was read. Raises
    NotAllowed, NotFound when it was deleted meanwhile, ChangedMeanwhile, SkuTaken or
    another InvalidInput.
    """
    require(actor, Permission.EDIT_CATALOG)
    tidy = checked(draft, default_sku=product.sku)
    if tidy.kind != product.kind:
        raise InvalidInput(_("A product's kind cannot change."), field="kind")
    values = _values(tidy)
    image = _store_image(tidy)
    if image or tidy.removes_image:
        values["image"] = image
    with unit_of_work("catalog.change_product"):
        old = _lock(product)
        # Compared under the lock: of two who save at once, one wins.
        require_unchanged(seen, _columns(old, values))
        _update(product, values | {"updated_at": now})
        _record(
            actor,
            "product.changed",
            old,
            now=now,
            before=_columns(old, values),
            after=values,
        )
    product.refresh_from_db()
    return product


def show_products(
    *, actor: Actor, product_ids: Collection[int], is_visible: bool, now: datetime
) -> int:
    """Put products onto the store's panels or take them off; how many changed."""
    require(actor, Permission.EDIT_CATALOG)
    with unit_of_work("catalog.show_products"):
        changed = list(
            # Only what changes: a press that changes nothing leaves no history.
            locks.lock_products(product_ids).filter(is_visible=not is_visible)
        )
        Product.objects.filter(pk__in=[product.pk for product in changed]).update(
            is_visible=is_visible, updated_at=now
        )
        for product in changed:
            _record(
                actor,
                "product.shown" if is_visible else "product.hidden",
                product,
                now=now,
                before={"is_visible": product.is_visible},
                after={"is_visible": is_visible},
            )
    return len(changed)


def archive_product(*, actor: Actor, product: Product, now: datetime) -> None:
    """Delete a product for sellers and buyers; orders keep pointing at its row.

    Raises NotAllowed, or NotFound when it was deleted before.
    """
    require(actor, Permission.EDIT_CATALOG)
    with unit_of_work("catalog.archive_product"):
        old = _lock(product)
        gone = {"archived_at": now, "is_active": False, "is_visible": False}
        _update(product, gone | {"updated_at": now})
        _record(
            actor,
            "product.archived",
            old,
            now=now,
            before=_columns(old, gone),
            after=gone,
        )


def _values(draft: ProductDraft) -> dict[str, Any]:
    return {column: getattr(draft, column) for column in _COLUMNS}


def _columns(product: Product, names: Iterable[str]) -> dict[str, Any]:
    columns = {name: getattr(product, name) for name in names}
    return columns | {"image": product.image.name} if "image" in columns else columns


def _readable(values: dict[str, Any] | None) -> dict[str, Any]:
    """The columns as the history tells them: a category by its name."""
    told = dict(values or {})
    if "category_id" in told:
        category_id = told.pop("category_id")
        found = Category.objects.filter(pk=category_id).first()
        told["category"] = found.name if found else None
    return told


def _lock(product: Product) -> Product:
    found = locks.lock_products([product.pk]).first()
    if found is None:
        raise NotFound
    return found


def _store_image(draft: ProductDraft) -> str:
    # Before the transaction: a file without a row harms nobody, the reverse would.
    if draft.image is None:
        return ""
    content = clean_image(draft.image)
    return default_storage.save(f"products/{content.name}", content)


def _write(product: Product) -> None:
    try:
        with unit_of_work("catalog.write_product"):
            product.save()
    except IntegrityError as error:
        raise _explained(error) from error


def _update(product: Product, values: dict[str, Any]) -> None:
    try:
        with unit_of_work("catalog.update_product"):
            changed = Product.objects.filter(pk=product.pk, archived_at=None).update(
                **values
            )
    except IntegrityError as error:
        raise _explained(error) from error
    if not changed:
        raise NotFound


def _explained(error: IntegrityError) -> Exception:
    if "product_sku_once_per_store" in str(error):
        return SkuTaken(field="sku")
    # Any other broken rule is our mistake and must not look like the seller's.
    return error


def _record(
    actor: Actor,
    action: str,
    product: Product,
    *,
    now: datetime,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    audit.record(
        actor=actor.name,
        action=action,
        object=f"product:{product.pk}",
        now=now,
        before=_readable(before),
        after=_readable(after),
        data={"name": product.name, "sku": product.sku},
    )
    announce(ProductChanged(actor.tenant_id, product.pk))
    live.announce(actor.tenant_id, "products", product_id=product.pk)
