"""Top-ups bought at a supplier: acts like those of `acts`."""

from unittest.mock import patch
from uuid import UUID

from django.conf import settings

from inventory.models import Purchase, PurchaseAttempt, SupplierAccount
from inventory.services import (
    breaker,
    deposits,
    purchase_resolution,
    purchases,
    supplier_callbacks,
    supplier_clients,
)
from inventory.states import AttemptStatus, CallEnd, PurchaseStatus
from payments.models import OrderLine
from payments.services.orders import purchase_decisions, undo
from payments.services.orders.purchase_decisions import Verdict
from payments.states import PurchaseOutcome
from ppob.kit import clock
from tests.crash.acts import Facts, customer_of, member
from tests.crash.world import Store

NOBODY = "http://127.0.0.1:9"
OWNERS_WORD = "1234567890"
WHY = "seen at the supplier"
NOT_BOUGHT = ("02", "74")  # failed, and taken back


def take_news(store: Store, case: Facts) -> Facts:
    """The supplier's callback arrives."""
    supplier_callbacks.receive(
        kind="digiflazz",
        account_id=UUID(store.account),
        headers=case["supplier_headers"],
        body=case["supplier_body"].encode(),
        now=clock.now(),
    )
    return {}


def forge(store: Store, case: Facts) -> Facts:
    """Somebody else's callback; always refused."""
    supplier_callbacks.receive(
        kind="digiflazz",
        account_id=UUID(store.account),
        headers={"X-Hub-Signature": "sha1=no"},
        body=b"{}",
        now=clock.now(),
    )
    return {}


def advance(store: Store, case: Facts) -> Facts:
    """A worker sends, or asks."""
    for attempt in _attempts(case):
        purchases.advance(attempt_id=attempt.pk, now=clock.now())
    return {}


def advance_while_away(store: Store, case: Facts) -> Facts:
    """A worker tries, and nobody answers the door."""
    with patch.object(settings, "SUPPLIER_SIMULATOR_URL", NOBODY):
        return advance(store, case)


def advance_with_old_keys(store: Store, case: Facts) -> Facts:
    """A worker tries with a key that was changed at the supplier."""
    with patch.object(supplier_clients, "_text", lambda _secret: "old"):
        return advance(store, case)


def ask_now(store: Store, case: Facts) -> Facts:
    for attempt in _attempts(case):
        purchases.ask_now(attempt_id=attempt.pk, now=clock.now())
    return {}


def give_up(store: Store, case: Facts) -> Facts:
    for purchase in _purchases(case):
        purchases.give_up(
            purchase_id=purchase.pk, actor="test", reason="no", now=clock.now()
        )
    return {}


def hand_over(store: Store, case: Facts) -> Facts:
    for purchase in _purchases(case):
        purchases.hand_to_owner(purchase_id=purchase.pk, now=clock.now())
    return {}


def find_again(store: Store, case: Facts) -> Facts:
    for purchase in _purchases(case):
        purchases.find_supplier_again(purchase_id=purchase.pk, now=clock.now())
    return {}


def decide(store: Store, case: Facts) -> Facts:
    """The owner looks at the supplier's site and says what is there."""
    for purchase in _purchases(case, PurchaseStatus.NEEDS_OWNER):
        attempt = _attempt_of(purchase)
        sold = case["sold_refs"]
        if attempt is not None and sold.get(attempt.ref_id) == "00":
            _say(store, purchase, PurchaseOutcome.SUCCEEDED, OWNERS_WORD)
        elif attempt is None or sold.get(attempt.ref_id, "02") in NOT_BOUGHT:
            _say(store, purchase, PurchaseOutcome.FAILED)
    return {}


def _say(
    store: Store, purchase: Purchase, outcome: PurchaseOutcome, number: str = ""
) -> None:
    purchase_decisions.decide(
        actor=member(store.seller_id),
        purchase=purchase,
        verdict=Verdict(outcome, WHY, number),
        now=clock.now(),
    )


