"""What callbacks of suppliers mean here; `security.services.inbox_runner` runs them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory.models import PurchaseAttempt, SupplierAccount
from inventory.services import purchase_facts, supplier_calls, supplier_troubles
from inventory.services.supplier_clients import open_supplier
from inventory.suppliers.base import LookUp, PurchaseFact, Supplier
from ppob.kit import jobs
from security import crypto
from security.models import InboxEvent
from security.services import inbox_runner
from security.services.inbox_runner import UnknownReference
from security.states import Trouble


class SupplierCallbacks(inbox_runner.Handler[SupplierAccount]):
    """Callbacks about purchases, proven with an account's own secret."""

    source = supplier_troubles.INBOX_SOURCE
    noun = "supplier_account"

    def find_target(
        self, public_id: UUID, *, provider: str = ""
    ) -> SupplierAccount | None:
        """The account of this address."""
        accounts = SupplierAccount.objects.filter(public_id=public_id)
        return (accounts.filter(kind=provider) if provider else accounts).first()

    def provider_of(self, target: SupplierAccount) -> str:
        """The code of the account's supplier."""
        return target.kind

    def address_of(self, target: SupplierAccount) -> UUID:
        """Its public id."""
        return target.public_id

    def open(self, target: SupplierAccount) -> Supplier:
        """The account's supplier."""
        return open_supplier(target)

    def confirm(self, target: SupplierAccount, news: Any, *, now: datetime) -> Any:
        """The fact; the supplier is asked where the callback proved too little."""
        attempt = _attempt_of(target, _key_of(news))
        # A report about a bill does not say whether it means the question or the
        # payment, and has no codes of its own for either.
        if not isinstance(news, LookUp) and not supplier_calls.is_bill(attempt):
            return news
        # Outside every transaction; the callback alone would deliver on a hint.
        return supplier_calls.look_up(attempt, now=now)

    def apply(
        self, target: SupplierAccount, fact: PurchaseFact, *, now: datetime
    ) -> str:
        """Write down what the supplier said; where the purchase stands then."""
        attempt_id = _attempt_of(target, {"ref_id": fact.ref_id}).pk
        # News, not the answer to a request: it may be older than one that is under way.
        status = purchase_facts.record_fact(
            attempt_id=attempt_id,
            fact=fact,
            actor=f"supplier:{target.kind}",
            now=now,
        )
        return status.value

    def enqueue(self, event: InboxEvent) -> None:
        """Have a worker apply it."""
        jobs.enqueue(
            "inventory.process_supplier_callback",
            tenant_id=event.tenant_id,
            event_id=event.pk,
        )

    def report(
        self, target: SupplierAccount, trouble: Trouble, *, now: datetime
    ) -> bool:
        """Mark the account and tell its seller, once."""
        return supplier_troubles.report(target, trouble, now=now)

    def read_old_body(self, target: SupplierAccount, event: InboxEvent) -> bytes:
        """Older rows are sealed for the account; raises crypto.CannotOpen."""
        context = (
            f"{target.tenant_id}:supplier callback:{target.public_id}:{event.event_key}"
        )
        body = crypto.open_sealed(bytes(event.body), context=context)
        return body.encode("latin-1")


def _attempt_of(account: SupplierAccount, key: dict[str, str]) -> PurchaseAttempt:
    # By the account too: its secret proves nothing about another account's purchases.
    attempt: PurchaseAttempt | None = (
        PurchaseAttempt.objects.filter(account=account, **key)
        .select_related("account", "purchase")
        .first()
    )
    if attempt is None:
        raise UnknownReference
    return attempt


def _key_of(news: PurchaseFact | LookUp) -> dict[str, str]:
    if isinstance(news, PurchaseFact):
        return {"ref_id": news.ref_id}
    if news.supplier_reference:
        return {"supplier_reference": news.supplier_reference}
    return {"ref_id": news.reference}


HANDLER = SupplierCallbacks()


def receive(
    *,
    kind: str,
    account_id: UUID,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> InboxEvent | None:
    """Prove and keep a callback, once; see `inbox_runner.receive`."""
    return inbox_runner.receive(
        HANDLER,
        provider=kind,
        target_id=account_id,
        headers=headers,
        body=body,
        now=now,
    )


def process(*, event_id: int, now: datetime) -> None:
    """Apply one stored callback; running it again changes nothing."""
    inbox_runner.process(HANDLER, event_id=event_id, now=now)
