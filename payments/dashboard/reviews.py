"""What buyers thought: all reviews, by stars and by product."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from catalog import selectors as catalog
from payments import reviews as selectors
from payments.reviews import STARS
from ppob.kit.pages import read_position, render_live
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

PAGE = 50


@require_safe
@store_page(Permission.SEE_ORDERS)
def reviews(request: StoreRequest, store: str) -> HttpResponse:
    """The newest reviews, fifty at a time, and how each product is rated."""
    stars = request.GET.get("bintang", "")
    stars = stars if stars in map(str, STARS) else ""
    product = _read_id(request.GET.get("produk", ""))
    before = read_position(request)
    found = selectors.review_page(
        stars=int(stars) if stars else None,
        product=product,
        before=before,
        limit=PAGE + 1,
    )
    ratings = selectors.ratings_of_products()
    products = catalog.list_products(include_hidden=True)
    context = {
        "reviews": found[:PAGE],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "is_first_page": before is None,
        "stars": stars,
        "choices": STARS,
        "product": str(product or ""),
        "rated": [(each, ratings[each.pk]) for each in products if each.pk in ratings],
        "rating": selectors.rating_of_store(ratings),
        "section": "orders",
    }
    return render_live(
        request, "payments/reviews.html", "payments/_reviews.html", context
    )


def _read_id(text: str) -> UUID | None:
    """A product's public id from an address, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
