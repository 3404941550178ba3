"""The stores of a run: goods, buyers, ways to pay, and a server in Discord."""

from dataclasses import dataclass, field

from bot.models import ServerSettings
from catalog.models import Product
from inventory.models import StockItem, SupplierAccount
from inventory.services import stock
from inventory.suppliers.digiflazz.simulator.world import BUYERS as SUPPLIED
from payments.gateways.tripay.simulator.world import MERCHANTS, Merchant
from payments.models import PaymentMethod
from payments.states import MethodKind
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from tests.factories import (
    NOON,
    make_customer,
    make_guild,
    make_member,
    make_policy,
    make_product,
    make_tenant,
    make_transfer_method,
)
from tests.inventory.suppliers import make_account, make_topup, map_product

BUYERS = 8
PLENTY, SCARCE = 40, 4


@dataclass
class Store:
    """Ids only: every child reads its rows through a connection of its own."""

    tenant_id: int
    seller_id: int
    second_id: int  # who approves what the first one asks for
    guild_id: int
    customers: list[int]
    plenty: list[int]
    scarce: list[int]
    top_ups: list[int]
    account: str  # at the supplier: the public id
    methods: dict[str, str]  # by gateway: the public id
    codes: dict[int, set[str]] = field(default_factory=dict)  # by product: all ever

    @property
    def products(self) -> list[int]:
        return [*self.plenty, *self.scarce]


def make_stores() -> list[Store]:
    """One store for each merchant the gateway knows."""
    return [_make_store(merchant) for merchant in MERCHANTS]


def codes_for(product_id: int, batch: str, count: int) -> list[str]:
    """Codes that no other batch has."""
    return [f"{batch}-{product_id}-{number}" for number in range(count)]


UNDO_SECS = 20  # a buyer's, after a top-up was paid
DEPOSIT = 50_000_000  # rupiah at the supplier


def _make_store(merchant: Merchant) -> Store:
    tenant = make_tenant(merchant.name.lower().replace(" ", "-"))
    with tenant_scope(tenant.pk):
        guild = make_guild(bot_joined_at=NOON)
        ServerSettings.objects.create(guild=guild, log_channel_id=guild.discord_id + 1)
        store = Store(
            tenant_id=tenant.pk,
            seller_id=make_member().pk,
            second_id=make_member().pk,
            guild_id=guild.pk,
            customers=[make_customer(f"buyer{n}").pk for n in range(BUYERS)],
            plenty=[make_product(price=price).pk for price in (15_000, 40_000, 900)],
            scarce=[make_product(price=9_500).pk for _ in range(2)],
            top_ups=[make_topup(price=20_000).pk],
            account=str(
                make_account(
                    SUPPLIED[MERCHANTS.index(merchant)],
                    deposit=DEPOSIT,
                    deposit_at=NOON,
                ).public_id
            ),
            methods={
                "tripay": str(_gateway_method(merchant).public_id),
                "manual": str(make_transfer_method(hold_secs=1800).public_id),
            },
        )
        make_policy(
            refund_approval_above=25_000, wallet_limit=20_000_000, undo_secs=UNDO_SECS
        )
        account = SupplierAccount.objects.get(public_id=store.account)
        for product_id in store.top_ups:
            map_product(Product.objects.get(pk=product_id), account)
        for product_id in store.products:
            count = PLENTY if product_id in store.plenty else SCARCE
            codes = codes_for(product_id, "FIRST", count)
            add_codes(product_id, codes)
            store.codes[product_id] = set(codes)
    return store


def add_codes(product_id: int, codes: list[str]) -> None:
    """Put codes on the shelf; ones that were ever there are left out."""
    product = Product.objects.get(pk=product_id)
    stock.add_items(product=product, codes=codes, actor="test", now=clock.now())


def read_codes(store: Store) -> list[StockItem]:
    """Every code of the store that there is."""
    with tenant_scope(store.tenant_id):
        return list(StockItem.objects.order_by("pk"))


def _gateway_method(merchant: Merchant) -> PaymentMethod:
    method = PaymentMethod(
        kind=MethodKind.QRIS,
        gateway="tripay",
        channel="qris",
        name="QRIS",
        is_test=True,
        hold_secs=900,
        created_at=NOON,
    )
    method.credentials = (
        f'{{"merchant_code": "{merchant.code}", "api_key": "{merchant.api_key}",'
        f' "private_key": "{merchant.private_key}"}}'
    )
    method.save()
    return method
