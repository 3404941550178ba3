"""The database refuses wrong money whatever the code does."""

import re

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from payments.models import (
    LedgerAccount,
    LedgerEntry,
    LedgerPosting,
    Order,
    OrderEvent,
    Payment,
    Review,
    UnmatchedMoney,
)
from payments.services import ledger
from payments.services.incoming import charges
from payments.services.ledger import Posting
from payments.services.orders import completion
from payments.states import AccountKind, EntryKind, PaymentStatus
from ppob.kit import scope
from ppob.kit.money import MAX_AMOUNT
from security.models import AuditEntry
from security.services import audit
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_deposit,
    make_order,
    make_product,
    make_transfer_method,
)


def run(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def make_account(kind=AccountKind.CLEARING, **fields):
    return LedgerAccount.objects.create(kind=kind, **fields)


def enter(*amounts, source="test"):
    """Book amounts directly, past the service."""
    with transaction.atomic():
        entry = LedgerEntry.objects.create(kind=EntryKind.SALE, source=source, at=NOON)
        account, _made = LedgerAccount.objects.get_or_create(kind=AccountKind.SALES)
        LedgerPosting.objects.bulk_create(
            LedgerPosting(entry=entry, account=account, amount=amount)
            for amount in amounts
        )


@pytest.fixture
def booked(in_arcadia):
    with transaction.atomic():
        return ledger.book(
            subject=make_order(),
            kind=EntryKind.SALE,
            source="first",
            postings=[
                Posting(AccountKind.CLEARING, 500),
                Posting(AccountKind.SALES, -500),
            ],
            now=NOON,
        )


@pytest.mark.parametrize(
    "amounts", [(), (5,), (5, -4), (5, 5), (1, 2, -4), (0, 0), (5, -5, 0)]
)
def test_an_entry_that_does_not_balance_is_refused(in_arcadia, amounts):
    with pytest.raises(IntegrityError):
        enter(*amounts)

    assert not LedgerEntry.objects.exists()
    assert not LedgerPosting.objects.exists()


def test_an_entry_that_balances_is_accepted(in_arcadia):
    enter(5, -3, -2)

    assert LedgerPosting.objects.count() == 3


def test_a_posting_cannot_be_added_to_an_old_entry(booked):
    account = LedgerAccount.objects.first()

    with pytest.raises(IntegrityError, match="does not balance"):
        LedgerPosting.objects.create(entry=booked, account=account, amount=1)


def test_the_service_refuses_what_does_not_balance_at_once(in_arcadia):
    order = make_order()
    for postings in ([], [Posting(AccountKind.SALES, 5)]):
        with pytest.raises(ValueError, match="balance"), transaction.atomic():
            ledger.book(
                subject=order,
                kind=EntryKind.SALE,
                source="x",
                postings=postings,
                now=NOON,
            )


def test_the_same_source_is_booked_once(booked):
    with pytest.raises(IntegrityError):
        enter(5, -5, source="first")
    with pytest.raises(ledger.AlreadyBooked), transaction.atomic():
        ledger.book(
            subject=booked.order,
            kind=EntryKind.SALE,
            source="first",
            postings=[
                Posting(AccountKind.CLEARING, 1),
                Posting(AccountKind.SALES, -1),
            ],
            now=NOON,
        )

    assert ledger.balance(AccountKind.CLEARING) == 500


@pytest.mark.parametrize("alias", ["default", "platform", "owner"])
@pytest.mark.parametrize("model", [LedgerEntry, LedgerPosting, OrderEvent, AuditEntry])
def test_what_was_written_down_is_never_changed(booked, superuser, model, alias):
    make_order()
    with transaction.atomic():
        audit.record(actor="user:1", action="x", object="y", now=NOON)
    table = model._meta.db_table
    before = superuser.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()

    for statement in (
        f"UPDATE {table} SET tenant_id = tenant_id",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with (
            pytest.raises(DatabaseError, match=r"append-only|permission denied"),
            transaction.atomic(using=alias),
            connection_of(alias).cursor() as cursor,
        ):
            cursor.execute(statement)

    after = superuser.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
    assert before
    assert after == before


def connection_of(alias):
    return transaction.get_connection(alias)


def test_a_wallet_never_goes_below_zero(in_arcadia):
    customer = make_customer()
    wallet = make_account(AccountKind.WALLET, customer=customer, balance=100)

    with pytest.raises(IntegrityError, match="account_never_negative"):
        LedgerAccount.objects.filter(pk=wallet.pk).update(balance=F("balance") - 101)
    with pytest.raises(ledger.BalanceTooLow), transaction.atomic():
        ledger.book(
            subject=make_order(),
            kind=EntryKind.SALE,
            source="too much",
            postings=[
                Posting(AccountKind.WALLET, 101, customer_id=customer.pk),
                Posting(AccountKind.HELD, -101),
            ],
            now=NOON,
        )

    assert ledger.wallet_balance(customer.pk) == 100
    assert not LedgerEntry.objects.exists()


def test_only_wallets_keep_a_balance(in_arcadia):
    with pytest.raises(IntegrityError, match="only_wallets"):
        make_account(AccountKind.SALES, balance=5)
    with pytest.raises(IntegrityError, match="only_wallets"):
        make_account(AccountKind.WALLET, customer=make_customer())


def test_an_account_exists_once(in_arcadia):
    make_account()

    with pytest.raises(IntegrityError, match="account_once"):
        make_account()


def test_every_status_column_knows_its_words(in_arcadia, superuser):
    """Generic: whatever model gets a status, the database repeats its enum."""
    columns = [
        (model, field)
        for model in apps.get_models()
        if model._meta.app_config.path.startswith(str(settings_root()))
        for field in model._meta.concrete_fields
        if field.choices and field.get_internal_type() == "CharField"
        if field.name in ("status", "kind", "level", "role", "desired", "observed")
    ]
    unguarded = []
    for model, field in columns:
        checks = superuser.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'c' AND conrelid = %s::regclass",
            (model._meta.db_table,),
        ).fetchall()
        values = {str(value) for value, _label in field.choices}
        if not any(words_for(field.column, check) == values for (check,) in checks):
            unguarded.append(f"{model._meta.label}.{field.name}")

    assert unguarded == []
    assert len([field for _model, field in columns if field.name == "status"]) >= 9


def words_for(column, check):
    """The words that a check lets this column have; PostgreSQL writes one word plain.

    A check may name words in each of its cases, several here and one there.
    """
    found = set(re.findall(rf"{column}\)::text = '([^']*)'::text", check))
    if f"{column})::text = ANY" in check:
        found |= set(re.findall("'([^']*)'::character", check))
    return found


def settings_root():
    return apps.get_app_config("payments").path.rsplit("/", 1)[0]


@pytest.mark.parametrize(
    ("table", "constraint"),
    [
        ("payments_order", "order_status_known"),
        ("payments_payment", "payment_status_known"),
        ("inventory_hold", "hold_status_known"),
        ("inventory_stockitem", "item_status_known"),
    ],
)
def test_an_unknown_status_is_refused(in_arcadia, table, constraint):
    order = make_order()
    charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )

    with pytest.raises(IntegrityError, match=f"{constraint}|item_holder"):
        run(f"UPDATE {table} SET status = 'gone'")


