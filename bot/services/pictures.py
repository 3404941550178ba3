"""Products' pictures for buyers.

They go along as files: Discord could not fetch our address from a machine at home.
"""

from bot.presenters.draft import FileDraft
from catalog.models import Product

NAME = "product.webp"


def picture_of(product: Product) -> FileDraft | None:
    """The product's picture, or None where there is none or its file is gone."""
    if not product.image:
        return None
    try:
        with product.image.open("rb") as file:
            return FileDraft(NAME, file.read())
    except OSError:  # a message without its picture is better than none
        return None
