"""What workers do for the inventory."""

from datetime import timedelta

from celery import shared_task

from inventory import cross_tenant
from inventory.models import SupplierAccount
from inventory.services import (
    account_checks,
    alerts,
    bill_renewals,
    bills,
    breaker,
    deposit_forecast,
    deposits,
    drafts,
    holds,
    price_changes,
    price_sync,
    purchases,
    reindex,
    renamed_accounts,
    supplier_callbacks,
    supplier_troubles,
)
from inventory.suppliers import registry
from ppob.kit import clock, jobs
from tenants.jobs import sweep, tenant_job

LOST_JOB = timedelta(seconds=3)
SYNC_WITHIN_SECS = 300  # half of the time between two readings


@tenant_job("inventory.check_alert")
def check_alert(product_id: int) -> None:
    """Raise, change or resolve the alert of one product."""
    alerts.check_product(product_id=product_id, now=clock.now())


@shared_task(name="inventory.sweep_alerts")
def sweep_alerts() -> None:
    """Check every product that moved lately: a lost message costs half a minute."""
    now = clock.now()
    sweep(
        cross_tenant.products_moved_since(now - cross_tenant.RECENT),
        lambda product_id: alerts.check_product(product_id=product_id, now=now),
        what="Alert of product",
    )


@shared_task(name="inventory.release_expired_holds")
def release_expired_holds() -> None:
    """Give back what is held beyond its deadline."""
    now = clock.now()
    sweep(
        cross_tenant.due_holds(before=now - holds.GRACE),
        lambda hold_id: holds.release_expired(hold_id=hold_id, now=now),
        what="Release of hold",
    )


@shared_task(name="inventory.delete_drafts")
def delete_drafts() -> None:
    """Throw uploads away that nobody kept in time."""
    now = clock.now()
    sweep(
        cross_tenant.due_drafts(before=now),
        lambda draft_id: drafts.delete_expired(draft_id=draft_id, now=now),
        what="Draft of an upload",
    )


@shared_task(name="inventory.delete_checks")
def delete_checks() -> None:
    """Forget whose accounts buyers named a month ago."""
    now = clock.now()
    sweep(
        cross_tenant.stores_with_old_checks(before=now - account_checks.KEPT),
        lambda _count: account_checks.delete_old(now=now),
        what="Named accounts",
    )


@shared_task(name="inventory.delete_price_changes")
def delete_price_changes() -> None:
    """Forget what price lists changed three months ago."""
    now = clock.now()
    sweep(
        cross_tenant.stores_with_old_changes(before=now - price_changes.KEPT),
        lambda _count: price_changes.delete_old(now=now),
        what="Old price changes",
    )


@shared_task(name="inventory.end_inquiries")
def end_inquiries() -> None:
    """Close questions about bills whose day is over, and forget the old ones."""
    now = clock.now()
    sweep(
        cross_tenant.stores_with_open_inquiries(
            asked_before=now - bills.ENDS_AFTER, forget_before=now - bills.KEPT
        ),
        lambda _count: bills.end_old(now=now),
        what="Questions about bills",
    )


@shared_task(name="inventory.index_codes")
def index_codes() -> None:
    """Give codes from before an update the index that finds their twins."""
    now = clock.now()
    sweep(
        cross_tenant.stores_to_index(),
        lambda _count: reindex.index_store(now=now),
        what="Index of a store's codes",
    )


@tenant_job("inventory.advance_attempt")
def advance_attempt(attempt_id: int) -> None:
    """Send one attempt to its supplier, or ask what has become of it."""
    if not renamed_accounts.stop_if_renamed(attempt_id=attempt_id, now=clock.now()):
        # Asking took its time, and from here on a lease is counted.
        purchases.advance(attempt_id=attempt_id, now=clock.now())


@tenant_job("inventory.ask_bill_again")
def ask_bill_again(purchase_id: int) -> None:
    """Ask what is owed today where a bill's day ended before it was paid."""
    bill_renewals.ask_again(purchase_id=purchase_id, now=clock.now())


@tenant_job("inventory.process_supplier_callback")
def process_supplier_callback(event_id: int) -> None:
    """Apply one stored callback."""
    supplier_callbacks.process(event_id=event_id, now=clock.now())


