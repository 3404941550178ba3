"""Every page of a store: who may see it, and what it is made of."""

import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenants.permissions import Permission
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.factories import make_member

# What a role must be able to do for each page; everything else is open to every role.
RIGHTS = {
    "catalog:add-product": Permission.EDIT_CATALOG,
    "catalog:product": Permission.EDIT_CATALOG,
    "catalog:show-products": Permission.EDIT_CATALOG,
    "catalog:archive-product": Permission.EDIT_CATALOG,
    "catalog:price-rules": Permission.EDIT_CATALOG,
    "catalog:add-price-rule": Permission.EDIT_CATALOG,
    "catalog:price-rule": Permission.EDIT_CATALOG,
    "catalog:remove-price-rule": Permission.EDIT_CATALOG,
    "catalog:price-terms": Permission.EDIT_CATALOG,
    "catalog:apply-margins": Permission.EDIT_CATALOG,
    "inventory:product-prices": Permission.SEE_COSTS,
    "inventory:codes": Permission.EDIT_STOCK,
    "inventory:change-codes": Permission.EDIT_STOCK,
    "inventory:reveal-code": Permission.REVEAL_CODES,
    "inventory:draft": Permission.EDIT_STOCK,
    "inventory:keep-draft": Permission.EDIT_STOCK,
    "inventory:discard-draft": Permission.EDIT_STOCK,
    "inventory:batch": Permission.EDIT_STOCK,
    "inventory:withdraw-batch": Permission.EDIT_STOCK,
    "inventory:suppliers": Permission.SEE_COSTS,
    "inventory:connect-supplier": Permission.EDIT_PAYMENTS,
    "inventory:supplier": Permission.SEE_COSTS,
    "inventory:price-changes": Permission.SEE_COSTS,
    "inventory:supplier-keys": Permission.EDIT_PAYMENTS,
    "inventory:switch-supplier": Permission.EDIT_PAYMENTS,
    "inventory:read-supplier": Permission.SEE_COSTS,
    "inventory:import-goods": Permission.EDIT_CATALOG,
    "inventory:map-goods": Permission.EDIT_CATALOG,
    "inventory:add-goods": Permission.EDIT_CATALOG,
    "inventory:change-goods": Permission.EDIT_CATALOG,
    "inventory:match-goods": Permission.EDIT_CATALOG,
    "inventory:routes": Permission.SEE_COSTS,
    "payments:cancel-order": Permission.CONFIRM_PAYMENTS,
    "payments:open-codes": Permission.REVEAL_CODES,
    "payments:confirm-transfer": Permission.CONFIRM_PAYMENTS,
    "payments:reject-transfer": Permission.CONFIRM_PAYMENTS,
    "payments:add-account": Permission.EDIT_PAYMENTS,
    "payments:add-gateway": Permission.EDIT_PAYMENTS,
    "payments:switch-method": Permission.EDIT_PAYMENTS,
    "payments:change-method": Permission.EDIT_PAYMENTS,
    "payments:policy": Permission.EDIT_PAYMENTS,
    "payments:change-tier": Permission.EDIT_CATALOG,
    "payments:block-buyer": Permission.BLOCK_BUYERS,
    "payments:unblock-buyer": Permission.BLOCK_BUYERS,
    "payments:method-seen": Permission.EDIT_PAYMENTS,
    "payments:buyer-told": Permission.CONFIRM_PAYMENTS,
    "payments:supplier-seen": Permission.EDIT_PAYMENTS,
    "payments:refund-order": Permission.REFUND,
    "payments:approve-refund": Permission.REFUND,
    "payments:reject-refund": Permission.REFUND,
    "payments:note-paid-out": Permission.REFUND,
    "payments:refund-to-balance": Permission.REFUND,
    "payments:apply-money": Permission.SETTLE_MONEY,
    "payments:credit-money": Permission.SETTLE_MONEY,
    "payments:return-money": Permission.SETTLE_MONEY,
    "payments:book-discrepancy": Permission.SETTLE_MONEY,
    "payments:dismiss-discrepancy": Permission.SETTLE_MONEY,
    "payments:decide-top-up": Permission.SETTLE_MONEY,
    "payments:go-on-with-top-up": Permission.SETTLE_MONEY,
    "payments:note-contradiction": Permission.SETTLE_MONEY,
    "bot:invite": Permission.EDIT_STORE,
    "bot:server-settings": Permission.EDIT_STORE,
    "bot:add-panel": Permission.EDIT_PANELS,
    "bot:panel": Permission.EDIT_PANELS,
    "bot:preview": Permission.EDIT_PANELS,
    "bot:resume-panel": Permission.EDIT_PANELS,
    "bot:remove-panel": Permission.EDIT_PANELS,
    "tenants:settings": Permission.EDIT_STORE,
    "tenants:history": Permission.SEE_AUDIT,
    "tenants:invite-member": Permission.EDIT_MEMBERS,
    "tenants:revoke-invitation": Permission.EDIT_MEMBERS,
    "tenants:change-role": Permission.EDIT_MEMBERS,
    "tenants:remove-member": Permission.EDIT_MEMBERS,
    "tenants:offer-store": Permission.EDIT_MEMBERS,
    "tenants:withdraw-offer": Permission.EDIT_MEMBERS,
}
POSTS = {
    "inventory:change-codes",
    "inventory:keep-draft",
    "inventory:discard-draft",
    "inventory:withdraw-batch",
    "inventory:switch-supplier",
    "inventory:read-supplier",
    "inventory:import-goods",
    "payments:cancel-order",
    "catalog:show-products",
    "catalog:archive-product",
    "catalog:remove-price-rule",
    "payments:confirm-transfer",
    "payments:reject-transfer",
    "payments:switch-method",
    "payments:change-tier",
    "payments:block-buyer",
    "payments:unblock-buyer",
    "payments:method-seen",
    "payments:buyer-told",
    "payments:supplier-seen",
    "payments:approve-refund",
    "payments:reject-refund",
    "payments:note-paid-out",
    "payments:refund-to-balance",
    "payments:apply-money",
    "payments:credit-money",
    "payments:return-money",
    "payments:book-discrepancy",
    "payments:dismiss-discrepancy",
    "payments:decide-top-up",
    "payments:go-on-with-top-up",
    "payments:note-contradiction",
    "bot:invite",
    "bot:preview",
    "bot:resume-panel",
    "bot:remove-panel",
    "tenants:revoke-invitation",
    "tenants:change-role",
    "tenants:remove-member",
    "tenants:leave-store",
    "tenants:offer-store",
    "tenants:withdraw-offer",
    "tenants:answer-offer",
}
LISTS = [
    "home:overview",
    "bot:setup",
    "bot:panels",
    "bot:add-panel",
    "bot:tickets",
    "bot:errors",
    "bot:server-settings",
    "bot:doctor",
    "inventory:product-list",
    "inventory:suppliers",
    "inventory:connect-supplier",
    "catalog:add-product",
    "catalog:price-rules",
    "catalog:add-price-rule",
    "catalog:price-terms",
    "catalog:apply-margins",
    "payments:orders",
    "payments:reviews",
    "payments:holds",
    "payments:blocked-buyers",
    "payments:methods",
    "payments:add-account",
    "payments:add-gateway",
    "payments:queue",
    "payments:books",
    "payments:wallets",
    "payments:policy",
    "tenants:settings",
    "tenants:history",
    "tenants:members",
    "tenants:invite-member",
    "tenants:health",
]


