"""What a supplier's price lists changed, and what that leaves of the store's margin."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from catalog.models import Product
from inventory import access, selectors
from inventory.models import PriceChange
from inventory.states import PriceChangeKind
from ppob.kit.pages import read_position, read_search, render_live
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

ROWS = 100
LARGE_PERCENT = 10


@dataclass(frozen=True)
class ChangeRow:
    """A change, and the store's product that the line is sold as, if it is."""

    change: PriceChange
    product: Product | None

    @property
    def left(self) -> int | None:
        """What a sale leaves at the new cost (rupiah); None where nothing is sold."""
        if self.product is None or self.change.new_cost is None:
            return None
        return self.product.price - self.change.new_cost

    @property
    def before(self) -> int | None:
        """What a sale at today's price left at the old cost."""
        if self.product is None or self.change.old_cost is None:
            return None
        return self.product.price - self.change.old_cost

    @property
    def stands_out(self) -> bool:
        """Whether something that the store sells costs much more, or all of its price.

        A tenth is what many stores earn with a top-up.
        """
        old, new = self.change.old_cost, self.change.new_cost
        if self.left is None or self.change.kind != PriceChangeKind.UP or not new:
            return False
        return self.left <= 0 or 100 * new >= (100 + LARGE_PERCENT) * (old or 0)


@require_safe
@store_page(Permission.SEE_COSTS)
def price_changes(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """What changed within three months, newest first, a hundred at a time."""
    account = access.access_supplier_account(
        request.member, public_id, to=Permission.SEE_COSTS
    )
    kind, search = _read_kind(request), read_search(request, longest=80)
    position = read_position(request)
    found = selectors.list_price_changes(
        account, kind=kind, search=search, before=position, limit=ROWS + 1
    )
    shown = found[:ROWS]
    sold = selectors.sold_as(account, {each.sku for each in shown if each.sku})
    context = {
        "account": account,
        "rows": [ChangeRow(each, sold.get(each.sku)) for each in shown],
        "kinds": PriceChangeKind,
        "kind": kind,
        "search": search,
        "older": found[ROWS - 1].pk if len(found) > ROWS else None,
        "is_first_page": position is None,
        "section": "suppliers",
    }
    return render_live(
        request,
        "inventory/price_changes.html",
        "inventory/_price_changes.html",
        context,
    )


def _read_kind(request: StoreRequest) -> PriceChangeKind | None:
    wanted = request.GET.get("jenis", "")
    return PriceChangeKind(wanted) if wanted in PriceChangeKind.values else None