def test_an_order_has_at_most_one_open_payment(in_arcadia):
    order, method = make_order(), make_transfer_method()
    payment = charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=NOON
    )

    with pytest.raises(IntegrityError, match="payment_one_open_per_order"):
        copy_payment(payment, reference="other", amount=1)

    assert Payment.objects.count() == 1


def test_an_amount_is_asked_for_once_per_account(in_arcadia):
    product, method = make_product(codes=2), make_transfer_method()
    payment = charges.choose_method(
        order_id=make_order(product).pk, method_id=method.public_id, now=NOON
    )

    with pytest.raises(IntegrityError, match="payment_amount_once_per_account"):
        copy_payment(payment, reference="other", order=make_order(product))
    copy_payment(
        payment, reference="released", order=make_order(), reserves_amount=False
    )


def test_a_reference_is_used_once(in_arcadia):
    payment = charges.choose_method(
        order_id=make_order().pk, method_id=make_transfer_method().public_id, now=NOON
    )

    with pytest.raises(IntegrityError, match="reference"):
        copy_payment(payment, status=PaymentStatus.FAILED, reserves_amount=False)


def test_a_gateways_reference_is_used_once_per_method(in_arcadia):
    payment = charges.choose_method(
        order_id=make_order().pk, method_id=make_transfer_method().public_id, now=NOON
    )
    Payment.objects.update(gateway_reference="T-1")

    with pytest.raises(IntegrityError, match="gateway_reference_once"):
        copy_payment(
            payment,
            reference="other",
            order=make_order(),
            reserves_amount=False,
            gateway_reference="T-1",
        )