@shared_task(name="inventory.sweep_purchases")
def sweep_purchases() -> None:
    """Go on with purchases whose job was lost, whose time has come or is over.

    A job for each call: a supplier that lets us wait must not keep the others waiting.
    """
    now = clock.now()
    sweep(
        cross_tenant.due_purchases(now=now),
        lambda purchase_id: purchases.hand_to_owner(purchase_id=purchase_id, now=now),
        what="Hand-over of purchase",
    )
    sweep(
        cross_tenant.late_purchases(now=now),
        lambda purchase_id: purchases.note_late(purchase_id=purchase_id, now=now),
        what="Promise of purchase",
    )
    sweep(
        cross_tenant.purchases_without_supplier(now=now),
        lambda purchase_id: purchases.find_supplier_again(
            purchase_id=purchase_id, now=now
        ),
        what="Supplier of purchase",
    )
    for tenant_id, attempt_id in cross_tenant.due_attempts(now=now):
        jobs.enqueue(
            "inventory.advance_attempt", tenant_id=tenant_id, attempt_id=attempt_id
        )


@shared_task(name="inventory.sweep_supplier_inbox")
def sweep_supplier_inbox() -> None:
    """Work on callbacks whose job was lost or that have to be tried again."""
    now = clock.now()
    sweep(
        cross_tenant.due_supplier_events(
            source=supplier_callbacks.HANDLER.source, now=now - LOST_JOB
        ),
        lambda event_id: supplier_callbacks.process(event_id=event_id, now=now),
        what="Callback of a supplier",
    )


@shared_task(name="inventory.try_keys")
def try_keys() -> None:
    """Go on with callbacks that wait for keys which can be opened again."""
    now = clock.now()
    sweep(
        cross_tenant.accounts_without_keys(),
        lambda account_id: supplier_troubles.try_keys(account_id=account_id, now=now),
        what="Keys of account",
    )


@tenant_job("inventory.sync_prices")
def sync_prices(account_id: int) -> None:
    """Read the price list of one supplier account."""
    now = clock.now()
    account = SupplierAccount.objects.get(pk=account_id)
    if price_sync.may_ask(account, now=now):
        price_sync.sync_prices(account_id=account_id, now=now)


@tenant_job("inventory.sync_bills")
def sync_bills(account_id: int) -> None:
    """Read which bills one supplier account may pay."""
    now = clock.now()
    account = SupplierAccount.objects.get(pk=account_id)
    if price_sync.bills_are_due(account, now=now):
        price_sync.sync_bills(account_id=account_id, now=now)


@shared_task(name="inventory.sync_all_prices")
def sync_all_prices() -> None:
    """Have the price list of every account read that is in use.

    Each has its own moment: long lists of many stores are not read at once, and the
    time between two readings of one stays what it is (some suppliers count it). So a
    list of bills takes one of these turns, once in a while.
    """
    paying = [spec.code for spec in registry.specs() if spec.pays_bills]
    waiting = cross_tenant.accounts_without_bills(
        kinds=paying, before=clock.now() - price_sync.BILLS_EVERY
    )
    for tenant_id, account_id in cross_tenant.active_accounts():
        is_turn = (tenant_id, account_id) in waiting
        jobs.enqueue_soon(
            "inventory.sync_bills" if is_turn else "inventory.sync_prices",
            secs=account_id * 37 % SYNC_WITHIN_SECS,
            tenant_id=tenant_id,
            account_id=account_id,
        )


@tenant_job("inventory.probe_supplier")
def probe_supplier(account_id: int) -> None:
    """See whether a supplier that was out of order answers again."""
    breaker.probe(account_id=account_id, now=clock.now())


@shared_task(name="inventory.probe_suppliers")
def probe_suppliers() -> None:
    """Have suppliers that are out of order asked, each when it is time.

    A job for each: one that lets us wait must not keep the others waiting.
    """
    for tenant_id, account_id in cross_tenant.accounts_to_probe(now=clock.now()):
        jobs.enqueue(
            "inventory.probe_supplier", tenant_id=tenant_id, account_id=account_id
        )


@tenant_job("inventory.read_deposit")
def read_deposit(account_id: int) -> None:
    """Ask one supplier what the store's deposit is."""
    deposits.read_deposit(account_id=account_id, now=clock.now())


@tenant_job("inventory.check_deposit")
def check_deposit(account_id: int) -> None:
    """Tell the seller if a deposit that was just read runs dry."""
    deposit_forecast.check_account(account_id=account_id, now=clock.now())


@shared_task(name="inventory.read_all_deposits")
def read_all_deposits() -> None:
    """Have the deposit of every account read that is in use."""
    for tenant_id, account_id in cross_tenant.active_accounts():
        jobs.enqueue(
            "inventory.read_deposit", tenant_id=tenant_id, account_id=account_id
        )


@shared_task(name="inventory.sweep_deposits")
def sweep_deposits() -> None:
    """Tell whose deposits run dry, also where the supplier stays silent."""
    now = clock.now()
    sweep(
        cross_tenant.stores_with_deposits(),
        lambda _count: deposit_forecast.check_store(now=now),
        what="Deposits of a store",
    )
