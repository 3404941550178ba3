"""Which supplier a purchase goes to, and the row that sends it there."""

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from catalog import destinations
from inventory.models import (
    BillInquiry,
    Purchase,
    PurchaseAttempt,
    SupplierAccount,
    SupplierProduct,
)
from inventory.services import bill_days, deposits, purchase_transitions
from inventory.services.jakarta import JAKARTA
from inventory.states import LIVE_ATTEMPTS, AttemptStatus, BillInput
from inventory.suppliers import registry
from ppob.kit import jobs
from ppob.kit.db import require_transaction, savepoint

_OVER = ("status", "fenced_at", "due_at", "claimed_until")  # what an end sets


class _NobodyElse(Exception):
    """The other supplier's deposit does not cover it."""


def is_closed(option: SupplierProduct, *, now: datetime) -> bool:
    """Whether the supplier takes no orders for it at this time of the day."""
    start, end = option.closed_from, option.closed_until
    if start is None or end is None or start == end:
        return False
    present = now.astimezone(JAKARTA).time()
    if start < end:
        return start <= present < end
    return present >= start or present < end


def find_route(
    purchase: Purchase, *, now: datetime, again: bool = False
) -> SupplierProduct | None:
    """The first account that can buy this now within the ceiling, or None.

    Each account is tried once, unless `again`. One that does not answer comes last.
    None for a bill: its reference belongs to one supplier.
    """
    if purchase.inquiry_id is not None:
        return None
    tried = PurchaseAttempt.objects.filter(purchase=purchase).select_related("account")
    first = tried.order_by("pk").first()
    # As the first attempt was: what began for real money never ends at a test account,
    # nor the other way round.
    options = options_for(
        purchase.product_id,
        ceiling=purchase.ceiling,
        is_test=_is_test(purchase, first),
    )
    if not again:
        options = options.exclude(account__in=tried.values("account_id"))
    held_at = deposits.account_of(purchase.holder)
    able = [
        each
        for each in options
        if not is_closed(each, now=now)
        and fits(each, purchase.destination)
        and _may_send(each, purchase)
    ]
    # First where the order's own money is set aside, then in the seller's order.
    ranked = in_order(able, holder=purchase.holder)
    ranked.sort(key=lambda each: each.account_id != held_at)
    ranked.sort(key=lambda each: not each.account.is_answering)
    return next(iter(ranked), None)


def in_order(
    options: Iterable[SupplierProduct], *, holder: UUID
) -> list[SupplierProduct]:
    """Ways to deliver one product, as they are tried for this order line.

    By priority. Equals with a share divide the orders in proportion to it: which comes
    first is drawn from the order line's own name, so that it is the same each time
    (weighted rendezvous hashing). The others follow, the cheapest first.
    """
    return sorted(options, key=lambda each: _rank(each, holder))


def bill_input(option: SupplierProduct, kind: str) -> BillInput | None:
    """What this bill of a supplier (`kind`) needs besides a number; None for nothing.

    Nobody is asked about such bills, and they are not sold: every question would fail.
    """
    if not option.is_bill:
        return None
    product_code = option.sku.partition(".")[0]
    return registry.bill_input(kind, option.brand, option.category, product_code)


def priority_of(option: SupplierProduct) -> int:
    """Where this way stands among those of its product; the lowest is tried first."""
    if option.priority is None:
        return int(option.account.position) + 1  # positions count from 0
    return int(option.priority)


def _rank(option: SupplierProduct, holder: UUID) -> tuple[int, float, int, int]:
    return priority_of(option), _draw(option, holder), option.cost, option.pk


def _draw(option: SupplierProduct, holder: UUID) -> float:
    """The lower, the sooner: of shares 3 and 1, the first is lower three times in four.

    An exponentially distributed number with the share as its rate; infinite without.
    """
    if not option.share:
        return math.inf
    name = f"{holder}:{option.public_id}".encode()
    drawn = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big")
    return -math.log((drawn + 1) / 2**64) / option.share


def _may_send(option: SupplierProduct, purchase: Purchase) -> bool:
    """Whether the supplier can tell this purchase from others that are under way.

    One that keeps no reference of ours is asked by what was bought: two of the same
    with an unknown end could not be told apart.
    """
    if registry.spec_of(option.account.kind).keeps_our_reference:
        return True
    same = PurchaseAttempt.objects.filter(
        account=option.account,
        sku=option.sku,
        target=target_of(option, purchase.destination),
        status__in=LIVE_ATTEMPTS,
    )
    return not same.exclude(purchase=purchase).exists()


def fits(option: SupplierProduct, destination: str) -> bool:
    """Whether the account can be written as the supplier of this line wants it."""
    try:
        target_of(option, destination)
    except destinations.BadDestination:
        return False
    return True


def target_of(option: SupplierProduct, destination: str) -> str:
    """A buyer's account, written as the supplier of this line wants it.

    Without a format of the line's own, the supplier's usual one for the game counts.
    Raises BadDestination where the account has not the parts that the format names.
    """
    spec = registry.spec_of(option.account.kind)
    category = option.product.category if option.product else None
    written = option.destination_format or (
        spec.formats.get(category.code, "") if category else ""
    )
    fields = destinations.read_fields(category.destination_fields if category else [])
    account = destinations.split(destination, fields)
    if not written:
        return spec.joiner.join(account.values())
    return destinations.fill(written, account)


