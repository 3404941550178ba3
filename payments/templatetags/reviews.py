"""Stars beside products, on pages of apps that know of no reviews."""

from collections.abc import Mapping

from django import template

from payments.reviews import Rating, ratings_of_products

register = template.Library()


@register.simple_tag
def product_ratings() -> dict[int, Rating]:
    """The ratings of all products of the store, in one query for the whole page."""
    return ratings_of_products()


@register.filter
def of_product(ratings: Mapping[int, Rating], product_id: int) -> Rating | None:
    """This product's rating, or None while nobody has rated it."""
    return ratings.get(product_id)
