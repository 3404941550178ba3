"""One process of buyers: `python -m tests.faults.buyers PLAN`, a JSON object.

Each buyer orders once. What ended in an error is unknown, so it is repeated with the
same request key until there is an answer. Every finished buyer is a line of JSON.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import Error as DatabaseError  # noqa: E402
from django.db import close_old_connections  # noqa: E402

from payments.gateways.base import FactState, PaymentFact  # noqa: E402
from payments.models import Order, Payment, PaymentMethod  # noqa: E402
from payments.services.incoming import charges, settlement  # noqa: E402
from payments.services.orders import checkout, delivery  # noqa: E402
from payments.services.orders.quote import Item  # noqa: E402
from payments.simulator.client import GatewayControl  # noqa: E402
from payments.states import OrderStatus, PaymentStatus  # noqa: E402
from ppob.kit.clock import now  # noqa: E402
from ppob.kit.scope import tenant_scope  # noqa: E402
from tenants.models import Customer  # noqa: E402
from tests.faults.shop import request_key  # noqa: E402

T = TypeVar("T")

PATIENCE_SECS = 120.0
PAUSE_SECS = 0.1
_write = threading.Lock()


@dataclass
class Buyer:
    """One person with one wish."""

    plan: dict[str, Any]
    customer_id: int
    number: int
    unknown: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def live(self) -> None:
        """Order, and pay unless this one never pays; then say what was done."""
        with tenant_scope(self.plan["tenant"]):
            paid = WAYS[self.plan["way"]](self)
            order = self.insist(self._own_order)
        self.tell(order=order.pk, paid=paid)

    def insist(self, act: Callable[[], T]) -> T:
        """Do `act` again and again until it ends without an error."""
        gives_up_at = time.monotonic() + PATIENCE_SECS
        while True:
            started = time.monotonic()
            try:
                return act()
            except (DatabaseError, psycopg.Error, NotYet) as error:
                if time.monotonic() > gives_up_at:
                    raise
                if not isinstance(error, NotYet):
                    self.unknown.append(_name_of(type(error)))
                time.sleep(PAUSE_SECS)
            finally:
                self.slowest = max(self.slowest, time.monotonic() - started)
                close_old_connections()

    def tell(self, **facts: Any) -> None:
        line = {**facts, "unknown": self.unknown, "slowest": self.slowest}
        with _write:
            print(json.dumps(line), flush=True)

    @property
    def customer(self) -> Customer:
        found: Customer = Customer.objects.get(pk=self.customer_id)
        return found

    @property
    def key(self) -> str:
        return request_key(self.plan["product"], self.customer_id)

    @property
    def pays(self) -> bool:
        return self.number % self.plan["unpaid_every"] != 0

    def _own_order(self) -> Order:
        order: Order = Order.objects.get(request_key=self.key)
        return order


def _name_of(kind: type[Exception]) -> str:
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}"


class NotYet(Exception):
    """The gateway has not answered; a buyer looks again."""


def at_gateway(buyer: Buyer) -> bool:
    """Order, choose the gateway, pay there; the gateway tells our web."""

    def place_order() -> int:
        order = checkout.place_order(
            customer=buyer.customer,
            items=[Item(buyer.plan["product"])],
            request_key=buyer.key,
            now=now(),
        )
        return int(order.pk)

    order_id = buyer.insist(place_order)

    def choose_method() -> str:
        payment = charges.choose_method(
            order_id=order_id, method_id=UUID(buyer.plan["method"]), now=now()
        )
        if payment.status != PaymentStatus.PENDING:
            raise NotYet
        return payment.gateway_reference

    reference = buyer.insist(choose_method)
    if buyer.pays:
        control = GatewayControl(settings.GATEWAY_SIMULATOR_URL)
        try:
            control.pay(reference)
        finally:
            control.close()
    return buyer.pays


def by_transfer(buyer: Buyer) -> bool:
    """Order, settle and deliver right here: three transactions, all repeated."""

    def place_order() -> int:
        order = checkout.place_order(
            customer=buyer.customer,
            items=[Item(buyer.plan["product"])],
            request_key=buyer.key,
            now=now(),
            method=PaymentMethod.objects.get(pk=buyer.plan["transfer"]),
        )
        return int(order.pk)

    order_id = buyer.insist(place_order)
    if not buyer.pays:
        return False

    def record_fact() -> None:
        payment = Payment.objects.get(order_id=order_id)
        fact = PaymentFact(
            reference=payment.reference,
            gateway_reference="",
            state=FactState.SETTLED,
            amount=payment.amount,
            currency="IDR",
            happened_at=None,
            event_key="paid",
        )
        settlement.record_fact(payment_id=payment.pk, fact=fact, now=now())

    def deliver_order() -> None:
        delivery.deliver_order(order_id=order_id, now=now())
        if Order.objects.get(pk=order_id).status != OrderStatus.DELIVERED:
            raise NotYet

    buyer.insist(record_fact)
    buyer.insist(deliver_order)
    return True


WAYS = {"gateway": at_gateway, "transfer": by_transfer}


def main() -> int:
    plan = json.loads(sys.argv[1])
    waiting = iter(list(enumerate(plan["customers"], plan["first"])))
    failures: list[str] = []

    def work() -> None:
        for number, customer_id in waiting:
            try:
                Buyer(plan, customer_id, number).live()
            except Exception as error:
                failures.append(repr(error))
                raise
            time.sleep(plan["pause_secs"])

    threads = [threading.Thread(target=work) for _ in range(plan["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
