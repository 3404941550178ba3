"""Whose address a URL is, however it is dressed up."""

import pytest

from ppob.kit.urls import is_at, is_web_address, mailbox_at

HOST = "tripay.co.id"

EXACT = [
    "https://tripay.co.id",
    "https://tripay.co.id/api",
    "https://TRIPAY.co.id:443/api/",
    "https://tripay.co.id?x=https://evil.example",
]
BELOW = ["https://payment.tripay.co.id/api", "https://a.b.tripay.co.id/"]
ELSEWHERE = [
    "",
    "tripay.co.id",
    "//tripay.co.id/api",
    "http://tripay.co.id/api",
    "ftp://tripay.co.id/api",
    "https:///api",
    "https://eviltripay.co.id/api",
    "https://evil-tripay.co.id/api",
    "https://tripay.co.id.evil.example/api",
    "https://tripay.co.idn/api",
    "https://tripay.co",
    "https://evil.example/tripay.co.id",
    "https://evil.example/?tripay.co.id",
    "https://evil.example#.tripay.co.id",
    "https://tripay.co.id@evil.example/api",
    "https://user:tripay.co.id@evil.example/",
    "https://evil.example@tripay.co.id/api",
    "https://evil.example\\.tripay.co.id/",
    "https://evil.example\\@tripay.co.id/",
    "https://tripay.co.id:8443/api",
    "https://tripay.co.id:99999/api",
    "https://tripay.co.id:x/api",
    "https://tripay.co.id./api",
    "https://trip\u0430y.co.id/api",
    "https://tripay\u3002co.id/api",
    "https://evil.example\u2044.tripay.co.id/",
    "https://evil.example\t.tripay.co.id/",
    "https://tripay.co.id\n.evil.example/",
    " https://tripay.co.id/api",
    "https://[::1]/tripay.co.id",
    "https://[tripay.co.id/",
]


@pytest.mark.parametrize("url", EXACT)
def test_the_host_itself_is_at_home(url):
    assert is_at(url, HOST)
    assert is_at(url, HOST, subdomains=True)


@pytest.mark.parametrize("url", BELOW)
def test_what_is_below_the_host_counts_only_where_it_may(url):
    assert is_at(url, HOST, subdomains=True)
    assert not is_at(url, HOST)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nothing_else_is_at_home(url):
    assert not is_at(url, HOST)
    assert not is_at(url, HOST, subdomains=True)


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("http://localhost:8200/pay/1", True),
        ("https://tripay.co.id/checkout/1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("/checkout/1", False),
        ("//tripay.co.id/checkout", False),
        ("https://a@b.example/", False),
        ("https://", False),
    ],
)
def test_a_page_has_a_host_and_a_scheme_of_the_web(url, is_one):
    assert is_web_address(url) is is_one


@pytest.mark.parametrize(
    ("site", "mailbox"),
    [
        ("https://toko.co.id", "no-reply@toko.co.id"),
        ("https://Toko.co.id:8443/x", "no-reply@toko.co.id"),
        ("http://localhost:8000", "no-reply@localhost.invalid"),
        ("http://192.168.1.7:8000", "no-reply@localhost.invalid"),
        ("http://[::1]:8000", "no-reply@localhost.invalid"),
        ("", "no-reply@localhost.invalid"),
    ],
)
def test_a_mailbox_is_the_sites_own_or_nobodys(site, mailbox):
    assert mailbox_at(site, "no-reply") == mailbox
