"""What a supplier sells, entered by the store: for suppliers that tell no prices.

What is entered stands where others' price lists do, so goods are sold, mapped and
routed in the same way. Nothing reads it again: a cost that changes there is the store's
to change here.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from inventory import locks
from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import price_guard
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.versions import Facts, require_unchanged
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission

NAME_LENGTH, CODE_LENGTH, BRAND_LENGTH = 120, 60, 60


@dataclass(frozen=True)
class GoodsDraft:
    """One of a supplier's goods; `cost` is what it asks, in whole rupiah.

    `brand` is the game or operator, by which the store's category is found.
    """

    name: str
    cost: int
    brand: str = ""
    is_available: bool = True


def facts_of(option: SupplierProduct) -> Facts:
    """What can be changed of goods that were entered, as it is now."""
    return {
        "name": option.name,
        "cost": option.cost,
        "brand": option.brand,
        "is_available": option.is_available,
    }


def add_goods(
    *,
    actor: Actor,
    account: SupplierAccount,
    sku: str,
    draft: GoodsDraft,
    now: datetime,
) -> SupplierProduct:
    """Enter what the account can buy under the supplier's code `sku`; once each.

    The code is sent as it is written. Raises NotAllowed, NotFound for another store's
    account, or InvalidInput: also for a supplier whose price list is read.
    """
    require(actor, Permission.EDIT_CATALOG)
    if account.tenant_id != actor.tenant_id:
        raise NotFound
    _check(account, draft)
    code = sku.strip()
    if not 1 <= len(code) <= CODE_LENGTH:
        raise InvalidInput(_("Enter the supplier's code."), field="sku")
    option = SupplierProduct(
        tenant_id=account.tenant_id,
        account=account,
        sku=code,
        updated_at=now,
        **_columns(draft),
    )
    try:
        with unit_of_work("inventory.add_goods"):
            option.save()
            _tell(actor, option, "supplier.goods_added", now=now)
    except IntegrityError:
        raise InvalidInput(_("This code is entered already."), field="sku") from None
    return option


def change_goods(
    *,
    actor: Actor,
    option: SupplierProduct,
    draft: GoodsDraft,
    now: datetime,
    seen: str | None = None,
) -> SupplierProduct:
    """Change what was entered; another code is another line.

    `seen` is the version of what was read. Raises NotAllowed, NotFound for another
    store's line, ChangedMeanwhile, or InvalidInput.
    """
    require(actor, Permission.EDIT_CATALOG)
    if option.tenant_id != actor.tenant_id:
        raise NotFound
    with unit_of_work("inventory.change_goods"):
        old = locks.lock_supplier_product(option)
        if old is None:
            raise NotFound
        _check(old.account, draft)
        # Compared under the lock: of two who save at once, one wins.
        require_unchanged(seen, facts_of(old))
        before = old.cost
        SupplierProduct.objects.filter(pk=old.pk).update(
            updated_at=now, **_columns(draft)
        )
        old.refresh_from_db()
        _tell(actor, old, "supplier.goods_changed", now=now, before=before)
    # As after a price list that was read.
    price_guard.follow_costs(old.account, now=now)
    return old


def _check(account: SupplierAccount, draft: GoodsDraft) -> None:
    if account.tells_prices:
        raise InvalidInput(_("This supplier's price list is read by itself."))
    if not 1 <= len(draft.name.strip()) <= NAME_LENGTH:
        raise InvalidInput(_("Enter a name."), field="name")
    if len(draft.brand.strip()) > BRAND_LENGTH:
        raise InvalidInput(_("This is too long."), field="brand")
    # What costs nothing would be sold at any price, and nothing set aside for it.
    if not 1 <= draft.cost <= MAX_AMOUNT:
        raise InvalidInput(_("Enter what the supplier asks for it."), field="cost")


def _columns(draft: GoodsDraft) -> dict[str, object]:
    return {
        "name": draft.name.strip(),
        "cost": draft.cost,
        "brand": draft.brand.strip(),
        "is_available": draft.is_available,
    }


def _tell(
    actor: Actor,
    option: SupplierProduct,
    action: str,
    *,
    now: datetime,
    before: int | None = None,
) -> None:
    # It marks the account as changed, too: panels look again.
    SupplierAccount.objects.filter(pk=option.account_id).update(prices_at=now)
    audit.record(
        actor=actor.name,
        action=action,
        object=f"supplier_account:{option.account.public_id}",
        now=now,
        before={"sku": option.sku, "cost": before} if before is not None else None,
        after={"sku": option.sku, "cost": option.cost},
    )
    live.announce(option.tenant_id, "suppliers")
    live.announce(option.tenant_id, "products")
