"""What buyers thought of their orders, for those who work in the store."""

from decimal import Decimal

import pytest

from payments import reviews
from payments.dashboard import reviews as page
from payments.models import Order
from ppob.kit.scope import tenant_scope
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.factories import (
    ReviewFactory,
    make_customer,
    make_member,
    make_order,
    make_product,
)

REVIEWS = "/toko/arcadia/ulasan/"
PRODUCT_LIST = "/toko/arcadia/produk/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def netflix(in_arcadia):
    return make_product(name="Netflix", codes=20)


@pytest.fixture
def spotify(in_arcadia):
    return make_product(name="Spotify", codes=20)


def rate(product, stars, text="", *, buyer="ayu", **fields):
    order = make_order(product, customer=make_customer(buyer))
    if fields:
        Order.objects.filter(pk=order.pk).update(**fields)
    return ReviewFactory(order=order, stars=stars, text=text)


def test_a_review_names_stars_words_order_product_and_buyer(english, netflix):
    review = rate(netflix, 4, "Cepat <b>sekali</b>", buyer="ayu")

    answer = english.get(REVIEWS)

    words = text_of(answer)
    assert "★★★★ Cepat <b>sekali</b>" in words
    assert f"#{review.order.code}" in words
    assert f"/toko/arcadia/pesanan/{review.order.public_id}/" in (
        answer.content.decode()
    )
    assert "Netflix" in words
    assert str(review.customer) in words
    assert "<b>sekali" not in answer.content.decode()


def test_the_newest_stand_first_and_older_ones_on_the_next_page(
    english, netflix, monkeypatch
):
    monkeypatch.setattr(page, "PAGE", 2)
    first, second, third = (rate(netflix, 5, f"number {n}") for n in (1, 2, 3))

    words = text_of(english.get(REVIEWS))
    older = text_of(english.get(f"{REVIEWS}?sebelum={second.pk}"))

    assert words.index("number 3") < words.index("number 2")
    assert "number 1" not in words
    assert "number 1" in older
    assert "number 3" not in older
    assert third.pk > first.pk


def test_stars_and_product_filter_alone_and_together(english, netflix, spotify):
    rate(netflix, 5, "five-n")
    rate(netflix, 2, "two-n")
    rate(spotify, 2, "two-s")

    def shown(query):
        words = text_of(english.get(f"{REVIEWS}?{query}"))
        return {text for text in ("five-n", "two-n", "two-s") if text in words}

    assert shown("bintang=2") == {"two-n", "two-s"}
    assert shown(f"produk={netflix.public_id}") == {"five-n", "two-n"}
    assert shown(f"produk={netflix.public_id}&bintang=2") == {"two-n"}
    assert shown("bintang=1") == set()


@pytest.mark.parametrize(
    "query",
    [
        "bintang=0",
        "bintang=²",
        "produk=nothing",
        "sebelum=²",
        f"sebelum={'9' * 40}",
    ],
)
def test_nonsense_in_the_address_shows_everything(english, netflix, query):
    rate(netflix, 5, "still here")

    answer = english.get(f"{REVIEWS}?{query}")

    assert answer.status_code == 200
    assert "still here" in text_of(answer)


def test_the_average_of_a_product_is_told_where_products_are_listed(
    english, netflix, spotify
):
    for stars in (5, 4, 4):
        rate(netflix, stars)

    page = text_of(english.get(PRODUCT_LIST))
    words = text_of(english.get(REVIEWS))

    assert "★ 4.3 (3)" in page
    assert page.count("★") == 1
    assert "Netflix ★ 4.3 3" in words


def test_the_average_is_rounded_half_up_and_counts_no_test_money(netflix, spotify):
    rate(netflix, 5)
    rate(netflix, 4)
    rate(netflix, 1, is_test=True)
    rate(spotify, 1)

    ratings = reviews.ratings_of_products()

    assert ratings[netflix.pk].average == Decimal("4.5")
    assert ratings[netflix.pk].count == 2
    assert reviews.rating_of_store(ratings).average == Decimal("3.3")
    assert reviews.Rating(20, 85).average == Decimal("4.3")  # 4.25
    assert reviews.rating_of_store({}).average == Decimal(0)


def test_reviews_of_another_store_are_not_seen(english, netflix, borealis):
    with tenant_scope(borealis.pk):
        theirs = make_product(codes=2)
        rate(theirs, 1, "theirs")

    words = text_of(english.get(f"{REVIEWS}?produk={theirs.public_id}"))

    assert "theirs" not in words
    assert "No reviews here" in words
    assert reviews.ratings_of_products() == {}


def test_a_viewer_reads_reviews_and_an_order_shows_its_own(in_arcadia, netflix):
    review = rate(netflix, 3, "lumayan")
    viewer = browser_of(make_member(Role.VIEWER))

    assert "lumayan" in text_of(viewer.get(REVIEWS))
    address = f"/toko/arcadia/pesanan/{review.order.public_id}/"
    assert "★★★ lumayan" in text_of(viewer.get(address))


def test_without_reviews_the_page_says_where_they_come_from(english):
    assert "No reviews yet" in text_of(english.get(REVIEWS))
