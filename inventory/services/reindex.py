"""Giving codes from before the normal form their index, and acting on what it shows.

Codes are sealed, so no migration can compute it: a job does, a few hundred at a time,
until none is left. Codes that turn out to be the same one are not for sale any more but
the first: the others go into quarantine, where the seller finds them.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from inventory import locks
from inventory.codes.index import keys_of
from inventory.codes.normal import INDEX_VERSION
from inventory.models import StockItem
from inventory.services import stock
from inventory.states import LIVE_ITEMS, ItemStatus
from ppob.kit.db import unit_of_work
from security import crypto
from security.services import audit

log = logging.getLogger(__name__)

ACTOR = "job:inventory.index_codes"
AT_ONCE = 300


@dataclass(frozen=True)
class Indexed:
    """What became of a store's older codes.

    `left` have a twin that is held or sold while they are, too, or cannot be opened:
    nothing can be done to them but to tell.
    """

    done: int = 0
    set_aside: int = 0
    left: int = 0


def index_store(*, now: datetime) -> Indexed:
    """Index every older code of the store in scope; running it again does the rest."""
    done = set_aside = left = last = 0
    while True:
        with unit_of_work("inventory.index_codes"):
            # Uploads wait: a code added meanwhile could be the twin of one of these.
            locks.lock_uploads()
            items = locks.unindexed_items(after=last, limit=AT_ONCE)
            if not items:
                break
            last = items[-1].pk
            aside = [_index(item, now=now) for item in items]
            _record_audit(aside, now=now)
        left += aside.count(None)
        set_aside += sum(map(len, filter(None, aside)))
        done += len(items) - aside.count(None)
    if left:
        log.error("%s codes have no index: sold twice, or sealed for others", left)
    return Indexed(done, set_aside, left)


def _index(item: StockItem, *, now: datetime) -> list[StockItem] | None:
    """Give one locked code its index; which codes went into quarantine for it.

    None when it has to stay as it is.
    """
    try:
        keys = keys_of(item.tenant_id, item.code.reveal())
    except crypto.CannotOpen:
        log.error("inventory.StockItem %s cannot be opened", item.pk)
        return None
    aside = _quarantine_twin(item, keys.exact, now=now)
    if aside is None:
        return None
    StockItem.objects.filter(pk=item.pk).update(
        code_hash=keys.exact, fold_hash=keys.folded, index_version=INDEX_VERSION
    )
    return aside


def _quarantine_twin(
    item: StockItem, code_hash: str, *, now: datetime
) -> list[StockItem] | None:
    """Let at most one of equal codes be live; what went into quarantine for it.

    None when both are held or sold: that cannot be undone, or not now.
    """
    if item.status not in LIVE_ITEMS:
        return []
    live = StockItem.objects.filter(
        code_hash=code_hash, status__in=LIVE_ITEMS, index_version__gte=1
    )
    twin_ids = list(live.values_list("pk", flat=True))
    if not twin_ids:
        return []
    twins = [] if item.status == ItemStatus.FREE else locks.lock_items(twin_ids)
    loser = next(
        (each for each in (item, *twins) if each.status == ItemStatus.FREE), None
    )
    if loser is None:
        return None
    stock.set_aside(
        [loser],
        ItemStatus.QUARANTINED,
        actor=ACTOR,
        reason=_("The same code is in stock a second time."),
        now=now,
    )
    return [loser]


def _record_audit(results: "list[list[StockItem] | None]", *, now: datetime) -> None:
    """One audit entry for each product that lost codes to the quarantine."""
    counts = Counter(
        item.product_id for aside in results if aside is not None for item in aside
    )
    for product_id, count in sorted(counts.items()):
        audit.record(
            actor=ACTOR,
            action="stock.quarantined",
            object=f"product:{product_id}",
            now=now,
            reason=_("The same code is in stock a second time."),
            data={"quarantined": count},
        )
