"""A small file that unpacks to a huge picture, sent through the shipped proxy."""

import struct
import zlib
from io import BytesIO

import httpx
import pytest
from PIL import Image

from ppob.local.demo import TOKO_RIZKY
from tests.dashboard.editing import forms_of
from tests.deployment.front import COOKIE, Front

pytestmark = pytest.mark.processes

FORM = f"/toko/{TOKO_RIZKY.slug}/produk/baru/"
SIDE = 12_000
MOST_BYTES = 97_000
MOST_MB = 30  # beyond what a process held before; unpacked it would be 432


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png() -> bytes:
    """A whole and valid one: sixteen colours, all pixels the first of them."""
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 4, 3, 0, 0, 0)
    rows = zlib.compress(bytes(SIDE * (1 + SIDE // 2)), 9)
    parts = (
        chunk(b"IHDR", header),
        chunk(b"PLTE", bytes(range(48))),
        chunk(b"IDAT", rows),
        chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def webp(side: int = SIDE) -> bytes:
    written = BytesIO()
    picture = Image.new("RGB", (side, side), "red")
    picture.save(written, "WEBP", lossless=True, method=0)
    return written.getvalue()


class Seller:
    """A seller's browser on the form for a new product."""

    def __init__(self, front: Front, session: str) -> None:
        self._browser = front.client(
            cookies={COOKIE: session}, headers={"Referer": front.site + FORM}
        )
        [form] = [
            form for form in forms_of(self._browser.get(FORM)) if "price" in form.values
        ]
        hidden = {k: v for k, v in form.values.items() if k != "is_visible"}
        # Behind everything that other tests of this installation buy and see.
        place = {"name": "Unpacked", "price": "29000", "position": "9999"}
        self._fields = hidden | place

    def send(self, content: bytes) -> httpx.Response:
        files = {"image": ("picture.png", content)}
        return self._browser.post(FORM, data=self._fields, files=files)


@pytest.fixture
def front(open_front) -> Front:
    return open_front()


@pytest.fixture
def seller(front, session) -> Seller:
    seller = Seller(front, session)
    # Once with a picture that is none: what reading forms takes is not measured.
    for _process in range(4):
        assert seller.send(b"none").is_success
    front.forget_peaks("gunicorn")
    return seller


@pytest.mark.parametrize("draw", [png, webp])
def test_a_huge_picture_is_refused_before_it_is_unpacked(
    front, seller, installation, draw, record_property
):
    content = draw()
    assert len(content) < MOST_BYTES
    before = front.peak_mb("gunicorn")

    for _process in range(4):  # whichever of the two takes it
        answer = seller.send(content)
        assert answer.is_success
        assert "25 juta" in answer.text

    figures = {"bytes": len(content), "mb": [before, front.peak_mb("gunicorn")]}
    record_property("huge_picture", figures)
    print(figures)
    assert figures["mb"][1] - before < MOST_MB
    assert not installation.query(
        "SELECT 1 FROM catalog_product WHERE name = 'Unpacked'"
    )


def test_the_measure_sees_a_picture_that_is_unpacked(front, seller):
    before = front.peak_mb("gunicorn")

    answer = seller.send(webp(5_000))

    assert answer.status_code == 302
    assert front.peak_mb("gunicorn") - before > MOST_MB