def copy_payment(payment, **changes):
    values = {
        field.name: getattr(payment, field.name)
        for field in Payment._meta.concrete_fields
        if field.name not in ("id", "public_id")
    }
    with transaction.atomic():
        return Payment.objects.create(**{**values, **changes})


@pytest.mark.parametrize("amount", [0, -1])
def test_amounts_are_positive(in_arcadia, amount):
    order = make_order()
    charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )

    with pytest.raises(IntegrityError, match=r"order_(total_positive|refunded_within)"):
        Order.objects.update(total=amount)
    with pytest.raises(IntegrityError, match="payment_amount_positive"):
        Payment.objects.update(amount=amount)
    with pytest.raises(IntegrityError, match="deposit_amount_positive"):
        make_deposit(amount=amount)
    with pytest.raises(IntegrityError, match="unmatched_amount_positive"):
        UnmatchedMoney.objects.create(
            payment=Payment.objects.get(),
            event_key="x",
            amount=amount,
            reason="wrong_amount",
            received_at=NOON,
        )


@pytest.mark.parametrize("price", [0, -1, MAX_AMOUNT + 1, 2**62])
def test_a_price_is_at_least_one_rupiah_and_at_most_a_billion(in_arcadia, price):
    product = make_product(price=MAX_AMOUNT)

    with pytest.raises(IntegrityError, match="product_price_in_range"):
        type(product).objects.update(price=price)


@pytest.mark.parametrize("stars", [0, 6, 100])
def test_a_review_has_one_to_five_stars(in_arcadia, stars):
    order = make_order()

    with pytest.raises(IntegrityError, match="review_one_to_five_stars"):
        Review.objects.create(
            order=order, customer=order.customer, stars=stars, created_at=NOON
        )
    with pytest.raises(completion.InvalidInput):
        completion.leave_review(
            customer=order.customer, order_id=order.pk, stars=stars, now=NOON
        )


def test_an_order_is_reviewed_once(in_arcadia):
    order = make_order()
    Review.objects.create(
        order=order, customer=order.customer, stars=5, created_at=NOON
    )

    with pytest.raises(IntegrityError, match="review_once_per_order"):
        Review.objects.create(
            order=order, customer=order.customer, stars=5, created_at=NOON
        )


def test_a_request_makes_one_order(in_arcadia):
    order = make_order(request_key="click")

    with pytest.raises(IntegrityError, match="order_once_per_request"):
        Order.objects.create(
            code="AAA-AAA",
            request_key="click",
            customer=order.customer,
            total=1,
            created_at=NOON,
            expires_at=NOON,
        )


def test_guards_hold_for_the_platform_too(in_arcadia):
    make_order()

    with (
        scope.no_tenant_scope(),
        pytest.raises(IntegrityError),
        connection_of("platform").cursor() as cursor,
    ):
        cursor.execute("UPDATE payments_order SET total = 0")
