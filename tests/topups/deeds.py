"""What buyers, workers, suppliers and the owner do, in any order."""

from collections.abc import Callable
from datetime import timedelta

from inventory.models import Purchase, PurchaseAttempt, SupplierAccount
from inventory.services import deposits, purchase_resolution, purchases
from inventory.services import supplier_callbacks as news
from inventory.states import AttemptStatus, PurchaseStatus
from inventory.tasks import (
    probe_suppliers,
    sweep_purchases,
    sweep_supplier_inbox,
)
from payments.models import Order
from payments.services import refunds
from payments.services.incoming import charges
from payments.services.orders import checkout, delivery, purchase_decisions, undo
from payments.services.orders.purchase_decisions import Verdict
from payments.services.orders.quote import Item
from payments.services.refunds import RefundDraft
from payments.states import OrderStatus, PurchaseOutcome
from payments.tasks import expire_orders, give_back_late, sweep_deliveries
from ppob.kit.scope import no_tenant_scope
from security.models import InboxEvent
from security.states import InboxStatus
from tests.payments.acts import tell
from tests.topups.suppliers import SKUS
from tests.topups.world import Script, World

SHARED = ("136216325|2685", "136216326|2685")  # two buyers may think of these
EXPECTED = {
    "digiflazz": "00",
    "vipreseller": "success",
    "iak": "00",
    "apigames": "Sukses",
    "tokovoucher": "sukses",
}
UNDER_WAY = {
    *("03", "99", "waiting", "processing", "39"),
    *("Pending", "Proses", "Validasi Provider", "pending"),
}
OPEN_ORDERS = (
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.PAID,
    OrderStatus.DELIVERING,
    OrderStatus.REFUNDING,
)
SWEEPS = (
    sweep_deliveries,
    probe_suppliers,
    sweep_purchases,
    sweep_supplier_inbox,
    give_back_late,
    expire_orders,
)
ASKED_AT_LEAST_EVERY = timedelta(minutes=5)
MOST_TURNS = 60
PAUSES = (0, 0, 1, 5, 25, 60, 150)


def begin(world: World) -> None:
    """A buyer orders, and may press twice."""
    where = f"{world.dice.randrange(10**8, 10**9)}|2685"
    if world.dice.random() < 0.15:
        where = world.dice.choice(SHARED)
    number = len(world.scripts)
    script = Script(number, world.dice.choice(world.customers), where)
    world.scripts.append(script)
    for shop in world.shops.values():
        shop.plan_next()
    for _press in range(world.dice.choice([1, 1, 2])):
        world.attempt(lambda: _place(world, script))


def pay(world: World) -> None:
    """A buyer pays what is asked for, once for each payment there is."""
    script = world.any_script()
    if script.order is None or len(script.payments) > 1:
        return
    script.payments.append(
        charges.choose_method(
            order_id=script.order.pk, method_id=world.method.public_id, now=world.now
        )
    )
    payment = script.payments[-1]
    world.paid[payment.pk] = payment
    tell(payment, now=world.now)


def say_again(world: World) -> None:
    """News of money that has come comes again."""
    if world.paid:
        tell(world.dice.choice(list(world.paid.values())), now=world.now)


def think_better(world: World) -> None:
    """A buyer takes a top-up back, in time or too late."""
    script = world.any_script()
    if script.order is not None:
        undo.take_back(
            customer=script.customer, order_id=script.order.pk, now=world.now
        )


def cancel(world: World) -> None:
    script = world.any_script()
    if script.order is not None:
        checkout.cancel_order(order_id=script.order.pk, actor="buyer", now=world.now)


def deliver(world: World) -> None:
    script = world.any_script()
    if script.order is not None:
        delivery.deliver_order(order_id=script.order.pk, now=world.now)


def advance(world: World) -> None:
    """A worker sends what is due, or asks about it."""
    due = PurchaseAttempt.objects.filter(due_at__lte=world.now).order_by("pk")
    ids = list(due.values_list("pk", flat=True))
    if ids:
        purchases.advance(attempt_id=world.dice.choice(ids), now=world.now)


def work(world: World) -> None:
    """Workers do what was asked for; a job whose worker dies is lost."""
    with no_tenant_scope():
        world.jobs.run()


def sweep(world: World) -> None:
    with no_tenant_scope():
        world.dice.choice(SWEEPS)()


def hear(world: World) -> None:
    """A supplier's news arrives, in any order; it may come again."""
    shop = world.dice.choice(list(world.shops.values()))
    callback = shop.take_callback()
    if callback is None:
        return
    event = news.receive(
        kind=shop.code,
        account_id=world.accounts[shop.code].public_id,
        headers=callback.headers,
        body=callback.body.encode(),
        now=world.now,
    )
    if world.is_calm or world.dice.random() < 0.7:
        shop.engine.callbacks.remove(callback)
    if event is not None:
        news.process(event_id=event.pk, now=world.now)


def read_deposit(world: World) -> None:
    account = world.dice.choice(list(world.accounts.values()))
    deposits.read_deposit(account_id=account.pk, now=world.now)


