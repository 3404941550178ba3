"""What callbacks of payment gateways mean; `security.services.inbox_runner` runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from payments.gateways.base import Gateway, LookUp, PaymentFact
from payments.models import Payment, PaymentMethod
from payments.services.incoming import settlement, troubles
from payments.services.incoming.gateway_client import open_gateway
from ppob.kit import jobs
from security.models import InboxEvent
from security.services import inbox_runner
from security.services.inbox_runner import DoesNotFit, UnknownReference
from security.states import Trouble


class GatewayCallbacks(inbox_runner.Handler[PaymentMethod]):
    """Callbacks about payments, proven with a method's own keys."""

    source = troubles.INBOX_SOURCE
    noun = "method"

    def find_target(
        self, public_id: UUID, *, provider: str = ""
    ) -> PaymentMethod | None:
        """The method of this address."""
        methods = PaymentMethod.objects.filter(public_id=public_id)
        # Only the door names a provider: an address under another gateway's name is
        # none.
        return (methods.filter(gateway=provider) if provider else methods).first()

    def provider_of(self, target: PaymentMethod) -> str:
        """The code of the method's gateway."""
        return target.gateway

    def address_of(self, target: PaymentMethod) -> UUID:
        """Its public id."""
        return target.public_id

    def open(self, target: PaymentMethod) -> Gateway:
        """The method's gateway."""
        return open_gateway(target)

    def confirm(self, target: PaymentMethod, news: Any, *, now: datetime) -> Any:
        """The fact; the gateway is asked where the callback proved too little."""
        if not isinstance(news, LookUp):
            return news
        payment = _payment_of(target, news.reference)
        # Asked outside every transaction; the callback alone would move money on a
        # hint.
        return open_gateway(target).look_up(
            payment.reference, gateway_reference=payment.gateway_reference
        )

    def apply(self, target: PaymentMethod, fact: PaymentFact, *, now: datetime) -> str:
        """Book what the gateway said; where the payment stands then."""
        payment = _payment_of(target, fact.reference)
        try:
            status = settlement.record_fact(payment_id=payment.pk, fact=fact, now=now)
        except settlement.WrongMoney as error:
            raise DoesNotFit from error
        return status.value

    def enqueue(self, event: InboxEvent) -> None:
        """Have a worker apply it."""
        jobs.enqueue(
            "payments.process_callback", tenant_id=event.tenant_id, event_id=event.pk
        )

    def report(self, target: PaymentMethod, trouble: Trouble, *, now: datetime) -> bool:
        """Mark the method and tell its seller, once."""
        return troubles.report(target, trouble, now=now)

    def read_old_body(self, target: PaymentMethod, event: InboxEvent) -> bytes:
        """Older rows hold what gateways sent as it was."""
        return bytes(event.body)


HANDLER = GatewayCallbacks()


def receive(
    *,
    gateway: str,
    method_id: UUID,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> InboxEvent | None:
    """Prove and keep a callback, once; see `inbox_runner.receive`."""
    return inbox_runner.receive(
        HANDLER,
        provider=gateway,
        target_id=method_id,
        headers=headers,
        body=body,
        now=now,
    )


def process(*, event_id: int, now: datetime) -> None:
    """Apply one stored callback; running it again changes nothing."""
    inbox_runner.process(HANDLER, event_id=event_id, now=now)


def _payment_of(method: PaymentMethod, reference: str) -> Payment:
    # By the method too: the keys of one merchant account prove nothing about another's
    # payments.
    payment: Payment | None = Payment.objects.filter(
        method=method, reference=reference
    ).first()
    if payment is None:
        raise UnknownReference
    return payment
