import os
import struct
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog import images
from catalog.images import MAX_BYTES, BadImage, clean_image


def upload(content: bytes, name: str = "picture.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def picture(size=(40, 20), form="PNG", mode="RGB", colour="red", **options) -> bytes:
    written = BytesIO()
    Image.new(mode, size, colour).save(written, form, **options)
    return written.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_webp_with_a_random_name(form):
    cleaned = clean_image(upload(picture(form=form), "../../etc/passwd.php"))

    with Image.open(cleaned) as reopened:
        assert reopened.format == "WEBP"
        assert reopened.size == (40, 20)
    assert len(cleaned.name) == len("0" * 32 + ".webp")


def test_a_large_picture_shrinks_to_1024():
    cleaned = clean_image(upload(picture((3000, 1500))))

    with Image.open(cleaned) as reopened:
        assert reopened.size == (1024, 512)


def test_a_transparent_picture_stays_transparent():
    cleaned = clean_image(upload(picture(mode="RGBA", colour="#ff000080")))

    with Image.open(cleaned) as reopened:
        assert reopened.mode == "RGBA"


def test_metadata_is_dropped():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    content = picture(form="JPEG", exif=exif)
    assert b"taken at home" in content

    cleaned = clean_image(upload(content)).read()

    assert b"taken at home" not in cleaned
    assert b"EXIF" not in cleaned


def test_code_behind_the_picture_is_dropped():
    cleaned = clean_image(upload(picture() + b"<?php system('id'); ?>")).read()

    assert b"php" not in cleaned


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        picture(form="GIF"),
        b"GIF89a<?php system('id'); ?>",
        picture()[:60],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        picture(form="BMP"),
        b"%PDF-1.7",
    ],
    ids=["empty", "text", "svg", "gif", "php", "truncated", "zeros", "bmp", "pdf"],
)
def test_anything_else_is_refused(content):
    with pytest.raises(BadImage) as refused:
        clean_image(upload(content))

    assert refused.value.field == "image"


def test_more_than_five_megabytes_are_refused():
    with pytest.raises(BadImage, match="5 MB"):
        clean_image(upload(b"\0" * (MAX_BYTES + 1)))


@pytest.mark.parametrize("side", [5_001, 12_000, 30_000])
def test_a_bomb_is_refused_by_its_header(side):
    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")

    with pytest.raises(BadImage, match="pixels"):
        clean_image(upload(bomb))


# --- What reading one takes ---

_MEASURE = """
import resource, sys
from io import BytesIO
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from catalog.images import clean_image

content = sys.stdin.buffer.read()
clean_image(SimpleUploadedFile("small.png", SMALL))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
clean_image(SimpleUploadedFile("large.png", content))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
LARGE = (5_000, 5_000)


@pytest.mark.parametrize(
    ("form", "mode", "most_mb"),
    [
        ("PNG", "RGBA", 130),
        ("PNG", "RGB", 130),
        ("PNG", "L", 60),
        ("PNG", "P", 160),
        ("JPEG", "RGB", 30),
    ],
)
def test_a_small_file_takes_little_more_memory_than_its_pixels(form, mode, most_mb):
    content = picture(LARGE, form=form, mode=mode, colour=0)
    assert len(content) < 1_000_000

    measured = subprocess.run(
        [sys.executable, "-c", f"SMALL = {picture()!r}\n{_MEASURE}"],
        input=content,
        capture_output=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )

    assert int(measured.stdout) // 1024 < most_mb


def test_the_colour_that_stands_for_nothing_does_not_bleed():
    half = Image.new("RGB", (3_000, 3_000), (255, 0, 255))
    half.paste((0, 128, 0), (0, 0, 1_501, 3_000))
    written = BytesIO()
    half.save(written, "PNG", transparency=(255, 0, 255))

    with Image.open(clean_image(upload(written.getvalue()))) as cleaned:
        assert cleaned.mode == "RGBA"
        row = [cleaned.getpixel((x, 500)) for x in range(1_024)]

    assert (row[100][3], row[1_000][3]) == (255, 0)
    assert max(red for red, _green, _blue, alpha in row if alpha == 255) < 60


def test_one_picture_is_unpacked_at_a_time(monkeypatch):
    monkeypatch.setattr(images, "LONGEST_WAIT_SECS", 0.05)
    with images._decoding, pytest.raises(images.Busy):
        clean_image(upload(picture()))

    assert clean_image(upload(picture()))


def test_after_a_bad_picture_the_next_one_is_read():
    with pytest.raises(BadImage):
        clean_image(upload(b"hello"))

    assert clean_image(upload(picture()))


def test_a_picture_lying_on_its_side_stands_up():
    exif = Image.Exif()
    exif[0x0112] = 6
    cleaned = clean_image(upload(picture((3000, 1500), form="JPEG", exif=exif)))

    with Image.open(cleaned) as reopened:
        assert reopened.size == (512, 1024)
