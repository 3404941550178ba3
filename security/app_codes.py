"""Codes of authenticator apps: six digits that change every half minute (RFC 6238)."""

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from io import BytesIO
from urllib.parse import quote, urlencode

import qrcode
from qrcode.image.svg import SvgPathImage

from security import crypto

PERIOD_SECS = 30
DIGITS = 6
# Phones' clocks are off by a little, and people type slowly.
TOLERANCE = 1
ISSUER = "TokoBot"


def new_secret() -> str:
    """A new secret of 160 bits, as apps take it (base32)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def seal(secret: str, *, user_id: int) -> str:
    """The secret as the database may have it: it opens for this person only."""
    sealed = crypto.seal(secret, context=context_of(user_id))
    return base64.b64encode(sealed).decode()


def open_sealed(sealed: str, *, user_id: int) -> str:
    """The secret again; raises crypto.CannotOpen."""
    return crypto.open_sealed(base64.b64decode(sealed), context=context_of(user_id))


def context_of(user_id: int) -> str:
    """The place a secret is sealed for."""
    return f"authenticator-app:{user_id}"


def find_half_minute(
    secret: str, code: str, *, now: datetime, after: int = 0
) -> int | None:
    """The half minute whose code this is, around now and later than `after`, or None.

    Whoever accepts a code keeps that number, and no code counts twice.
    """
    digits = "".join(code.split())
    current = int(now.timestamp()) // PERIOD_SECS
    found = None
    for number in range(current - TOLERANCE, current + TOLERANCE + 1):
        # All are compared, so that the time taken says nothing.
        fits = hmac.compare_digest(
            code_at(secret, number).encode(), digits.encode("utf-8", "replace")
        )
        if fits and number > after:
            found = number
    return found


def code_at(secret: str, number: int) -> str:
    """The code of one half minute, counted since 1970 (RFC 4226, 5.3)."""
    digest = hmac.new(
        base64.b32decode(secret), struct.pack(">Q", number), hashlib.sha1
    ).digest()
    start = digest[-1] & 0x0F
    [value] = struct.unpack(">I", digest[start : start + 4])
    return f"{(value & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def address_for(secret: str, *, name: str) -> str:
    """What an app reads from the picture (`otpauth://`)."""
    values = urlencode({"secret": secret, "issuer": ISSUER}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{ISSUER}:{name}')}?{values}"


def picture_of(address: str) -> str:
    """A QR code as a picture's address (SVG in a data URL)."""
    drawn = qrcode.make(address, image_factory=SvgPathImage, border=2)
    file = BytesIO()
    drawn.save(file)
    return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"
