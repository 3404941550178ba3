"""One selling process: `python -m tests.bench.worker STORE THREADS SECS`.

Every thread places, settles and delivers orders of the hot product until the time is
over. Prints how many sales it finished and how long place_order alone took.
"""

import json
import os
import sys
import threading
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")
django.setup()

from django.db import connections  # noqa: E402

from payments.gateways.base import FactState, PaymentFact  # noqa: E402
from payments.models import Payment, PaymentMethod  # noqa: E402
from payments.services import checkout, delivery, settlement  # noqa: E402
from ppob.kit.clock import now as clock_now  # noqa: E402
from ppob.kit.ids import new_id  # noqa: E402
from ppob.kit.scope import tenant_scope  # noqa: E402
from tenants.models import Customer  # noqa: E402


def main() -> None:
    store, threads, secs = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    seller = Seller(json.loads(store), secs)
    running = [threading.Thread(target=seller.sell) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    print(json.dumps({"sales": seller.sales, "placing_secs": seller.placing_secs}))


class Seller:
    """Counts what its threads sold."""

    def __init__(self, store: dict[str, int], secs: float) -> None:
        self.store, self.deadline = store, time.monotonic() + secs
        self.sales, self.placing_secs = 0, 0.0
        self.lock = threading.Lock()

    def sell(self) -> None:
        with tenant_scope(self.store["tenant"]):
            customer = Customer.objects.get(pk=self.store["customer"])
            method = PaymentMethod.objects.get(pk=self.store["method"])
            sales, placing = 0, 0.0
            while time.monotonic() < self.deadline:
                placing += self._one(customer, method)
                sales += 1
        connections.close_all()
        with self.lock:
            self.sales += sales
            self.placing_secs += placing

    def _one(self, customer: Customer, method: Any) -> float:
        started = time.monotonic()
        order = checkout.place_order(
            customer=customer,
            product_id=self.store["product"],
            request_key=new_id().hex,
            now=clock_now(),
            method=method,
        )
        placed = time.monotonic() - started
        payment = Payment.objects.get(order=order)
        fact = PaymentFact(
            reference=payment.reference,
            gateway_reference="",
            state=FactState.SETTLED,
            amount=payment.amount,
            currency="IDR",
            happened_at=None,
            event_key="paid",
        )
        settlement.record_fact(payment_id=payment.pk, fact=fact, now=clock_now())
        delivery.deliver_order(order_id=order.pk, now=clock_now())
        return placed


if __name__ == "__main__":
    main()