def queue_attempt(
    purchase: Purchase, *, actor: str, now: datetime, again: bool = False
) -> PurchaseAttempt | None:
    """Write the row of the next attempt and have it sent; None if nobody can buy this.

    The purchase is new or locked and has no attempt that is not over.
    """
    require_transaction()
    if purchase.inquiry is not None:
        return _queue_bill(purchase, purchase.inquiry, actor=actor, now=now)
    route = find_route(purchase, now=now, again=again)
    # What others have set aside at that account stays theirs.
    if route is None or not deposits.move(route, holder=purchase.holder, now=now):
        return None
    # Each attempt has a reference of its own: one that failed is never sent again.
    number = PurchaseAttempt.objects.filter(purchase=purchase).count() + 1
    attempt = PurchaseAttempt(
        account=route.account,
        sku=route.sku,
        target=target_of(route, purchase.destination),
        ref_id=f"T{purchase.tenant_id}-{purchase.public_id.hex[-12:]}-{number}",
    )
    return _queue(attempt, purchase, actor=actor, now=now)


def _queue_bill(
    purchase: Purchase, inquiry: BillInquiry, *, actor: str, now: datetime
) -> PurchaseAttempt | None:
    """Pay under the reference of the question, once; else have it asked anew."""
    was_tried = PurchaseAttempt.objects.filter(
        account=inquiry.account_id, ref_id=inquiry.ref_id
    ).exists()
    if was_tried or not bill_days.pays_now(inquiry, now=now):
        bill_days.ask_again_soon(purchase)
        return None
    if find_bill_line(purchase, inquiry, now=now) is None:
        return None
    attempt = PurchaseAttempt(
        account=inquiry.account,
        sku=inquiry.sku,
        target=inquiry.target,
        ref_id=inquiry.ref_id,
    )
    return _queue(attempt, purchase, actor=actor, now=now)


def find_bill_line(
    purchase: Purchase, inquiry: BillInquiry, *, now: datetime
) -> SupplierProduct | None:
    """The line of the account that answered, if bills can be paid there now.

    What was paid with test money pays no real bill.
    """
    option: SupplierProduct | None = (
        SupplierProduct.objects.filter(
            account=inquiry.account_id,
            account__is_active=True,
            sku=inquiry.sku,
            is_bill=True,
            is_available=True,
        )
        .select_related("account", "product__category")
        .first()
    )
    if option is None or is_closed(option, now=now):
        return None
    return None if purchase.is_test and not option.account.is_test else option


def _queue(
    attempt: PurchaseAttempt, purchase: Purchase, *, actor: str, now: datetime
) -> PurchaseAttempt:
    attempt.tenant_id, attempt.purchase = purchase.tenant_id, purchase
    attempt.created_at = now
    # The buyer may still change their mind until then.
    attempt.due_at = max(now, purchase.starts_at or now)
    attempt.save(force_insert=True)
    purchase_transitions.ATTEMPTS.note_created(
        attempt, actor=actor, now=now, reason=str(attempt.account)
    )
    if attempt.due_at == now:
        jobs.enqueue(
            "inventory.advance_attempt",
            tenant_id=attempt.tenant_id,
            attempt_id=attempt.pk,
        )
    # Else the sweeper finds it in time.
    return attempt


def divert(attempt: PurchaseAttempt, *, actor: str, now: datetime, reason: str) -> bool:
    """Give up an attempt that certainly never left, for a supplier that answers.

    The attempt is locked and queued. False if there is no such supplier; then it stays.
    """
    require_transaction()
    purchase = attempt.purchase
    other = find_route(purchase, now=now)
    if other is None or not other.account.is_answering:
        return False
    try:
        with savepoint():
            # Fenced before the next one begins: it will never be sent.
            purchase_transitions.move_attempt(
                attempt, AttemptStatus.FAILED, actor=actor, now=now, reason=reason
            )
            if queue_attempt(purchase, actor=actor, now=now) is None:
                raise _NobodyElse
    except _NobodyElse:
        attempt.refresh_from_db(fields=_OVER)
        return False
    return True


def _is_test(purchase: Purchase, first: PurchaseAttempt | None) -> bool:
    if purchase.is_test:
        return True  # test money buys nothing real, whatever accounts there are
    return first.account.is_test if first else is_test_store()


def is_test_store() -> bool:
    """Whether the store in scope buys at test accounts: it has no real one in use."""
    # Who has a real account must never be served by a pretended purchase.
    live = SupplierAccount.objects.filter(is_active=True, is_test=False)
    return not live.exists()


def options_for(
    product_id: int, *, ceiling: int, is_test: bool | None = None
) -> QuerySet[SupplierProduct]:
    """What accounts in use would sell this product for at most that.

    Of test accounts, or of real ones; as the store is, unless `is_test` says. With
    those that do not answer right now; `in_order` puts them in order.
    """
    found: QuerySet[SupplierProduct] = SupplierProduct.objects.filter(
        product_id=product_id,
        account__is_active=True,
        account__is_test=is_test_store() if is_test is None else is_test,
        is_available=True,
        is_bill=False,
        cost__lte=ceiling,
    )
    found = found.filter(Q(most_cost=None) | Q(most_cost__gte=F("cost")))
    return found.select_related("account", "product__category")
