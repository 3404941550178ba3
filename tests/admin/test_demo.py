import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from bot.management import admin_password, demo_goods
from bot.models import Panel, ServerSettings
from bot.simulator import world as discord
from catalog import selectors
from catalog.models import Product
from inventory import selectors as stock
from payments.gateways.tripay import SPEC
from payments.gateways.tripay.simulator import world as gateway
from payments.models import PaymentMethod
from ppob.kit.scope import tenant_scope
from ppob.local import demo
from security.models import User
from tenants import cross_tenant
from tenants.states import Role


def seed(**options) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def test_the_demo_and_the_simulators_agree():
    people = {
        demo.TOKO_RIZKY: (discord.RIZKY, gateway.TOKO_RIZKY),
        demo.TOKO_DEWI: (discord.DEWI, gateway.TOKO_DEWI),
    }
    for store, (person, merchant) in people.items():
        assert (store.owner_id, store.owner_name) == (person.id, person.display_name)
        assert SPEC.demo_keys[store.slug] == {
            "merchant_code": merchant.code,
            "api_key": merchant.api_key,
            "private_key": merchant.private_key,
        }
    rizky, dewi = demo.STORES
    assert (
        rizky.guild_id,
        rizky.staff_role_id,
        rizky.products_channel_id,
        rizky.log_channel_id,
    ) == (
        discord.RIZKY_GUILD_ID,
        discord.RIZKY_STAFF_ROLE_ID,
        discord.RIZKY_PRODUCTS_ID,
        discord.RIZKY_LOG_ID,
    )
    assert (
        dewi.guild_id,
        dewi.staff_role_id,
        dewi.products_channel_id,
        dewi.log_channel_id,
    ) == (
        discord.DEWI_GUILD_ID,
        discord.DEWI_STAFF_ROLE_ID,
        discord.DEWI_PRODUCTS_ID,
        discord.DEWI_LOG_ID,
    )


def test_two_stores_are_ready_to_sell(db):
    seed()

    rizky, dewi = (cross_tenant.find_store(store.slug) for store in demo.STORES)
    owner = User.objects.get(discord_id=demo.TOKO_RIZKY.owner_id)
    member = cross_tenant.find_member(user_id=owner.pk, slug="toko-rizky")
    assert member.role == Role.OWNER
    with tenant_scope(rizky.pk):
        names = [product.name for product in selectors.list_panel_products()]
        assert names == [
            "Netflix 1 Bulan",
            "Spotify Premium 1 Bulan",
            "Steam Wallet IDR 60.000",
            "Google Play IDR 50.000",
        ]
        assert Product.objects.filter(kind="topup").count() == 15
        levels = stock.available(Product.objects.values_list("pk", flat=True))
        assert sum(levels.values()) == 4 * demo_goods.CODES_EACH
        methods = PaymentMethod.objects.order_by("position")
        assert [method.name for method in methods] == ["QRIS", "BCA"]
        assert all(method.is_test for method in methods if method.gateway == "tripay")
        assert Panel.objects.get().channel_id == demo.TOKO_RIZKY.products_channel_id
        assert ServerSettings.objects.get().log_channel_id == 1190000000000001013
    with tenant_scope(dewi.pk):
        assert Product.objects.count() == 2


def test_a_second_run_leaves_everything_as_people_made_it(db):
    seed()
    store = cross_tenant.find_store("toko-rizky")
    with tenant_scope(store.pk):
        Product.objects.filter(sku="NETFLIX-1").update(price=31_000)
        Product.objects.filter(sku="SPOTIFY-1").update(archived_at=F("created_at"))

    said = seed()

    assert "already there" in said
    with tenant_scope(store.pk):
        assert Product.objects.get(sku="NETFLIX-1").price == 31_000
        assert Product.objects.filter(sku="SPOTIFY-1").count() == 1


def test_a_run_that_was_interrupted_is_completed(db, monkeypatch):
    monkeypatch.setattr("bot.services.panels.place_panel", _crash)
    with pytest.raises(RuntimeError):
        seed()
    monkeypatch.undo()

    seed()

    store = cross_tenant.find_store("toko-rizky")
    with tenant_scope(store.pk):
        assert Product.objects.count() == 19
        assert PaymentMethod.objects.count() == 2
        assert Panel.objects.count() == 1


def _crash(**arguments):
    raise RuntimeError("the power went out")


def test_without_the_local_discord_nothing_is_seeded(db, settings):
    settings.IS_SIMULATED = False

    with pytest.raises(CommandError, match="--force"):
        seed()

    assert cross_tenant.find_store("toko-rizky") is None


def test_production_gets_no_staff_account(db, settings):
    settings.DEBUG = False

    assert "Admin" not in seed()
    assert not User.objects.filter(username="staff").exists()


def test_the_staff_password_is_made_once_and_kept_private(db, tmp_path):
    file = tmp_path / "admin-password.txt"

    first = admin_password.keep_staff(file)
    second = admin_password.keep_staff(file)

    user = User.objects.get(username="staff")
    assert first == second
    assert user.check_password(first)
    assert user.is_staff
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_lost_password_file_means_a_new_password(db, tmp_path):
    file = tmp_path / "admin-password.txt"
    first = admin_password.keep_staff(file)
    file.unlink()

    second = admin_password.keep_staff(file)

    assert first != second
    assert User.objects.get(username="staff").check_password(second)
