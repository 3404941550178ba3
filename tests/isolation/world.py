"""Two stores that are alike, row by row, with somebody in every role."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections, models

from bot.models import BotInstance, Panel, ServerSettings, Ticket, TicketMessage
from catalog.models import Category
from inventory.models import (
    AccountCheck,
    BillInquiry,
    PriceChange,
    Purchase,
    SavedDestination,
    SupplierAccount,
    SupplierProduct,
)
from inventory.services import purchases
from inventory.services.jakarta import day_of
from inventory.states import CheckState, PurchaseStatus
from payments.models import (
    Discrepancy,
    Payment,
    PaymentMethod,
    UnmatchedMoney,
    UnreachedBuyer,
)
from payments.services.incoming import settlement
from payments.services.orders import completion
from payments.services.orders.delivery import deliver_order
from payments.states import BuyerNews, PaymentStatus, UnmatchedStatus
from ppob.kit.ids import new_id
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security.models import User
from tenants.models import Customer, Guild, Member, Tenant
from tenants.states import Role
from tests import factories
from tests.conftest import NOON
from tests.isolation import canary
from tests.payments.acts import LATE, pending
from tests.rows import row_of

AYU, BIMA = 610_000_000_000_000_001, 610_000_000_000_000_002
ACCOUNT = "24681357"  # of a player, in the store's game
_numbers = itertools.count(1)


@dataclass
class Side:
    """One store and what a call to it needs. Rows are made in its own scope."""

    tenant: Tenant
    word: str
    guild: Guild
    members: dict[Role, Member]
    buyer: Customer
    other_buyer: Customer
    category: Category
    panel: Panel
    transfer: PaymentMethod
    gateway: PaymentMethod
    supplier: SupplierAccount

    @property
    def owner(self) -> Member:
        return self.members[Role.OWNER]

    @contextmanager
    def open(self) -> Iterator[None]:
        with tenant_scope(self.tenant.pk):
            yield

    @staticmethod
    def next_number() -> int:
        """A number nobody had."""
        return next(_numbers)

    def product(self, **fields: Any) -> Any:
        """Two codes of something new."""
        number = next(_numbers)
        name = f"{self.word} product {number}"
        fields = {"codes": 2, "name": name, "description": self.word} | fields
        return factories.make_product(**fields)

    def order(self, **fields: Any) -> Any:
        """An order that waits for its money."""
        fields.setdefault("customer", self.buyer)
        return factories.make_order(
            fields.pop("product", None) or self.product(), **fields
        )

    def transfer_of(self, order: Any = None) -> Payment:
        """A transfer that waits for the seller's word."""
        return pending(order or self.order(), method=self.transfer)

    def bill(self, order: Any = None) -> Payment:
        """A payment that a gateway has taken on."""
        order = order or self.order()
        number = next(_numbers)
        return Payment.objects.create(
            order=order,
            method=self.gateway,
            reference=f"T{self.tenant.pk}-{order.code}-{number:08}",
            gateway_reference=f"DEV-{self.tenant.pk}-{number}",
            status=PaymentStatus.PENDING,
            amount=order.total,
            created_at=NOON,
            expires_at=LATE,
        )

    def sold(self) -> Any:
        """An order that was paid and delivered."""
        order = self.paid()
        deliver_order(order_id=order.pk, now=NOON)
        return order

    def paid(self) -> Any:
        """An order that was paid and waits for its delivery."""
        order = self.order()
        payment = self.transfer_of(order)
        settlement.confirm_transfer(actor=self.owner, payment=payment, now=NOON)
        return order

    def unapplied_money(self) -> UnmatchedMoney:
        """Money that waits for the seller's decision."""
        money: UnmatchedMoney = row_of(UnmatchedMoney, tenant_id=self.tenant.pk)
        money.payment = self.bill()
        money.amount = money.payment.amount
        money.event_key = f"{self.word}-{next(_numbers)}"
        money.save()
        return money

    def discrepancy(self) -> Discrepancy:
        """A gateway told one transaction with two totals: somebody has to decide."""
        found: Discrepancy = row_of(Discrepancy, tenant_id=self.tenant.pk)
        found.payment = self.bill()
        found.kind, found.status = "second_total", "open"
        found.amount, found.expected = 2_000, 1_000
        found.opened_at = found.due_at = NOON
        found.decided_at = None
        found.key = f"{self.word}-{next(_numbers)}"
        found.save()
        return found

    def unreached(self) -> UnreachedBuyer:
        """A buyer whom no message reached."""
        order = self.sold()
        found: UnreachedBuyer = UnreachedBuyer.objects.create(
            customer=order.customer,
            order=order,
            news=BuyerNews.ORDER_READY,
            opened_at=NOON,
            due_at=NOON,
        )
        return found

    def credited_money(self) -> UnmatchedMoney:
        """Money that went to the buyer's balance because it fitted no order."""
        money = self.unapplied_money()
        UnmatchedMoney.objects.filter(pk=money.pk).update(
            status=UnmatchedStatus.CREDITED, settled_at=NOON
        )
        return money

    def offer(self, **fields: Any) -> SupplierProduct:
        """A line of the supplier's price list; nobody sells it yet."""
        number = next(_numbers)
        option: SupplierProduct = factories.SupplierProductFactory(
            **{
                "account": self.supplier,
                "product": None,
                "sku": f"{self.word}-{number}",
                "name": self.word,
            }
            | fields
        )
        return option

    def hand_kept(self) -> SupplierAccount:
        """An account at a supplier that tells no prices: the store enters its goods."""
        name = f"{self.word}-{next(_numbers)}"
        account: SupplierAccount = factories.SupplierAccountFactory(
            kind="apigames", username=name, is_active=False
        )
        return account

    def price_change(self, option: SupplierProduct) -> PriceChange:
        """A line of the supplier's price list got dearer."""
        change: PriceChange = PriceChange.objects.create(
            account=option.account,
            sku=option.sku,
            name=option.name,
            kind="up",
            old_cost=1,
            new_cost=option.cost,
            since=NOON,
            at=NOON,
        )
        return change

    def game_item(self) -> Any:
        """A top-up of the store's game, which its supplier delivers."""
        item = self.product(kind="topup", category=self.category, codes=0)
        self.offer(product=item)
        return item

    def bill_item(self) -> Any:
        """A bill that can be paid at the store's supplier."""
        item = self.product(kind="bill", codes=0)
        self.offer(product=item, is_bill=True, cost=0)
        return item

    def bill_inquiry(self) -> BillInquiry:
        """What a number of the buyer's owes, as it was answered."""
        product, number = self.bill_item(), next(_numbers)
        option = SupplierProduct.objects.get(product=product)
        inquiry: BillInquiry = BillInquiry.objects.create(
            account=option.account,
            product=product,
            customer=self.buyer,
            sku=option.sku,
            destination=f"{ACCOUNT}{number}",
            target=f"{ACCOUNT}{number}",
            ref_id=f"B{self.word}{number}",
            day=day_of(NOON),
            asked_at=NOON,
            answered_at=NOON,
            status="answered",
            finding="due",
            customer_name=self.word,
            billed=10_000,
            cost=9_000,
        )
        return inquiry

    def account_check(self, **fields: Any) -> AccountCheck:
        """What was found out about an account that the buyer named."""
        found: AccountCheck = AccountCheck.objects.create(
            customer=self.buyer,
            category=self.category,
            destination=ACCOUNT,
            checked_at=NOON,
            **{"state": CheckState.UNCHECKED} | fields,
        )
        return found

    def saved(self) -> SavedDestination:
        """An account that the buyer topped up before."""
        number = next(_numbers)
        found: SavedDestination = SavedDestination.objects.create(
            customer=self.buyer,
            category=self.category,
            destination=f"{ACCOUNT}{number}",
            name=self.word,
            used_at=NOON,
        )
        return found

    def topped_up(self) -> Any:
        """An order for a top-up that was paid; no supplier has heard of it."""
        order = self.order(
            product=self.game_item(), customer=self.buyer, destination=ACCOUNT
        )
        payment = self.transfer_of(order)
        settlement.confirm_transfer(actor=self.owner, payment=payment, now=NOON)
        return order

    def stalled(self) -> Purchase:
        """A top-up that waits for somebody's decision."""
        order = self.topped_up()
        deliver_order(order_id=order.pk, now=NOON)
        purchase = Purchase.objects.get(holder=order.lines.get().public_id)
        Purchase.objects.filter(pk=purchase.pk).update(due_at=NOON)
        purchases.hand_to_owner(purchase_id=purchase.pk, now=NOON)
        purchase.refresh_from_db()
        assert purchase.status == PurchaseStatus.NEEDS_OWNER
        return purchase

    def ticket(self, order: Any = None, **fields: Any) -> Ticket:
        """A ticket with one line and one file of its conversation."""
        order = order or self.order()
        number = next(_numbers)
        ticket: Ticket = Ticket.objects.create(
            number=1000 + number,
            order=order,
            customer=order.customer,
            product=order.lines.get().product,
            guild=self.guild,
            panel=self.panel,
            channel_id=4_000_000 + number,
            name=f"{self.word}-ticket",
            created_at=NOON,
            **fields,
        )
        path = default_storage.save(
            f"tickets/{ticket.public_id}/{number}.txt", ContentFile(self.word.encode())
        )
        TicketMessage.objects.create(
            ticket=ticket,
            discord_id=5_000_000 + number,
            author_id=self.buyer.discord_id,
            author_name=self.word,
            content=self.word,
            attachments=[{"name": f"{self.word}.txt", "size": 8, "file": path}],
            at=NOON,
        )
        return ticket


