"""What browsers are told: policies, cookies, and what no cache may keep."""

import re
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from ppob import browser_rules
from tests.edge import production
from tests.factories import make_member, make_user
from tests.signed_in import sign_in_staff

SITE = "https://toko.example.com"
POLICY = "Content-Security-Policy"


@pytest.fixture(scope="module")
def in_production() -> dict[str, Any]:
    return production.run()


@pytest.fixture
def owner(in_arcadia):
    cache.clear()
    return make_member()


@pytest.fixture
def browser(owner) -> Client:
    client = Client()
    client.force_login(owner.user)
    return client


@pytest.fixture
def staff(db) -> Client:
    client = Client()
    sign_in_staff(client, make_user(is_staff=True, is_superuser=True))
    return client


def directives(header: str) -> dict[str, list[str]]:
    parts = (part.split() for part in header.split(";") if part.strip())
    return {name: values for name, *values in parts}


# --- Policies -------------------------------------------------------------------------


def test_production_names_nothing_of_a_developers_machine(in_production):
    text = str(in_production["settings"]) + str(in_production["headers"])
    text += in_production["page"]

    assert in_production["status"] == 200
    assert not re.search(r"localhost|127\.0\.0\.1|:8100|:8000", text)
    policy = directives(in_production["headers"][POLICY])
    assert policy == {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", "https://cdn.discordapp.com"],
        "connect-src": ["'self'", "wss://toko.example.com"],
        "form-action": ["'self'", "https://discord.com"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    assert in_production["settings"]["SOCKET_ORIGINS"] == [SITE]


def test_the_admin_has_a_policy_as_strict_as_its_theme_allows(staff):
    for path in ("/admin/", "/admin/login/", "/admin/nix/", "/admin/payments/order/"):
        policy = directives(staff.get(path)[POLICY])
        assert policy.pop("default-src") == ["'none'"], path
        assert policy.pop("script-src") == ["'self'", "'unsafe-eval'"]
        assert policy.pop("style-src") == ["'self'", "'unsafe-inline'"]
        assert policy.pop("img-src") == ["'self'", "data:"]
        own = ("font-src", "connect-src", "form-action")
        assert {policy.pop(name)[0] for name in own} == {"'self'"}
        assert set(policy) == {"object-src", "base-uri", "frame-ancestors"}
        assert {value for values in policy.values() for value in values} == {"'none'"}


def test_no_page_of_the_admin_needs_a_script_inside_the_page(staff):
    """What the policy forbids and nobody clicked on would go unnoticed."""
    for path in ("/admin/", "/admin/payments/order/", "/admin/security/auditentry/"):
        page = staff.get(path).content.decode()
        inline = re.findall(r"<script(?![^>]*\ssrc=)([^>]*)>", page)
        assert [tag for tag in inline if "application/json" not in tag] == []
        assert not re.search(r"\son(click|change|load|submit)=", page)


def test_no_address_is_left_without_a_policy(browser):
    assert "EXCLUDE_URL_PREFIXES" not in configured.CONTENT_SECURITY_POLICY
    for path in ("/", "/toko/", "/api/docs/", "/api/schema/", "/api/v1/orders", "/x/"):
        policy = directives(browser.get(path)[POLICY])
        assert policy["default-src"] == ["'self'"]
        assert "unsafe" not in str(policy)


# --- Cookies --------------------------------------------------------------------------


def test_cookies_of_production_are_bound_to_the_host(in_production):
    found = in_production["settings"]

    for kind, name in (
        ("SESSION", "__Host-ppob_session"),
        ("CSRF", "__Host-csrftoken"),
    ):
        assert found[f"{kind}_COOKIE_NAME"] == name
        # Without these three a browser drops a cookie with this prefix.
        assert found[f"{kind}_COOKIE_SECURE"] is True
        assert found[f"{kind}_COOKIE_PATH"] == "/"
        assert found[f"{kind}_COOKIE_DOMAIN"] is None
        assert found[f"{kind}_COOKIE_HTTPONLY"] is True
    assert found["LANGUAGE_COOKIE_SECURE"] is True
    assert set(in_production["cookies"]) == {"__Host-csrftoken"}
    cookie = in_production["cookies"]["__Host-csrftoken"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert in_production["forged"] == 403


def test_without_tls_there_is_no_such_prefix():
    assert browser_rules.cookie_name("x", is_secure=False) == "x"
    assert configured.SESSION_COOKIE_NAME == "ppob_session"


def test_the_languages_cookie_is_no_scripts_business(browser):
    answer = browser.post("/bahasa/", {"language": "en"})

    cookie = answer.cookies["django_language"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


# --- Caches ---------------------------------------------------------------------------


def test_no_page_and_no_answer_is_kept(browser, staff):
    store = "/toko/arcadia/"
    pages = ("/", "/toko/", "/akun/", store, f"{store}pesanan/", "/nix/", "/livez")
    programs = ("/api/v1/orders", "/api/v1/nix", "/api/docs/", "/api/schema/")

    for path in (*pages, *programs):
        answer = browser.get(path, headers={"X-Store": "arcadia"})
        assert "no-store" in answer["Cache-Control"], path
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    for path in ("/admin/", "/admin/payments/order/"):
        assert "no-store" in staff.get(path)["Cache-Control"], path


def test_an_answer_to_strangers_is_kept_nowhere_either(db):
    for path in ("/", "/undangan/x/", "/toko/arcadia/", "/api/v1/orders"):
        assert "no-store" in Client().get(path)["Cache-Control"], path


def test_pictures_and_files_of_the_site_stay_in_the_cache(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("products/a.webp", ContentFile(b"x"))

    picture = Client().get("/media/products/a.webp")

    assert picture["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cross-Origin-Resource-Policy" not in picture
    assert b"".join(picture.streaming_content) == b"x"
