"""A store that is stopped: nothing new begins, nothing that began is lost."""

import ast
from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import Product
from inventory.models import StockItem, SupplierAccount
from inventory.services import bills, imports, supplier_accounts, withdrawals
from inventory.services.supplier_accounts import AccountDraft as SupplierDraft
from inventory.states import ItemStatus
from payments.events import MoneyWaits
from payments.gateways.base import FactState
from payments.models import Deposit, Order, Payment, PaymentMethod, UnmatchedMoney
from payments.services import refunds
from payments.services.incoming import (
    balance,
    charges,
    deposits,
    methods,
    settlement,
    unapplied,
)
from payments.services.incoming.methods import AccountDraft
from payments.services.incoming.unapplied import NothingToAskFor, StillOpen
from payments.services.ledger import policy, wallets
from payments.services.ledger.policy import PolicyDraft
from payments.services.orders import checkout, delivery, disclosure, quantities
from payments.services.orders.quote import Item
from payments.states import (
    DepositStatus,
    MethodKind,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    RefundTo,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit.machine import IllegalMove
from tenants.services import suspension
from tenants.services.suspension import StoreClosed, StoreSuspended
from tests.architecture.sources import product as product_sources
from tests.conftest import NOON
from tests.factories import (
    gateway_draft,
    make_customer,
    make_order,
    make_product,
    make_transfer_method,
)
from tests.hearing import heard
from tests.inventory.suppliers import make_account
from tests.payments.acts import (
    LATE,
    balance_of,
    books,
    deliver,
    everything,
    fund,
    open_transfer,
    pending,
    refund,
    tell,
    top_up,
)
from tests.payments.racing import at_once

pytestmark = pytest.mark.usefixtures("right_books")


@pytest.fixture
def ground(policy, seller, in_arcadia):
    """What the doors are about: an order to pay, a delivered one, a filled balance."""
    buyer = fund(make_customer("ayu"), 50_000)
    method = open_transfer(name="BRI")
    sold = make_order(make_product(price=10_000, codes=1), customer=buyer)
    tell(pending(sold, method=method))
    waiting = make_order(make_product(price=10_000, codes=2), customer=buyer)
    off = make_transfer_method(name="Mandiri", is_active=False)
    make_product(codes=1)
    make_account()
    return Ground(in_arcadia, seller, buyer, method, off, deliver(sold), waiting)


class Ground:
    def __init__(self, store, seller, buyer, method, off, sold, waiting):
        self.store, self.seller, self.buyer = store, seller, buyer
        self.method, self.off = method, off
        self.sold, self.waiting = sold, waiting

    def stop(self) -> None:
        suspension.suspend_store(tenant_id=self.store.pk, actor="staff", now=NOON)

    def resume(self) -> None:
        suspension.resume_store(tenant_id=self.store.pk, actor="staff", now=NOON)


ACCOUNT = AccountDraft(MethodKind.BANK, "BCA", "999888777", "Somebody Else")
GATEWAY = gateway_draft()
SUPPLIER = SupplierDraft(
    "digiflazz", {"username": "u", "api_key": "dev-x"}, is_test=True
)

NEW_KEYS = {"api_key": "dev-y"}

STOPPED: dict[str, Callable[[Ground], Any]] = {
    "checkout.place_order": lambda on: checkout.place_order(
        customer=on.buyer,
        items=[Item(make_product(codes=1).pk)],
        request_key="new",
        now=NOON,
    ),
    "bills.inquire": lambda on: bills.inquire(
        customer=on.buyer, product=Product.objects.first(), entered={}, now=NOON
    ),
    "quantities.choose_quantity": lambda on: quantities.choose_quantity(
        order_id=on.waiting.pk, quantity=2, actor="discord:1", now=NOON
    ),
    "charges.choose_method": lambda on: charges.choose_method(
        order_id=on.waiting.pk, method_id=on.method.public_id, now=NOON
    ),
    "balance.pay_with_balance": lambda on: balance.pay_with_balance(
        order_id=on.waiting.pk, now=NOON
    ),
    "balance.reserve_balance": lambda on: balance.reserve_balance(
        order_id=on.waiting.pk, now=NOON
    ),
    "deposits.request_deposit": lambda on: top_up(on.buyer, method=on.method),
    "deposits.amount_range": lambda on: deposits.amount_range(on.buyer),
    "methods.add_account": lambda on: methods.add_account(
        actor=on.seller, draft=ACCOUNT, now=NOON
    ),
    "methods.add_gateway": lambda on: methods.add_gateway(
        actor=on.seller, draft=GATEWAY, now=NOON
    ),
    "methods.change_method": lambda on: methods.change_method(
        actor=on.seller, method=on.method, draft=ACCOUNT, now=NOON
    ),
    "methods.switch_method": lambda on: methods.switch_method(
        actor=on.seller, method=on.off, is_active=True, now=NOON
    ),
    "policy.change_policy": lambda on: policy.change_policy(
        actor=on.seller, draft=PolicyDraft(True, 3_000_000, 5_000, 0, 0), now=NOON
    ),
    "disclosure.reveal_to_staff": lambda on: disclosure.reveal_to_staff(
        actor=on.seller, order=on.sold, reason="the buyer says: broken", now=NOON
    ),
    "withdrawals.reveal_item": lambda on: withdrawals.reveal_item(
        actor=on.seller,
        item=StockItem.objects.filter(status=ItemStatus.FREE).first(),
        reason="is it the right one?",
        now=NOON,
    ),
    "supplier_accounts.connect_account": lambda on: supplier_accounts.connect_account(
        actor=on.seller, draft=SUPPLIER, now=NOON
    ),
    "supplier_accounts.rotate_keys": lambda on: supplier_accounts.rotate_keys(
        actor=on.seller, account=SupplierAccount.objects.get(), keys=NEW_KEYS, now=NOON
    ),
}
# What goes on, and why: it began before, gives back, or only looks.
GOES_ON = {
    "checkout.cancel_for_buyer": "ends what nobody has paid",
    "completion.leave_review": "a buyer's word about what they got",
    "delivery.reveal_codes": "buyers read what they paid for",
    "deposits.cancel_deposit": "ends what nobody has paid",
    "refund_requests.request_refund": "gives back",
    "refund_requests.approve_refund": "gives back",
    "refund_requests.reject_refund": "moves no money",
    "refund_requests.note_paid_out": "writes down what was given back",
    "refund_requests.turn_to_balance": "gives back",
    "settlement.confirm_transfer": "writes down money that came",
    "settlement.reject_transfer": "says that no money came",
    "unapplied.apply_to_order": "gives a buyer what they paid for",
    "unapplied.credit_buyer": "gives back",
    "unapplied.note_returned": "writes down what was given back",
    "unapplied.ask_return": "buyers ask for their money",
    "unapplied.ask_balance_back": "buyers ask for their money",
    "wallets.wallet_of": "looks",
    "wallets.statement": "looks",
    "imports.add_codes": "takes nothing from anybody",
    "imports.require_codes": "looks",
    "imports.store_codes": "takes nothing from anybody",
    "drafts.prepare": "takes nothing from anybody",
    "drafts.find_draft": "looks",
    "drafts.choose": "takes nothing from anybody",
    "drafts.keep": "takes nothing from anybody",
    "drafts.discard": "takes nothing from anybody",
    "withdrawals.quarantine_items": "opens no code, and nothing is sold anyway",
    "withdrawals.restore_items": "opens no code, and nothing is sold anyway",
    "withdrawals.withdraw_items": "opens no code, and nothing is sold anyway",
    "withdrawals.withdraw_batch": "opens no code, and nothing is sold anyway",
    "supplier_troubles.note_seen": "somebody has read it",
    "troubles.note_seen": "somebody has read it",
    "unreached.report": "writes down whom no message reached",
    "unreached.note_told": "somebody told the buyer",
    "decisions.dismiss": "moves no money",
    "decisions.book_as_told": "writes down what a gateway did",
    "purchase_resolution.mark_succeeded": "ends a purchase that was paid",
    "purchase_resolution.mark_failed": "ends a purchase that was paid",
    "purchase_resolution.try_again": "a top-up that was paid",
    "purchase_resolution.wait_longer": "a top-up that was paid",
    "purchase_resolution.note_discrepancy": "writes down what a supplier did",
    "supplier_accounts.switch_account": "open purchases may need it",
    "supplier_accounts.place_account": "open purchases may need it",
    "supplier_products.map_product": "moves no money",
    "supplier_products.import_products": "moves no money",
    "entered_goods.add_goods": "moves no money",
    "entered_goods.change_goods": "moves no money",
    "quote.make_quote": "reckons; who keeps the order refuses it",
    "bills.use": "a part of an order; who keeps the order refuses it",
    "buyer_prices.read_prices": "looks",
    "buyer_prices.paid_volume": "looks",
    "account_checks.check_account": "looks",
    "saved_destinations.remember": "writes down what was ordered",
    "saved_destinations.list_saved": "looks",
    "purchase_decisions.decide": "ends a purchase that was paid",
    "undo.take_back": "gives back",
}
# Doors of buyers that say whose order it is by its key alone.
BY_ORDER = {
    "quantities.choose_quantity",
    "charges.choose_method",
    "balance.pay_with_balance",
    "balance.reserve_balance",
}


def doors() -> set[str]:
    """Every service about money or stock that a member of staff or a buyer uses."""
    found = set()
    for source in product_sources():
        app, _slash, rest = source.path.partition("/")
        if app not in ("payments", "inventory") or not rest.startswith("services/"):
            continue
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = {
                    (arg.arg, ast.unparse(arg.annotation))
                    for arg in (*node.args.args, *node.args.kwonlyargs)
                    if arg.annotation is not None
                }
                if names & {("actor", "Actor"), ("customer", "Customer")}:
                    found.add(f"{source.name.removesuffix('.py')}.{node.name}")
    return found | BY_ORDER


def test_every_door_about_money_or_stock_says_what_happens_when_a_store_is_stopped():
    assert doors() == set(STOPPED) | set(GOES_ON)
    assert not set(STOPPED) & set(GOES_ON)


@pytest.mark.parametrize("door", STOPPED)
def test_nothing_new_begins_in_a_store_that_is_stopped(ground, door):
    ground.stop()
    if door == "checkout.place_order":
        make_product(codes=1)
    before = everything()

    with pytest.raises(StoreClosed):
        STOPPED[door](ground)

    after = everything()
    if door == "checkout.place_order":  # its product was made on the way
        before = {name: rows for name, rows in before.items() if "inv" not in name}
        after = {name: after[name] for name in before}
    assert after == before


ASK_A_SUPPLIER_FIRST = ("bills.", "supplier_accounts.")


@pytest.mark.parametrize(
    "door", [door for door in STOPPED if not door.startswith(ASK_A_SUPPLIER_FIRST)]
)
def test_control_the_same_doors_open_when_the_store_does(ground, door, monkeypatch):
    ground.stop()
    ground.resume()

    STOPPED[door](ground)


def test_staff_and_buyers_are_told_in_their_own_words(ground):
    ground.stop()

    with pytest.raises(StoreSuspended) as staff:
        STOPPED["methods.add_account"](ground)
    with pytest.raises(StoreClosed) as buyer:
        STOPPED["deposits.request_deposit"](ground)

    assert (staff.value.code, buyer.value.code) == ("STORE_SUSPENDED", "STORE_CLOSED")
    assert "still written down" in str(staff.value)


def test_a_way_to_pay_can_be_switched_off_while_stopped(ground):
    ground.stop()

    methods.switch_method(
        actor=ground.seller, method=ground.method, is_active=False, now=NOON
    )

    assert not PaymentMethod.objects.get(pk=ground.method.pk).is_active


# --- What began goes on ---------------------------------------------------------------


def test_buyers_still_read_their_codes_and_their_balance(ground):
    ground.stop()

    (code,) = delivery.reveal_codes(
        customer=ground.buyer, order_id=ground.sold.pk, now=NOON
    )

    assert code.code.startswith("CODE-")
    assert wallets.wallet_of(ground.buyer).balance == 50_000
    assert [line.amount for line in wallets.statement(ground.buyer)] == [50_000]


def test_money_that_is_on_its_way_pays_its_order_and_is_delivered(ground):
    payment = pending(ground.waiting, method=ground.method)
    ground.stop()

    assert tell(payment) == PaymentStatus.SETTLED

    deliver(ground.waiting)
    assert Order.objects.get(pk=ground.waiting.pk).status == OrderStatus.DELIVERED


def test_a_transfer_that_came_is_confirmed_by_staff(ground):
    payment = pending(ground.waiting, method=ground.method)
    ground.stop()

    settlement.confirm_transfer(actor=ground.seller, payment=payment, now=NOON)

    assert Payment.objects.get(pk=payment.pk).status == PaymentStatus.SETTLED
    assert Order.objects.get(pk=ground.waiting.pk).status == OrderStatus.PAID


def test_a_top_up_that_was_paid_before_is_credited(ground):
    payment = top_up(ground.buyer, 20_000, method=ground.method)
    ground.stop()

    tell(payment, now=LATE)

    assert Deposit.objects.get(pk=payment.deposit_id).status == DepositStatus.CREDITED
    assert balance_of(ground.buyer) == 70_000


def test_money_of_another_amount_is_written_down_and_can_be_asked_back(ground):
    payment = pending(ground.waiting, method=ground.method)
    ground.stop()

    tell(payment, amount=4_000)
    money = UnmatchedMoney.objects.get()
    assert balance_of(ground.buyer) == 54_000
    unapplied.ask_return(customer=ground.buyer, money_id=money.pk, now=NOON)

    assert balance_of(ground.buyer) == 50_000
    unapplied.note_returned(actor=ground.seller, money=money, note="BCA", now=NOON)
    assert UnmatchedMoney.objects.get().status == UnmatchedStatus.RETURNED


def test_refunds_are_made_and_paid_out(ground):
    ground.stop()

    found = refund(ground.seller, ground.sold, 5_000, to=RefundTo.SOURCE)
    refunds.note_paid_out(actor=ground.seller, refund=found, note="BCA", now=NOON)

    found.refresh_from_db()
    assert found.status == RefundStatus.DONE


def test_codes_can_be_added_for_the_day_it_opens(ground):
    ground.stop()
    product = make_product()

    imports.add_codes(actor=ground.seller, product=product, text="A-1\nA-2", now=NOON)


# --- A balance that is asked back -----------------------------------------------------


def ask(ground: Ground, buyer=None) -> UnmatchedMoney:
    return unapplied.ask_balance_back(customer=buyer or ground.buyer, now=NOON)


def test_the_balance_is_asked_back_and_waits_for_the_seller(ground):
    other = fund(make_customer("bima"), 20_000)
    ground.stop()

    with heard(MoneyWaits) as news:
        money = ask(ground)

    assert (money.amount, money.status) == (50_000, UnmatchedStatus.OPEN)
    assert money.reason == UnmatchedReason.ASKED_BACK
    assert money.due_at == NOON + unapplied.RETURN_WITHIN
    assert (balance_of(ground.buyer), balance_of(other)) == (0, 20_000)
    assert books()["unmatched"] == -50_000
    assert [one.money.pk for one in news] == [money.pk]


def test_the_seller_pays_it_back_or_puts_it_back(ground):
    other = fund(make_customer("bima"), 20_000)
    ground.stop()
    paid, kept = ask(ground), ask(ground, other)

    unapplied.note_returned(actor=ground.seller, money=paid, note="BCA", now=NOON)
    unapplied.credit_buyer(actor=ground.seller, money=kept, now=NOON)

    assert "unmatched" not in books()
    assert (balance_of(ground.buyer), balance_of(other)) == (0, 20_000)


def test_asking_twice_asks_once(ground):
    ground.stop()
    ask(ground)

    with pytest.raises(NothingToAskFor):
        ask(ground)

    assert UnmatchedMoney.objects.count() == 1
    assert balance_of(ground.buyer) == 0


def test_a_second_balance_is_a_second_request(ground):
    payment = top_up(ground.buyer, 20_000, method=ground.method)
    ground.stop()
    ask(ground)
    tell(payment, now=LATE)

    ask(ground)

    amounts = UnmatchedMoney.objects.order_by("pk").values_list("amount", flat=True)
    assert list(amounts) == [50_000, 20_000]


def test_a_balance_of_an_open_store_is_spent_not_paid_out(ground):
    with pytest.raises(StillOpen):
        ask(ground)

    assert balance_of(ground.buyer) == 50_000
    assert not UnmatchedMoney.objects.exists()


def test_who_never_paid_has_nothing_to_ask_for(ground):
    ground.stop()

    with pytest.raises(NothingToAskFor):
        ask(ground, make_customer("citra"))


def test_a_top_up_that_the_provider_takes_back_is_not_paid_out_as_well(ground):
    payment = top_up(ground.buyer, 20_000, method=ground.method)
    tell(payment)
    ground.stop()
    money = ask(ground)

    tell(payment, FactState.REVERSED)

    money.refresh_from_db()
    assert money.status == UnmatchedStatus.CREDITED
    assert balance_of(ground.buyer) == 50_000
    assert "losses" not in books()
    with pytest.raises(IllegalMove):
        unapplied.note_returned(actor=ground.seller, money=money, note="x", now=NOON)


def test_what_was_paid_out_already_is_the_stores_loss_and_nobody_elses(ground):
    other = fund(make_customer("bima"), 20_000)
    payment = top_up(ground.buyer, 20_000, method=ground.method)
    tell(payment)
    ground.stop()
    unapplied.note_returned(
        actor=ground.seller, money=ask(ground), note="BCA", now=NOON
    )

    tell(payment, FactState.REVERSED)

    assert (balance_of(ground.buyer), balance_of(other)) == (0, 20_000)
    assert books()["losses"] == 20_000


def test_two_presses_at_once_ask_once(ground):
    ground.stop()

    results = at_once([lambda: ask(ground), lambda: ask(ground)])

    assert sorted(type(one).__name__ for one in results) == [
        "NothingToAskFor",
        "UnmatchedMoney",
    ]
    assert balance_of(ground.buyer) == 0
    assert books()["unmatched"] == -50_000
