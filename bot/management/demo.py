"""Two stores to try everything with, in the local Discord."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bot.management import demo_goods
from bot.management.demo_goods import DemoProduct
from bot.models import Panel
from bot.services import panels, servers
from bot.services.panel_drafts import PanelDraft
from bot.services.servers import ServerDraft
from catalog.models import Category, Product
from catalog.services import categories, products, seeding
from catalog.services.products import ProductDraft
from inventory.services import imports
from payments.gateways import registry
from payments.models import PaymentMethod
from payments.services.incoming import methods
from payments.services.incoming.methods import AccountDraft, GatewayDraft
from payments.states import MethodKind
from ppob.kit.scope import tenant_scope
from ppob.local import demo
from ppob.local.demo import DemoStore
from security.models import AuditEntry, User
from security.services import audit
from tenants import cross_tenant
from tenants.models import Guild, Member
from tenants.services import onboarding

DONE = "demo.seeded"
MINIMUM_STOCK = 3


@dataclass(frozen=True)
class _Assortment:
    """What one of the demo stores offers."""

    goods: tuple[DemoProduct, ...]
    has_topups: bool
    bank: str
    account_number: str


_ASSORTMENTS = {
    demo.TOKO_RIZKY.slug: _Assortment(
        goods=(
            demo_goods.NETFLIX,
            demo_goods.SPOTIFY,
            demo_goods.STEAM,
            demo_goods.GOOGLE_PLAY,
        ),
        has_topups=True,
        bank="BCA",
        account_number="5270 1234 56",
    ),
    demo.TOKO_DEWI.slug: _Assortment(
        goods=(demo_goods.CANVA, demo_goods.YOUTUBE),
        has_topups=False,
        bank="Mandiri",
        account_number="137 00 1234567 8",
    ),
}


def seed_stores(*, now: datetime) -> list[Member]:
    """The owners of the stores that were opened or completed by this call.

    A finished store is never touched again, so what people changed in it stays.
    """
    seeded = []
    for store in demo.STORES:
        member = _open(store, now=now)
        with tenant_scope(member.tenant_id):
            if AuditEntry.objects.filter(action=DONE).exists():
                continue
            _fill(store, member, now=now)
        seeded.append(member)
    return seeded


def _open(store: DemoStore, *, now: datetime) -> Member:
    owner, _is_new = User.objects.get_or_create(
        discord_id=store.owner_id,
        defaults={
            "username": f"discord-{store.owner_id}",
            "display_name": store.owner_name,
        },
    )
    guild = cross_tenant.find_guild(store.guild_id)
    if guild is not None:
        member = cross_tenant.find_member(user_id=owner.pk, slug=guild.tenant.slug)
        if member is not None:
            return member
    return onboarding.open_store(
        user=owner,
        guild_id=store.guild_id,
        guild_name=store.name,
        icon_url="",
        now=now,
    )


def _fill(store: DemoStore, member: Member, *, now: datetime) -> None:
    assortment = _ASSORTMENTS[store.slug]
    categories_by_code = {
        category.code: category for category in Category.objects.all()
    }
    for position, goods in enumerate(assortment.goods):
        if goods.category.code not in categories_by_code:
            categories_by_code[goods.category.code] = categories.keep_category(
                actor=member, draft=goods.category, now=now
            )
        _offer(
            goods, member, categories_by_code[goods.category.code], position, now=now
        )
    if assortment.has_topups:
        seeding.add_topups(actor=member, now=now)
    if not PaymentMethod.objects.exists():
        _take_payments(store, assortment, member, now=now)
    _move_in(store, member, now=now)


def _offer(
    goods: DemoProduct,
    member: Member,
    category: Category,
    position: int,
    *,
    now: datetime,
) -> None:
    product = Product.objects.filter(sku=goods.sku, archived_at=None).first()
    if product is None:
        draft = ProductDraft(
            name=goods.name,
            sku=goods.sku,
            price=goods.price,
            cost=goods.cost,
            description=goods.description,
            minimum_stock=MINIMUM_STOCK,
            category_id=category.pk,
            position=position,
        )
        product = products.add_product(actor=member, draft=draft, now=now)
    imports.add_codes(actor=member, product=product, text=goods.codes, now=now)


def _take_payments(
    store: DemoStore, assortment: _Assortment, member: Member, *, now: datetime
) -> None:
    for spec in registry.specs():
        keys = spec.demo_keys.get(store.slug)
        if keys is not None:
            draft = GatewayDraft(gateway=spec.code, keys=keys, is_test=True)
            methods.add_gateway(actor=member, draft=draft, now=now)
    methods.add_account(
        actor=member,
        draft=AccountDraft(
            kind=MethodKind.BANK,
            provider=assortment.bank,
            account_number=assortment.account_number,
            account_name=store.owner_name.upper() + " (DEMO)",
        ),
        now=now,
    )


def _move_in(store: DemoStore, member: Member, *, now: datetime) -> None:
    """The log channel, the panel in #produk, and the note that all of it is done."""
    guild = Guild.objects.get(discord_id=store.guild_id)
    servers.change_settings(
        actor=member,
        guild=guild,
        draft=ServerDraft(
            staff_role_id=store.staff_role_id, log_channel_id=store.log_channel_id
        ),
        now=now,
    )
    if not Panel.objects.exists():
        draft = PanelDraft(
            guild_id=guild.pk,
            channel_id=store.products_channel_id,
            title=f"🛍️ {store.name}",
            buy_label="🛒 Beli",
            payment_label="💳 Cara bayar",
        )
        panels.place_panel(actor=member, draft=draft, now=now)
    with transaction.atomic():
        audit.record(
            actor="command:seed_demo",
            action=DONE,
            object=f"tenant:{member.tenant_id}",
            now=now,
        )