def take_back(store: Store, case: Facts) -> Facts:
    """The buyer thinks better of a paid top-up, in time or too late."""
    undo.take_back(customer=customer_of(case), order_id=case["order"], now=clock.now())
    return {}


def note_late(store: Store, case: Facts) -> Facts:
    for purchase in _purchases(case):
        purchases.note_late(purchase_id=purchase.pk, now=clock.now())
    return {}


def give_back_late(store: Store, case: Facts) -> Facts:
    """Only what reached no supplier is given back, however late it is."""
    for purchase in _purchases(case):
        undo.give_back_late(purchase_id=purchase.pk, now=clock.now())
    return {}


def read_deposit(store: Store, case: Facts) -> Facts:
    account = SupplierAccount.objects.get(public_id=store.account)
    deposits.read_deposit(account_id=account.pk, now=clock.now())
    return {}


def fall_silent(store: Store, case: Facts) -> Facts:
    """So many calls without an answer that the supplier is left alone."""
    for attempt in _attempts(case)[:1]:
        for _call in range(breaker.SILENT_IN_A_ROW):
            breaker.note_call(attempt, CallEnd.SILENT, now=clock.now())
    return {}


def look_whether_back(store: Store, case: Facts) -> Facts:
    """The seller has it asked at once; a worker asks."""
    account = SupplierAccount.objects.get(public_id=store.account)
    breaker.ask_at_once(account, now=clock.now())
    breaker.probe(account_id=account.pk, now=clock.now())
    return {}


def wait_longer(store: Store, case: Facts) -> Facts:
    for purchase in _purchases(case, PurchaseStatus.NEEDS_OWNER):
        purchase_resolution.wait_longer(
            actor=member(store.seller_id), purchase=purchase, now=clock.now()
        )
    return {}


def try_again(store: Store, case: Facts) -> Facts:
    for purchase in _purchases(case, PurchaseStatus.NEEDS_OWNER):
        purchase_resolution.try_again(
            actor=member(store.seller_id), purchase=purchase, now=clock.now()
        )
    return {}


def note_discrepancy(store: Store, case: Facts) -> Facts:
    for attempt in PurchaseAttempt.objects.filter(
        purchase__holder__in=_holders(case)
    ).exclude(discrepancy=""):
        purchase_resolution.note_discrepancy(
            actor=member(store.seller_id), attempt=attempt, note=WHY, now=clock.now()
        )
    return {}


def switch_off(store: Store, case: Facts) -> Facts:
    """No supplier can serve for a while."""
    SupplierAccount.objects.filter(public_id=store.account).update(is_active=False)
    return {}


def switch_on(store: Store, case: Facts) -> Facts:
    SupplierAccount.objects.filter(public_id=store.account).update(is_active=True)
    return {}


def _holders(case: Facts) -> list[UUID]:
    lines = OrderLine.objects.filter(order=case["order"])
    return list(lines.values_list("public_id", flat=True))


def _purchases(case: Facts, *statuses: PurchaseStatus) -> list[Purchase]:
    wanted = statuses or (PurchaseStatus.OPEN, PurchaseStatus.NEEDS_OWNER)
    return list(Purchase.objects.filter(holder__in=_holders(case), status__in=wanted))


def _attempts(case: Facts) -> list[PurchaseAttempt]:
    return list(
        PurchaseAttempt.objects.filter(
            purchase__holder__in=_holders(case),
            status__in=[
                AttemptStatus.QUEUED,
                AttemptStatus.SENDING,
                AttemptStatus.UNKNOWN,
            ],
        )
    )


def _attempt_of(purchase: Purchase) -> PurchaseAttempt | None:
    return (
        PurchaseAttempt.objects.filter(purchase=purchase)
        .exclude(status=AttemptStatus.FAILED)
        .first()
    )