def store_pages() -> Iterator[tuple[str, set[str]]]:
    """Every address with a `store`, by name, with its other parameters."""

    def walk(patterns, namespace: str, seen: set[str]):
        for entry in patterns:
            names = seen | set(entry.pattern.converters)
            if isinstance(entry, URLResolver):
                inner = entry.namespace or namespace
                yield from walk(entry.url_patterns, inner, names)
            elif isinstance(entry, URLPattern) and "store" in names:
                yield f"{namespace}:{entry.name}", names - {"store"}

    return walk(get_resolver().url_patterns, "", set())


PAGES = dict(store_pages())


def address(name: str, store: str = "arcadia", public_id: UUID | None = None) -> str:
    values = {
        "public_id": public_id or uuid4(),
        "message_id": 1,
        "number": 0,
        "member_id": 10**9,
        "code": "digiflazz" if name == "inventory:connect-supplier" else "tripay",
    }
    wanted = {key: values[key] for key in PAGES[name]}
    return reverse(name, kwargs={"store": store, **wanted})


def call(client: Client, name: str, **kwargs):
    send = client.post if name in POSTS else client.get
    return send(address(name, **kwargs))


def test_the_walk_finds_the_pages():
    assert len(PAGES) >= 30
    assert set(RIGHTS) | POSTS | set(LISTS) <= set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_strangers_are_asked_to_sign_in(db, arcadia, name):
    response = call(Client(), name)

    assert response.status_code == 302
    assert response.url.startswith("/?next=")


