"""How much one person may send in a minute, refused before anything of it is read."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.multipartparser import MultiPartParser

from catalog import images
from catalog.models import Product
from security import uploads
from tests.catalog.test_images import picture
from tests.dashboard.conftest import browser_of, text_of
from tests.factories import make_member, make_product

ADD = "/toko/arcadia/produk/baru/"


@pytest.fixture(autouse=True)
def empty_cache(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def owner(in_arcadia):
    client = browser_of(make_member())
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def other(in_arcadia):
    return browser_of(make_member())


def add(client, number, **fields):
    form = {"name": f"Netflix {number}", "price": "29000", "minimum_stock": "5"}
    form |= {"position": "0", "is_active": "on"}
    return client.post(ADD, form | fields)


def test_forms_beyond_the_limit_are_refused_with_a_time_and_keep_nothing(
    owner, other, settings
):
    settings.MOST_UPLOADS = 3
    for number in range(3):
        assert add(owner, number).status_code == 302

    refused = add(owner, 4)

    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    words = text_of(refused)
    assert f"Send it again in {refused['Retry-After']} second" in words
    assert Product.objects.count() == 3
    assert add(other, 5).status_code == 302


def test_bytes_beyond_the_limit_are_refused(owner, settings):
    content = picture(form="PNG", size=(600, 600))
    settings.MOST_UPLOAD_BYTES = len(content) + 3_000

    first = add(owner, 1, image=SimpleUploadedFile("a.png", content))
    refused = add(owner, 2, image=SimpleUploadedFile("b.png", content))

    assert (first.status_code, refused.status_code) == (302, 429)
    assert Product.objects.count() == 1


def test_nothing_of_a_refused_upload_is_read(owner, settings, monkeypatch):
    settings.MOST_UPLOADS = 0
    read = []
    monkeypatch.setattr(MultiPartParser, "parse", lambda self: read.append("the form"))
    monkeypatch.setattr(
        images, "clean_image", lambda *args, **kwargs: read.append("the picture")
    )

    refused = add(owner, 1, image=SimpleUploadedFile("a.png", picture()))

    assert refused.status_code == 429
    assert read == []


def test_a_part_of_a_page_gets_the_sentence_as_a_part(owner, settings):
    settings.MOST_UPLOADS = 0
    form = {"name": "Netflix"}

    refused = owner.post(ADD, form, HTTP_HX_REQUEST="true")

    assert refused.status_code == 429
    assert "<html" not in refused.content.decode()


def test_forms_without_files_are_not_counted(owner, settings):
    settings.MOST_UPLOADS = 0
    product = make_product()

    answer = owner.post(
        "/toko/arcadia/produk/tampil/",
        f"products={product.pk}&do=hide",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 302


def test_a_length_that_is_none_counts_as_everything(rf, settings):
    settings.MOST_UPLOAD_BYTES = 1_000
    request = rf.post("/")
    for declared in ("", "x", "²", "-5", "9" * 40):
        request.META["CONTENT_LENGTH"] = declared
        assert uploads._length_of(request) == 1_000
    request.META["CONTENT_LENGTH"] = "123"
    assert uploads._length_of(request) == 123


def test_strangers_are_sent_to_sign_in_as_before(db, arcadia, client, settings):
    settings.MOST_UPLOADS = 0

    assert add(client, 1).status_code == 302
