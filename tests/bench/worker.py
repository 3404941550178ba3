"""One selling process: `python -m tests.bench.worker STORE THREADS SECS DEED`.

Every thread sells (places, settles and delivers) or only places orders, each of a
random product of the store, until the time is over. Prints how long each took (ms).
"""

import json
import os
import random
import sys
import threading
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")
django.setup()

from django.db import connections  # noqa: E402

from payments.gateways.base import FactState, PaymentFact  # noqa: E402
from payments.models import Order, Payment, PaymentMethod  # noqa: E402
from payments.services.incoming import settlement  # noqa: E402
from payments.services.orders import checkout, delivery  # noqa: E402
from payments.services.orders.quote import Item  # noqa: E402
from ppob.kit.clock import now as clock_now  # noqa: E402
from ppob.kit.ids import new_id  # noqa: E402
from ppob.kit.rows import get_row  # noqa: E402
from ppob.kit.scope import tenant_scope  # noqa: E402
from tenants.models import Customer  # noqa: E402
from tests.bench.world import Store  # noqa: E402


def main() -> None:
    store, threads, secs, deed = sys.argv[1:]
    seller = Seller(
        Store(**json.loads(store)), float(secs), only_places=deed == "place"
    )
    running = [threading.Thread(target=seller.work) for _ in range(int(threads))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    print(json.dumps(seller.took_ms))


class Seller:
    """Remembers how long each sale of its threads took, in milliseconds."""

    def __init__(self, store: Store, secs: float, *, only_places: bool) -> None:
        self.store, self.deadline = store, time.monotonic() + secs
        self.only_places = only_places
        self.took_ms: list[float] = []

    def work(self) -> None:
        with tenant_scope(self.store.tenant):
            method = PaymentMethod.objects.get(pk=self.store.method)
            while time.monotonic() < self.deadline:
                started = time.monotonic()
                order = self.place(method)
                if not self.only_places:
                    finish(order)
                self.took_ms.append((time.monotonic() - started) * 1000)
        connections.close_all()

    def place(self, method: PaymentMethod) -> Order:
        """One order of one piece of a random product by a random buyer."""
        number = random.randrange(self.store.products)
        buyer = self.store.first_customer + random.randrange(self.store.customers)
        return checkout.place_order(
            customer=get_row(Customer, id=buyer),
            items=[Item(self.store.first_product + number)],
            request_key=new_id().hex,
            now=clock_now(),
            method=None if self.only_places else method,
        )


def finish(order: Order) -> None:
    """The money comes, the code goes."""
    payment = get_row(Payment, order_id=order.pk)
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


if __name__ == "__main__":
    main()