def make_side(slug: str, word: str) -> Side:
    """A store with people, goods, ways to pay and some history."""
    tenant = factories.make_tenant(slug)
    with tenant_scope(tenant.pk):
        guild = factories.make_guild(name=word, bot_joined_at=NOON)
        ServerSettings.objects.create(guild=guild, log_channel_id=7_000_000 + tenant.pk)
        members = {role: factories.make_member(role) for role in Role}
        category = Category.objects.create(
            code=f"GAME-{slug[:3].upper()}",
            name=word,
            destination_fields=[{"name": "id", "label": word, "pattern": "[0-9]+"}],
        )
        BotInstance.objects.create(
            application_id=8_000_000 + tenant.pk, token=f"{word}.token"
        )
        side = Side(
            tenant=tenant,
            word=word,
            guild=guild,
            members=members,
            buyer=factories.make_customer("ayu", discord_id=AYU),
            other_buyer=factories.make_customer("bima", discord_id=BIMA),
            category=category,
            panel=Panel.objects.create(
                guild=guild, channel_id=11, title=word, created_at=NOON
            ),
            transfer=factories.make_transfer_method(name=f"{word} bank"),
            gateway=factories.make_gateway_method(details={"note": word}),
            supplier=SupplierAccount.objects.create(
                kind="digiflazz",
                username=word,
                credentials=json.dumps(
                    {
                        "api_key": f"dev-{word}",
                        "webhook_secret": f"{word}-webhook-secret",
                    }
                ),
                is_test=True,
                created_at=NOON,
            ),
        )
        _live_a_little(side)
    return side


