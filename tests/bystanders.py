"""Somebody else in the same store, whom nothing that a test does may touch.

The second buyer has an order in every state, with payments, refunds, odd money, a
balance, a review, tickets and their messages; there is a second product with holds and
an alert, a second method, a second supplier account with purchases under way. A test
that asks for `bystanders` fails if any of these rows is different afterwards.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from unittest.mock import patch
from uuid import UUID

import psycopg
import pytest
from django.db import models

from bot.models import Panel, ServerSettings, Ticket
from bot.services import outbox, ticket_channels, tickets, transcripts
from bot.services.transcripts import KeptMessage
from catalog.models import Product
from inventory.models import Purchase, PurchaseAttempt, SupplierAccount
from inventory.services import alerts, purchase_facts, purchases
from inventory.suppliers import registry
from inventory.suppliers.base import FactState, OutcomeUnknown
from inventory.suppliers.digiflazz import SPEC
from inventory.suppliers.digiflazz.simulator.world import Buyer
from payments.models import (
    Deposit,
    MoneyPolicy,
    Order,
    Payment,
    PaymentMethod,
    UnmatchedMoney,
)
from payments.services.incoming import balance, unapplied
from payments.services.orders import completion, delivery
from payments.states import RefundTo
from ppob.kit import jobs as kit_jobs
from ppob.kit.db import unit_of_work
from security.services import inbox
from tenants.models import Customer, Guild, Member, Tenant
from tests.conftest import NOON, Jobs
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_guild,
    make_member,
    make_order,
    make_product,
)
from tests.inventory.suppliers import (
    Scripted,
    attempt_of,
    make_account,
    make_topup,
    map_product,
    told,
)
from tests.payments.acts import (
    balance_of,
    deliver,
    fund,
    open_transfer,
    pending,
    refund,
    tell,
    top_up,
)
from tests.providers import Served

Rows = dict[tuple[str, int], str]

OTHER_BUYER = Buyer("bystander", "dev-bystander", "hook-bystander")
CHANNEL, MESSAGE, LOG = 9_100_001, 9_200_001, 9_300_001
DELIVERED_CHANNEL = 9_100_002
HALF_AN_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Bystanders:
    """Keys of what the others have, by a name that says what it is."""

    keys: dict[str, tuple[type[models.Model], int]]

    def get(self, name: str) -> Any:
        """The row of this name, freshly read."""
        model, key = self.keys[name]
        return model._default_manager.get(pk=key)


@pytest.fixture
def bystanders(
    in_arcadia: Tenant, superuser: psycopg.Connection[Any], jobs: Jobs
) -> Iterator[Bystanders]:
    """The others; afterwards each of their rows is what it was."""
    already = _read(superuser)
    if not _kept.rows:
        _kept.keys = _gather()
        _check(Bystanders(_kept.keys))
        _kept.rows = {
            key: row for key, row in _read(superuser).items() if key not in already
        }
    else:
        _write(superuser, tenant_id=in_arcadia.pk)
    jobs.waiting.clear()
    kit_jobs._asked_for.clear()
    before = {key: row for key, row in _read(superuser).items() if key in _kept.rows}
    assert len(before) == len(_kept.rows)
    yield Bystanders(_kept.keys)
    moved = _differences(before, _read(superuser))
    if moved:
        pytest.fail("What belongs to others has moved:\n" + "\n".join(moved))


def _differences(before: Rows, after: Rows) -> list[str]:
    """Every column of theirs that is not what it was."""
    moved = []
    for (table, key), row in before.items():
        other = after.get((table, key))
        if other is None:
            moved.append(f"{table} {key} is gone")
        elif other != row:
            old, new = json.loads(row), json.loads(other)
            moved += [
                f"{table} {key}: {name} was {old[name]!r} and is {new[name]!r}"
                for name in old
                if old[name] != new[name]
            ]
    return moved


# What they have when all is well: what moves the others already while they gather would
# not be seen afterwards.
_SOON, _LATER = NOON + timedelta(minutes=15), NOON + timedelta(hours=1)
_STANDING: dict[str, dict[str, Any]] = {
    "ticket": {"status": "open", "channel_id": CHANNEL, "closes_at": None},
    "delivered ticket": {"status": "paid", "channel_id": DELIVERED_CHANNEL},
    "channelless ticket": {"status": "open", "channel_id": None},
    "waiting": {"status": "awaiting_payment", "reserved": 9_000},
    "share": {"status": "pending", "amount": 9_000},
    "payment": {"status": "pending", "amount": 1_000, "checked_at": None},
    "delivered": {"status": "delivered", "refunded": 0},
    "asked": {"status": "awaiting_payment", "reserved": 0, "expires_at": _SOON},
    "created": {"status": "awaiting_payment", "expires_at": _SOON},
    "created payment": {"status": "created", "claimed_until": None},
    "from balance": {"status": "paid", "refunded": 0},
    "undelivered": {"status": "paid", "refunded": 3_000, "expires_at": _LATER},
    "refunding": {"status": "refunding", "refunded": 10_000},
    "completed": {"status": "completed", "refunded": 0},
    "to pay out": {"status": "paying_out", "amount": 3_000},
    "odd": {"status": "open", "amount": 777, "asked_back_at": NOON},
    "awaiting approval": {"status": "awaiting_approval", "approved_by": ""},
    "deposit": {"status": "awaiting_payment", "amount": 20_000},
    "deposit payment": {"status": "pending", "expires_at": _LATER},
    "queued purchase": {"status": "open"},
    "unknown purchase": {"status": "open"},
    "owned purchase": {"status": "needs_owner"},
    "contradicted purchase": {"status": "succeeded"},
    "queued attempt": {"status": "queued", "formed_at": None, "calls": 0},
    "unknown attempt": {"status": "unknown", "formed_at": None, "discrepancy": ""},
    "owned attempt": {"status": "unknown", "formed_at": None, "calls": 1},
    "contradicted attempt": {"status": "succeeded", "discrepancy": "reversed"},
    "event": {"status": "received", "attempts": 0},
}


def _check(crowd: Bystanders) -> None:
    for name, columns in _STANDING.items():
        row = crowd.get(name)
        assert {column: getattr(row, column) for column in columns} == columns, name
    assert balance_of(crowd.get("buyer")) == 81_000


@dataclass
class _Kept:
    """What one test made and the next ones get again: making it takes a second."""

    keys: dict[str, tuple[type[models.Model], int]]
    rows: Rows


_kept = _Kept({}, {})


@cache
def _all_rows(dsn: str) -> str:
    """One statement for the rows of all tables, as text."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'id'"
            " AND data_type <> 'uuid' AND table_name NOT LIKE 'django\\_%'"
            " AND table_name NOT IN ('tenants_tenant', 'auth_permission')"
        ).fetchall()
    return " UNION ALL ".join(
        f"SELECT '{table}', id::bigint, to_jsonb({table})::text FROM {table}"
        for (table,) in tables
    )


