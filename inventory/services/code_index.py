"""Finding the same code again, in every product of a store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.models import Product
from inventory.codes.index import Keys
from inventory.codes.judging import Problem
from inventory.models import StockItem
from inventory.states import ItemStatus

LOOKED_FOR_AT_ONCE = 5_000


@dataclass(frozen=True)
class Twin:
    """Why a code is not new, and in which other product its twin lies."""

    problem: Problem
    product_name: str = ""


@dataclass(frozen=True)
class _Found:
    """A code of the store: its index, where it stands and in which product."""

    code_hash: str
    fold_hash: str
    status: str
    product_id: int


# The worst that can be said of a code is said.
_GRAVITY = (Problem.KNOWN, Problem.ELSEWHERE, Problem.WITHDRAWN, Problem.SIMILAR)


def find_twins(product: Product, keys: Sequence[Keys]) -> dict[int, Twin]:
    """Which of these codes the store has or had, by their position.

    Sold codes and those in quarantine count as well. A twin that was taken out, or that
    differs by capital letters only, is found when there is no other.
    """
    found: dict[str, list[_Found]] = {}
    for row in _rows_like(keys):
        found.setdefault(row.fold_hash, []).append(row)
        found.setdefault(row.code_hash, []).append(row)
    if not found:
        return {}
    worst: dict[int, tuple[Problem, int]] = {}
    for position, key in enumerate(keys):
        rows = [
            *found.get(key.folded, ()),
            *found.get(key.exact, ()),
            *found.get(key.raw, ()),
        ]
        told = [
            (problem, row.product_id)
            for row in rows
            if (problem := _problem(row, key, product)) is not None
        ]
        if told:
            worst[position] = min(told, key=lambda each: _GRAVITY.index(each[0]))
    names = dict(
        Product.objects.filter(
            pk__in={place for _problem, place in worst.values()} - {product.pk}
        ).values_list("pk", "name")
    )
    return {
        position: Twin(problem, names.get(place, ""))
        for position, (problem, place) in worst.items()
    }


def _problem(row: _Found, key: Keys, product: Product) -> Problem | None:
    if row.code_hash not in (key.exact, key.raw):
        # What was taken out stands in nobody's way because it looks alike.
        return None if row.status == ItemStatus.VOID else Problem.SIMILAR
    if row.status == ItemStatus.VOID:
        return Problem.WITHDRAWN
    return Problem.KNOWN if row.product_id == product.pk else Problem.ELSEWHERE


def _rows_like(keys: Sequence[Keys]) -> Iterable[_Found]:
    columns = ("code_hash", "fold_hash", "status", "product_id")
    # Rows without the new index know the code as it stands, and nothing similar.
    has_old = StockItem.objects.filter(index_version=0).exists()
    for start in range(0, len(keys), LOOKED_FOR_AT_ONCE):
        part = keys[start : start + LOOKED_FOR_AT_ONCE]
        similar = StockItem.objects.filter(
            index_version__gte=1, fold_hash__in=[key.folded for key in part]
        )
        for row in similar.values_list(*columns):
            yield _Found(*row)
        if has_old:
            old = StockItem.objects.filter(
                index_version=0,
                code_hash__in={key.exact for key in part} | {key.raw for key in part},
            )
            for code_hash, _fold, status, product_id in old.values_list(*columns):
                yield _Found(code_hash, code_hash, status, product_id)