@pytest.mark.parametrize("name", PAGES)
def test_for_members_of_other_stores_there_is_nothing(browser, borealis, name):
    response = call(browser, name, store="borealis")

    assert response.status_code == 404
    assert "Borealis" not in response.content.decode()


@pytest.mark.parametrize("name", RIGHTS)
def test_without_the_right_the_page_says_so(in_arcadia, name):
    viewer = make_member(Role.VIEWER)
    assert not viewer.may(RIGHTS[name])

    response = call(browser_of(viewer), name)

    assert response.status_code == 403
    assert "Peranmu tidak boleh" in text_of(response)


@pytest.mark.parametrize("name", sorted(set(PAGES) - POSTS))
def test_a_thing_that_does_not_exist_is_404(browser, guild, name):
    if "public_id" not in PAGES[name]:
        return

    assert call(browser, name).status_code == 404


@pytest.mark.parametrize("name", sorted(POSTS))
def test_actions_cannot_be_done_by_a_link(browser, guild, name):
    assert browser.get(address(name)).status_code == 405


@pytest.mark.parametrize("name", sorted(POSTS))
def test_actions_need_the_forms_own_token(owner, guild, name):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner.user)

    assert strict.post(address(name)).status_code == 403


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_store_opens_every_page_for_its_owner(
    browser, owner, guild, with_bot, discord, name
):
    discord.assert_all_called = False
    discord._assert_all_called = False
    with_bot()

    response = browser.get(address(name))

    assert response.status_code == 200
    check_markup(response)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/toko/",
        "/accounts/discord/login/",
        "/akun/sesi/",
        "/undangan/x/",
        "/nix/",
    ],
)
def test_the_other_pages_keep_the_rules_too(browser, path):
    check_markup(browser.get(path))


def check_markup(response):
    """Nothing inline, since the security policy forbids it; and the policy is there."""
    page = response.content.decode()
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"{%|{{", page)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    fields = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', page))
    assert fields <= set(ids)


def test_the_language_is_indonesian_until_one_chooses(browser, owner):
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en-US"
    page = browser.get("/toko/").content.decode()
    assert '<html lang="id">' in page

    response = browser.post(
        "/bahasa/", {"language": "en", "next": "/toko/arcadia/produk/"}
    )

    assert response.url == "/toko/arcadia/produk/"
    assert '<html lang="en">' in browser.get("/toko/").content.decode()
    owner.user.refresh_from_db()
    assert owner.user.language == "en"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", ""])
def test_the_language_switch_never_leaves_the_site(browser, target):
    response = browser.post("/bahasa/", {"language": "en", "next": target})

    assert response.url == "/"


def test_an_unknown_language_changes_nothing(browser):
    response = browser.post("/bahasa/", {"language": "xx", "next": "/toko/"})

    assert "django_language" not in response.cookies


def test_ones_own_stores_are_listed_and_no_others(browser, borealis):
    page = text_of(browser.get("/toko/"))

    assert "Arcadia" in page
    assert "Borealis" not in page


def test_files_of_tickets_are_not_public(browser):
    assert browser.get("/media/tickets/secret.png").status_code == 404
    assert browser.get("/media/products/../tickets/secret.webp").status_code == 404