def _read(superuser: psycopg.Connection[Any]) -> Rows:
    rows = superuser.execute(_all_rows(superuser.info.dsn)).fetchall()
    return {(table, key): row for table, key, row in rows}


def _write(superuser: psycopg.Connection[Any], *, tenant_id: int) -> None:
    """The same rows again, as those of this store. Their keys are not used twice."""
    by_table: dict[str, list[dict[str, Any]]] = {}
    for (table, _key), text in _kept.rows.items():
        row = json.loads(text)
        if row.get("tenant_id") is not None:
            row["tenant_id"] = tenant_id
        by_table.setdefault(table, []).append(row)
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        for table, rows in by_table.items():
            columns = _columns_of(superuser, table)
            superuser.execute(
                f"INSERT INTO {table} ({columns}) SELECT {columns}"
                f" FROM jsonb_populate_recordset(null::{table}, %s)",
                [json.dumps(rows)],
            )


def _columns_of(superuser: psycopg.Connection[Any], table: str) -> str:
    """The columns that are written; others the database makes from them."""
    [(columns,)] = superuser.execute(
        "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = ''",
        [table],
    ).fetchall()
    return str(columns)


def _gather() -> dict[str, tuple[type[models.Model], int]]:
    buyer, member = make_customer("bystander"), make_member()
    method = open_transfer(name="Mandiri")
    product = make_product(name="Their product", codes=4)
    fund(buyer, 100_000)
    things: dict[str, models.Model] = {
        "buyer": buyer,
        "member": member,
        "method": method,
        "gateway method": make_gateway_method(),
        "product": product,
        **_in_discord(buyer, product.pk, method),
        **_orders(buyer, member, method),
        **_purchases(buyer, method),
    }
    alerts.check_product(product_id=product.pk, now=NOON)
    event, _is_new = inbox.store_event(
        source="gateway:tripay",
        target=UUID(int=7),
        headers={},
        body=b"theirs",
        now=NOON,
    )
    things["event"] = event
    return {name: (type(row), row.pk) for name, row in things.items()}


def _in_discord(
    buyer: Customer, product_id: int, method: PaymentMethod
) -> dict[str, models.Model]:
    """A ticket that waits for its money, one that is over, a panel and messages."""
    guild = make_guild(bot_joined_at=NOON)
    ServerSettings.objects.create(guild=guild, log_channel_id=LOG, auto_close_secs=777)
    panel = Panel.objects.create(
        guild=guild, channel_id=CHANNEL, message_id=MESSAGE, created_at=NOON
    )
    waiting = _ticket(buyer, guild, product_id, panel, channel_id=CHANNEL)
    order = Order.objects.get(pk=waiting.order_id)
    share = balance.reserve_balance(order_id=order.pk, now=NOON)
    payment = pending(order, method=method)
    dear = make_product(name="Their dear product", price=600_000, codes=1)
    done = _ticket(buyer, guild, dear.pk, panel, channel_id=DELIVERED_CHANNEL)
    delivered = Order.objects.get(pk=done.order_id)
    tell(pending(delivered, method=method))
    delivered.refresh_from_db()
    deliver(delivered)
    channelless = tickets.open_ticket(
        customer=make_customer("channelless"),
        guild_id=guild.pk,
        product_id=product_id,
        panel_id=None,
        request_key="bystander:channelless",
        now=NOON,
    ).ticket
    transcripts.keep_message(
        KeptMessage(1, CHANNEL, 2, "bystander", False, "halo", [], NOON, None), files=[]
    )
    with unit_of_work("tests.message"):
        outbox.to_channel(
            guild_id=guild.pk,
            channel_id=CHANNEL,
            kind="remove_message",
            payload={"message": "1"},
            dedupe_key="bystander",
            now=NOON,
        )
    return {
        "guild": guild,
        "panel": panel,
        "ticket": waiting,
        "delivered ticket": done,
        "channelless ticket": channelless,
        "waiting": order,
        "share": share,
        "payment": payment,
        "delivered": delivered,
    }