def change_weather(world: World) -> None:
    """A supplier dies, sells out or has no deposit left; the others are well."""
    for shop in world.shops.values():
        shop.get_well()
    SupplierAccount.objects.update(is_active=True)
    shop = world.dice.choice(list(world.shops.values()))
    change = world.dice.choice(["away", "silent", "lost", "off", "deposit", "account"])
    if change == "off":
        shop.engine.off.update(SKUS.values())
    elif change == "deposit":
        shop.engine.switch({"balance": {shop.buyer: world.dice.choice([0, 50_000])}})
    elif change == "account":
        SupplierAccount.objects.filter(kind=shop.code).update(is_active=False)
    else:
        shop.state = change


def give_money_back(world: World) -> None:
    """The owner gives all of an order back, if nothing can have been bought."""
    script = world.any_script()
    if script.order is None:
        return
    order = Order.objects.get(pk=script.order.pk)
    draft = RefundDraft(
        amount=order.total,
        to="balance",
        reason="the buyer asked",
        request_key=f"refund:{order.pk}",
        seen_refunded=order.refunded,
    )
    if order.status not in (OrderStatus.DELIVERED, OrderStatus.COMPLETED):
        refunds.request_refund(
            actor=world.owner, order=order, draft=draft, now=world.now
        )


def look_after(world: World) -> None:
    """The owner takes a purchase that waits, and looks at the supplier's pages."""
    waiting = Purchase.objects.filter(status=PurchaseStatus.NEEDS_OWNER)
    purchase = waiting.order_by("pk").first()
    if purchase is None:
        return
    if not world.is_calm and world.dice.random() < 0.3:
        world.dice.choice(
            [purchase_resolution.try_again, purchase_resolution.wait_longer]
        )(actor=world.owner, purchase=purchase, now=world.now)
        return
    settle(world, purchase)


def settle(world: World, purchase: Purchase) -> None:
    """Decide as the supplier's own pages show it, unless it is under way there."""
    attempt = (
        PurchaseAttempt.objects.filter(purchase=purchase)
        .exclude(status=AttemptStatus.FAILED)
        .first()
    )
    seen = find_at_supplier(world, attempt) if attempt else ""
    if seen in UNDER_WAY:
        return
    is_bought = attempt is not None and seen == EXPECTED[attempt.account.kind]
    outcome = PurchaseOutcome.SUCCEEDED if is_bought else PurchaseOutcome.FAILED
    purchase_decisions.decide(
        actor=world.owner,
        purchase=purchase,
        verdict=Verdict(outcome, "seen there", "1234567890" if is_bought else ""),
        now=world.now,
    )


def find_at_supplier(world: World, attempt: PurchaseAttempt) -> str:
    """What the supplier calls the state of this attempt's order; "" without one.

    Of several orders that look the same, each stands for one attempt, from the first.
    """
    shop = world.shops[attempt.account.kind]
    taken = PurchaseAttempt.objects.exclude(supplier_reference="").exclude(
        pk=attempt.pk
    )
    named = set(taken.values_list("supplier_reference", flat=True))
    for order in shop.orders_to(attempt):
        if order.ref_id in named:
            continue
        if shop.spec.keeps_our_reference:
            return order.rc
        if world.owners_words.setdefault(order.ref_id, attempt.pk) == attempt.pk:
            return order.rc
    return ""


DEEDS: dict[Callable[[World], None], int] = {
    begin: 5,
    pay: 14,
    say_again: 2,
    think_better: 1,
    cancel: 1,
    deliver: 3,
    advance: 14,
    work: 14,
    sweep: 10,
    hear: 12,
    read_deposit: 2,
    change_weather: 4,
    give_money_back: 1,
    look_after: 4,
}


def live(world: World, scripts: int) -> None:
    """Let things happen until so many buyers have come, then come to rest."""
    begin(world)
    deeds, weights = list(DEEDS), list(DEEDS.values())
    while len(world.scripts) < scripts:
        for deed in world.dice.choices(deeds, weights, k=3):
            world.attempt(lambda deed=deed: deed(world))
        world.pass_secs(world.dice.choice(PAUSES))
    come_to_rest(world)


def come_to_rest(world: World) -> None:
    """No more trouble: whatever is due is done, until nothing is open any more."""
    world.calm_down()
    for payment in world.paid.values():  # who was not heard says it again
        tell(payment, now=world.now)
    for _turn in range(MOST_TURNS):
        world.now += ASKED_AT_LEAST_EVERY
        with no_tenant_scope():
            for task in SWEEPS:
                task()
            world.jobs.run()
        while any(shop.take_callback() for shop in world.shops.values()):
            world.attempt(lambda: hear(world))
        for purchase in Purchase.objects.filter(status=PurchaseStatus.NEEDS_OWNER):
            world.attempt(lambda purchase=purchase: settle(world, purchase))
        if not _is_open():
            break
    for account in world.accounts.values():
        deposits.read_deposit(account_id=account.pk, now=world.now)


def _is_open() -> bool:
    waiting = [PurchaseStatus.OPEN, PurchaseStatus.NEEDS_OWNER]
    return bool(
        Order.objects.filter(status__in=OPEN_ORDERS).exists()
        or Purchase.objects.filter(status__in=waiting).exists()
        or InboxEvent.objects.filter(status=InboxStatus.RECEIVED).exists()
    )


def _place(world: World, script: Script) -> None:
    script.order = checkout.place_order(
        customer=script.customer,
        items=[Item(world.product.pk, destination=script.destination)],
        request_key=f"click:{script.number}",
        now=world.now,
    )