def _live_a_little(side: Side) -> None:
    side.game_item()
    side.bill_inquiry()
    side.account_check(state=CheckState.VERIFIED, name=side.word, source="digiflazz")
    side.saved()
    side.price_change(side.offer())
    side.stalled()
    side.ticket()
    order = side.sold()
    completion.leave_review(
        customer=side.buyer, order_id=order.pk, stars=5, text=side.word, now=NOON
    )


@dataclass
class World:
    """Ours and theirs, and people who belong to neither."""

    ours: Side
    theirs: Side
    stranger: User
    staff: User
    superuser: User


def make_world(connection: psycopg.Connection[Any]) -> World:
    """Both stores; every table has a row of theirs."""
    with no_tenant_scope():
        world = World(
            ours=make_side("arcadia", canary.OURS),
            theirs=make_side("borealis", canary.THEIRS),
            stranger=factories.make_user("stranger"),
            staff=factories.make_user("clerk", is_staff=True),
            superuser=factories.make_user("root", is_staff=True, is_superuser=True),
        )
        complete(connection, world.theirs)
    return world


def complete(connection: psycopg.Connection[Any], side: Side) -> None:
    """Give the store a row of every table that its history left empty."""
    with side.open():
        for model in canary.tenant_models():
            if not model.objects.exists():
                _plant(connection, model, side.tenant.pk)


def row_like(side: Side, label: str, **fields: Any) -> Any:
    """A new row of a table, with relatives of the same store."""
    model = apps.get_model(label)
    row = _related(model, side.tenant.pk)
    for found in model._meta.concrete_fields:
        if found.name in ("ref_id", "public_id", "holder"):
            setattr(row, found.attname, new_id())
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def _plant(
    connection: psycopg.Connection[Any], model: type[models.Model], tenant_id: int
) -> None:
    """A row of a table that the world's own history did not fill."""
    row = _related(model, tenant_id)
    fields = [
        found
        for found in model._meta.concrete_fields
        if not found.primary_key and not found.generated
    ]
    values = [
        b"x"
        if isinstance(found, models.BinaryField)
        else found.get_db_prep_save(getattr(row, found.attname), connections["default"])
        for found in fields
    ]
    columns = ", ".join(f'"{found.column}"' for found in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})", values
        )


def _related(model: Any, tenant_id: int) -> Any:
    """An unsaved row whose words are known ones and whose relatives exist."""
    row = row_of(model, tenant_id=tenant_id)
    for found in model._meta.concrete_fields:
        if words := canary.words_of(model, found.name):
            setattr(row, found.attname, words[0])
        if found.unique and isinstance(found, models.CharField):
            setattr(row, found.attname, new_id().hex)  # no other store has it
        if found.is_relation and issubclass(found.related_model, canary.TenantRow):
            relative = found.related_model.objects.first()
            if relative is not None and not found.null:
                setattr(row, found.attname, relative.pk)
    return row
