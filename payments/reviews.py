"""What buyers thought of their orders: the list, and the average of each product."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db.models import Count, Sum

from payments.models import OrderLine, Review

STARS = (5, 4, 3, 2, 1)
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Rating:
    """How a product, or the whole store, was rated."""

    count: int
    stars: int

    @property
    def average(self) -> Decimal:
        """Stars per review, to a tenth; nought without reviews."""
        if not self.count:
            return Decimal(0)
        exact = Decimal(self.stars) / self.count
        return exact.quantize(_TENTH, rounding=ROUND_HALF_UP)


def review_page(
    *,
    stars: int | None = None,
    product: UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Review]:
    """The store's reviews, newest first; `before` continues after that id."""
    reviews = Review.objects.select_related("order", "customer")
    if stars is not None:
        reviews = reviews.filter(stars=stars)
    if product is not None:
        of_product = OrderLine.objects.filter(product__public_id=product)
        reviews = reviews.filter(order__in=of_product.values("order"))
    if before is not None:
        reviews = reviews.filter(pk__lt=before)
    return list(
        reviews.prefetch_related("order__lines__product").order_by("-pk")[:limit]
    )


def ratings_of_products() -> dict[int, Rating]:
    """How each product was rated; those that never were lack. Test money counts not."""
    rows = (
        Review.objects.filter(order__is_test=False)
        .values("order__lines__product_id")
        .annotate(count=Count("pk"), total=Sum("stars"))
    )
    return {
        row["order__lines__product_id"]: Rating(row["count"], row["total"])
        for row in rows
    }


def rating_of_store(ratings: Mapping[int, Rating]) -> Rating:
    """All reviews together."""
    return Rating(
        sum(rating.count for rating in ratings.values()),
        sum(rating.stars for rating in ratings.values()),
    )
