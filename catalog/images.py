"""Pictures that sellers upload: checked by content and written anew."""

from io import BytesIO
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from ppob.kit.errors import InvalidInput

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 25_000_000  # a small file can unpack to gigabytes
MAX_SIDE = 1024
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITY = 85

# What Pillow raises for files that are broken, or no pictures at all.
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError)


class BadImage(InvalidInput):
    """The file is no picture that can be shown."""

    code = "BAD_IMAGE"
    default = _("This picture cannot be read. Choose a PNG, JPEG or WebP file.")


def clean_image(upload: UploadedFile, *, field: str = "image") -> "File[bytes]":
    """The picture as WebP of at most 1024 pixels a side, without metadata.

    It is decoded and encoded again, so nothing hidden in the upload survives, and gets
    a random name. Raises BadImage.
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
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            _check_size(opened, field=field)
            upright = ImageOps.exif_transpose(opened)
            picture = upright.convert("RGBA" if _is_transparent(upright) else "RGB")
    except Image.DecompressionBombError:
        raise _too_many_pixels(field) from None
    except _UNREADABLE as error:
        raise BadImage(field=field) from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    picture.info.clear()
    return picture


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
