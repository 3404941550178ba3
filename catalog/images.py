"""Pictures that sellers upload: checked by content and written anew."""

import threading
from io import BytesIO
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from ppob.kit.errors import DomainError, InvalidInput

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 25_000_000  # a small file can unpack to gigabytes
MAX_SIDE = 1024
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITY = 85

LONGEST_WAIT_SECS = 8.0

_SHRINKABLE = ("RGB", "RGBA", "L", "LA")
# Unpacked, a picture of 25 million pixels takes a hundred megabytes: one at a time.
_decoding = threading.Lock()

# What Pillow raises for files that are broken, or no pictures at all.
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError)


class Busy(DomainError):
    """Too many pictures are being read at this moment; nothing was stored."""

    code = "BUSY"
    http_status = 503
    default = _("Many pictures are being read right now. Please try again in a moment.")


class BadImage(InvalidInput):
    """The file is no picture that can be shown."""

    code = "BAD_IMAGE"
    default = _("This picture cannot be read. Choose a PNG, JPEG or WebP file.")


def clean_image(upload: UploadedFile, *, field: str = "image") -> "File[bytes]":
    """The picture as WebP of at most 1024 pixels a side, without metadata.

    It is decoded and encoded again, so nothing hidden in the upload survives, and gets
    a random name. Raises BadImage, or Busy.
    """
    if (upload.size or 0) > MAX_BYTES:
        raise BadImage(_("The picture is too large: 5 MB at most."), field=field)
    picture = _decoded(upload.read(MAX_BYTES + 1), field=field)
    written = BytesIO()
    picture.save(written, "WEBP", quality=QUALITY)
    return ContentFile(written.getvalue(), name=f"{uuid4().hex}.webp")


def _decoded(content: bytes, *, field: str) -> Image.Image:
    if len(content) > MAX_BYTES:
        raise BadImage(_("The picture is too large: 5 MB at most."), field=field)
    if not _decoding.acquire(timeout=LONGEST_WAIT_SECS):
        raise Busy
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            _check_size(opened, field=field)
            small = _shrunk(opened)
            upright = ImageOps.exif_transpose(small)
            picture = upright.convert("RGBA" if _is_transparent(upright) else "RGB")
    except Image.DecompressionBombError:
        raise _too_many_pixels(field) from None
    except _UNREADABLE as error:
        raise BadImage(field=field) from error
    finally:
        _decoding.release()
    picture.info.clear()
    return picture


def _shrunk(opened: Image.Image) -> Image.Image:
    """The picture in its final size, before anything else makes a copy of it."""
    opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is unpacked smaller at once
    if opened.mode not in _SHRINKABLE or "transparency" in opened.info:
        # A palette's numbers are no colours that could be mixed, nor is the one colour
        # that stands for nothing.
        is_transparent = _is_transparent(opened)
        opened = opened.convert("RGBA" if is_transparent else "RGB")
    opened.thumbnail((MAX_SIDE, MAX_SIDE))
    return opened


def _check_size(picture: Image.Image, *, field: str) -> None:
    # The header alone says this; nothing has been unpacked yet.
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels(field)


def _too_many_pixels(field: str) -> BadImage:
    return BadImage(
        _("The picture has too many pixels: 25 million at most."), field=field
    )


def _is_transparent(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
