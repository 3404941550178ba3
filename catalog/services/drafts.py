"""What sellers enter for a product, checked before anything is written."""

import re
import unicodedata
from dataclasses import dataclass, replace
from itertools import count

from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Product
from catalog.states import ProductKind
from ppob.kit.errors import InvalidInput
from ppob.kit.money import MAX_AMOUNT, rupiah
from security.secret_text import looks_like_secret

NAME_LENGTH = 80
SKU_LENGTH = 40
DESCRIPTION_LENGTH = 1000
MAX_MINIMUM_STOCK = 100_000
MAX_POSITION = 10_000

_SKU = re.compile(rf"[A-Z0-9][A-Z0-9._-]{{0,{SKU_LENGTH - 1}}}")
# Characters that turn the direction of text around: a name could pose as another.
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


class LooksLikeSecret(InvalidInput):
    """A token or key was pasted into a field that others read."""

    code = "LOOKS_LIKE_SECRET"
    default = _("This looks like a secret token. Nothing was saved.")


@dataclass(frozen=True)
class ProductDraft:
    """A product as the seller entered it; amounts are whole rupiah.

    An empty `sku` is made from the name. Without `image` the product keeps its picture,
    unless `removes_image`.
    """

    name: str
    price: int
    sku: str = ""
    cost: int = 0
    description: str = ""
    minimum_stock: int = 5
    category_id: int | None = None
    is_active: bool = True
    is_visible: bool = True
    position: int = 0
    image: UploadedFile | None = None
    removes_image: bool = False
    kind: str = ProductKind.CODE


def checked(draft: ProductDraft, *, default_sku: str = "") -> ProductDraft:
    """The draft with its texts tidied up; raises InvalidInput naming the field.

    `default_sku` stands in for an empty SKU; without it one is made from the name.
    """
    for field in ("name", "sku", "description"):
        if looks_like_secret(getattr(draft, field)):
            raise LooksLikeSecret(field=field)
    tidy = replace(
        draft,
        name=_line(draft.name),
        sku=_line(draft.sku).upper() or default_sku,
        description=_paragraphs(draft.description),
    )
    _check_texts(tidy)
    _check_numbers(tidy)
    if tidy.kind not in ProductKind.values:
        raise InvalidInput(_("There is no such kind of product."), field="kind")
    if (
        tidy.category_id is not None
        and not Category.objects.filter(pk=tidy.category_id).exists()
    ):
        raise InvalidInput(_("There is no such category."), field="category_id")
    return tidy if tidy.sku else replace(tidy, sku=free_sku(tidy.name))


def free_sku(name: str) -> str:
    """A SKU for sellers who don't use any.

    `Netflix 1 Bulan` gives `NETFLIX-1-BULAN`, or `…-2` when that is taken.
    """
    # Room for the number that tells a second one apart.
    base = slugify(name).upper().strip("-_")[: SKU_LENGTH - 4].strip("-_") or "PRODUK"
    # Nothing is locked: of two who find the same one, the unique index refuses the
    # second.
    taken = set(
        Product.objects.filter(archived_at=None, sku__startswith=base).values_list(
            "sku", flat=True
        )
    )
    numbers = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(n for n in numbers if n not in taken)


def _check_texts(draft: ProductDraft) -> None:
    if not draft.name:
        raise InvalidInput(_("Enter a name."), field="name")
    _check_length(draft.name, NAME_LENGTH, field="name")
    _check_length(draft.description, DESCRIPTION_LENGTH, field="description")
    if draft.sku and not _SKU.fullmatch(draft.sku):
        raise InvalidInput(
            _("A SKU has up to 40 letters, digits, dots, hyphens or underscores."),
            field="sku",
        )


def _check_numbers(draft: ProductDraft) -> None:
    _check_range(
        draft.price,
        (1, MAX_AMOUNT),
        field="price",
        sentence=_("The price must be from %(minimum)s to %(maximum)s."),
        words=(rupiah(1), rupiah(MAX_AMOUNT)),
    )
    _check_range(
        draft.cost,
        (0, MAX_AMOUNT),
        field="cost",
        sentence=_("The cost must be from %(minimum)s to %(maximum)s."),
        words=(rupiah(0), rupiah(MAX_AMOUNT)),
    )
    number = _("Enter a whole number from %(minimum)s to %(maximum)s.")
    _check_range(
        draft.minimum_stock,
        (0, MAX_MINIMUM_STOCK),
        field="minimum_stock",
        sentence=number,
    )
    _check_range(draft.position, (0, MAX_POSITION), field="position", sentence=number)


def _check_range(
    value: int,
    allowed: tuple[int, int],
    *,
    field: str,
    sentence: Promise | str,
    words: tuple[str, str] | None = None,
) -> None:
    minimum, maximum = allowed
    # True and 1.5 are numbers for Python, but no whole rupiah.
    if type(value) is int and minimum <= value <= maximum:
        return
    low, high = words or (str(minimum), str(maximum))
    raise InvalidInput(sentence % {"minimum": low, "maximum": high}, field=field)


def _check_length(text: str, maximum: int, *, field: str) -> None:
    if len(text) > maximum:
        raise InvalidInput(
            _("%(count)d characters at most.") % {"count": maximum}, field=field
        )


def _line(text: str) -> str:
    visible = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter
        for letter in text.translate(_DIRECTIONS)
    )
    return " ".join(visible.split())


def _paragraphs(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_line(line) for line in lines).strip()