def _ticket(
    buyer: Customer, guild: Guild, product_id: int, panel: Panel, *, channel_id: int
) -> Ticket:
    opened = tickets.open_ticket(
        customer=buyer,
        guild_id=guild.pk,
        product_id=product_id,
        panel_id=panel.pk,
        request_key=f"bystander:{channel_id}",
        now=NOON,
    ).ticket
    ticket_channels.channel_ready(opened.pk, channel_id=channel_id, name="theirs")
    return opened


def _orders(
    buyer: Customer, member: Member, method: PaymentMethod
) -> dict[str, models.Model]:
    """One order in every state, and money that is on its way somewhere."""
    product = make_product(name="Their other product", codes=8)

    def paid(**changes: Any) -> Order:
        order = make_order(product, customer=buyer)
        tell(pending(order, method=method), **changes)
        order.refresh_from_db()
        return order

    asked = make_order(product, customer=make_customer("neighbour"))
    created = make_order(
        product, customer=make_customer("other"), method=make_gateway_method()
    )
    from_balance = make_order(product, customer=buyer)
    balance.pay_with_balance(order_id=from_balance.pk, now=NOON)
    undelivered, refunding, completed = paid(), paid(), paid()
    to_pay_out = refund(member, undelivered, 3_000, to=RefundTo.SOURCE)
    refund(member, refunding, to=RefundTo.SOURCE)
    deliver(completed)
    delivery.reveal_codes(customer=buyer, order_id=completed.pk, now=NOON)
    completion.leave_review(
        customer=buyer, order_id=completed.pk, stars=3, text="theirs", now=NOON
    )
    overpaid = paid(amount=10_777)
    odd = UnmatchedMoney.objects.get(payment__order=overpaid)
    unapplied.ask_return(customer=buyer, money_id=odd.pk, now=NOON)
    waits = refund(member, Order.objects.get(customer=buyer, total=600_000))
    deposit = top_up(buyer, 20_000, method=method)
    return {
        "asked": asked,
        "created": created,
        "from balance": from_balance,
        "undelivered": undelivered,
        "refunding": refunding,
        "completed": completed,
        "to pay out": to_pay_out,
        "odd": odd,
        "awaiting approval": waits,
        "deposit": Deposit.objects.get(pk=deposit.deposit_id),
        "deposit payment": deposit,
        "created payment": Payment.objects.get(order=created),
    }


def _purchases(buyer: Customer, method: PaymentMethod) -> dict[str, models.Model]:
    """Purchases that are queued, unknown, with their owner, and contradicted."""
    account = make_account(OTHER_BUYER, position=50)
    product = make_topup(name="Their top-up", price=11_000)
    map_product(product, account, sku="bystander")
    names = ("queued", "unknown", "owned", "contradicted")
    bought = {name: _purchase(buyer, product.pk, method) for name in names}
    MoneyPolicy.objects.all().delete()  # a test about limits sets its own
    silent = Scripted([OutcomeUnknown("time-out")] * 3)
    with patch.dict(registry._ADAPTERS, {"digiflazz": Served(SPEC, silent)}):
        for name in names[1:]:
            purchases.send(attempt_id=attempt_of(bought[name]).pk, now=NOON)
    purchases.hand_to_owner(purchase_id=bought["owned"].pk, now=NOON + HALF_AN_HOUR)
    attempt = attempt_of(bought["contradicted"])
    for state in (FactState.SUCCEEDED, FactState.REFUNDED):
        purchase_facts.record_fact(
            attempt_id=attempt.pk,
            fact=told(attempt.ref_id, state),
            actor="supplier:digiflazz",
            now=NOON,
        )
    return {
        "account": SupplierAccount.objects.get(pk=account.pk),
        "topup": product,
        **{f"{name} purchase": purchase for name, purchase in bought.items()},
        **{
            f"{name} attempt": PurchaseAttempt.objects.get(pk=attempt_of(purchase).pk)
            for name, purchase in bought.items()
        },
    }


def _purchase(buyer: Customer, product_id: int, method: PaymentMethod) -> Purchase:
    topup = Product.objects.get(pk=product_id)
    order = make_order(topup, customer=buyer, destination="087800001111")
    tell(pending(order, method=method))
    deliver(order)
    return Purchase.objects.get(holder=order.lines.get().public_id)
