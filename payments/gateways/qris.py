"""QRIS texts (EMV QR code, merchant presented): read, check, put an amount in, draw.

Rules from EMV QRCPS-MPM 1.1 and Bank Indonesia's QRIS profile of it. A text is a row of
fields: two digits tag, two digits length in characters, value.
"""

import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import segno
from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import InvalidInput

MAX_CHARACTERS = 512
QUIET_ZONE = 4  # modules of white around the code that scanners need

_POINT_OF_INITIATION = "01"
_AMOUNT, _TIP, _FIXED_FEE, _PERCENT_FEE = "54", "55", "56", "57"
_REPLACED = (_AMOUNT, _TIP, _FIXED_FEE, _PERCENT_FEE)
_COUNTRY = "58"
_CHECKSUM = "63"
_CHECKSUM_TEXT = re.compile(r"[0-9A-Fa-f]{4}")
_AMOUNT_TEXT = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_PERCENT_TEXT = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?")
_DYNAMIC = "12"

Field = tuple[str, str]


class InvalidQris(InvalidInput):
    """The text is no QRIS text, or was damaged on the way."""

    code: ClassVar[str] = "INVALID_QRIS"
    default = _("This is not a valid QRIS code. Copy or scan it again.")


@dataclass(frozen=True)
class Qris:
    """A checked QRIS text. `fields` are tag and value in their order, without CRC."""

    text: str
    fields: tuple[Field, ...]

    def find(self, tag: str) -> str:
        """The value of the first field with this tag, or an empty string."""
        return next((value for name, value in self.fields if name == tag), "")

    @property
    def merchant_name(self) -> str:
        """Who gets the money, as wallets show it."""
        return self.find("59")

    @property
    def city(self) -> str:
        """The merchant's city, as wallets show it."""
        return self.find("60")

    @property
    def is_dynamic(self) -> bool:
        """Whether the code was made for one payment."""
        return self.find(_POINT_OF_INITIATION) == _DYNAMIC

    @property
    def adds_fee(self) -> bool:
        """Whether the payer's wallet adds a tip or a fee to the amount."""
        return bool(self.find(_TIP))

    @property
    def amount(self) -> int | None:
        """Whole rupiah the payer's wallet fills in, or None if the payer types it.

        Raises InvalidQris for an amount with sen.
        """
        written = self.find(_AMOUNT)
        if not written:
            return None
        whole, _dot, sen = written.partition(".")
        if sen.strip("0"):
            raise InvalidQris
        return int(whole)


def parse(text: str) -> Qris:
    """Read a QRIS text and check its lengths, order, amount and CRC.

    Raises InvalidQris.
    """
    text = text.strip()
    if not 0 < len(text) <= MAX_CHARACTERS:
        raise InvalidQris
    fields = _split(text)
    # The version comes first and the checksum last; fields between may come in any
    # order.
    checked = fields[0] == ("00", "01") and fields[-1][0] == _CHECKSUM
    # Some acquirers print the checksum in lower case: the number is the same.
    written = fields[-1][1]
    is_number = _CHECKSUM_TEXT.fullmatch(written) is not None
    if not (checked and is_number and crc16(text[:-4]) == written.upper()):
        raise InvalidQris
    _check_repeats(fields)
    _check_amount(fields)
    return Qris(text, tuple(fields[:-1]))


def compose(fields: Iterable[Field]) -> str:
    """The QRIS text of these fields, with the CRC put at its end.

    Raises InvalidQris for a value that is empty or longer than a field may be.
    """
    body = "".join(_field(tag, value) for tag, value in fields)
    text = f"{body}{_CHECKSUM}04"
    text += crc16(text)
    if len(text) > MAX_CHARACTERS:
        raise InvalidQris
    return text


def with_amount(
    text: str, amount: int, *, fixed_fee: int = 0, percent_fee: str = ""
) -> str:
    """The same QRIS code as a dynamic one for `amount` whole rupiah.

    On top the payer's wallet adds `fixed_fee` rupiah or `percent_fee` such as "0.7".
    Every other field is copied as it stands. The acquirer reports such a payment only
    as a credit of that amount. Raises InvalidQris, also for an amount below one rupiah.
    """
    if amount < 1:
        raise InvalidQris(_("The amount must be at least one rupiah."))
    added = [(_AMOUNT, str(amount)), *_fee(fixed_fee, percent_fee)]
    source = parse(text)
    if not (source.find(_POINT_OF_INITIATION) and source.find(_COUNTRY)):
        raise InvalidQris

    fields: list[Field] = []
    for tag, value in source.fields:
        # Amount and fee stand right before the country.
        if tag == _COUNTRY:
            fields += added
        if tag == _POINT_OF_INITIATION:
            fields.append((tag, _DYNAMIC))
        elif tag not in _REPLACED:
            # Verbatim: taking nested fields apart and writing them again may lose
            # bytes.
            fields.append((tag, value))
    return compose(fields)


def crc16(text: str) -> str:
    """CRC-16/CCITT-FALSE over the UTF-8 bytes, as four upper-case hex digits."""
    value = 0xFFFF
    for byte in text.encode():
        value ^= byte << 8
        for _bit in range(8):
            value = (value << 1) ^ (0x1021 if value & 0x8000 else 0)
        value &= 0xFFFF
    return f"{value:04X}"


def qr_png(text: str, *, pixels: int = 512) -> bytes:
    """A PNG picture of the QR code, at least `pixels` wide and high.

    Error correction M and a quiet zone of four modules, so that a phone reads it from a
    chat message.
    """
    code = segno.make_qr(text, error="m", boost_error=False, encoding="utf-8")
    width = code.symbol_size(border=QUIET_ZONE)[0]
    picture = io.BytesIO()
    code.save(picture, kind="png", border=QUIET_ZONE, scale=math.ceil(pixels / width))
    return picture.getvalue()


def _split(text: str) -> list[Field]:
    fields: list[Field] = []
    position = 0
    while position < len(text):
        header = text[position : position + 4]
        if len(header) < 4 or not (header.isascii() and header.isdigit()):
            raise InvalidQris
        # In characters, while the checksum is about bytes: names may be in any script.
        end = position + 4 + int(header[2:])
        if end > len(text) or end == position + 4:
            raise InvalidQris
        fields.append((header[:2], text[position + 4 : end]))
        position = end
    return fields


def _check_repeats(fields: list[Field]) -> None:
    """Of a field that comes twice, each wallet reads the one that it likes."""
    tags = [tag for tag, _value in fields]
    if len(set(tags)) < len(tags):
        raise InvalidQris


def _check_amount(fields: list[Field]) -> None:
    for value in (value for tag, value in fields if tag == _AMOUNT):
        # The profile: 13 characters, a dot for sen, and never zero.
        if len(value) > 13 or not _AMOUNT_TEXT.fullmatch(value) or not float(value):
            raise InvalidQris


def _field(tag: str, value: str) -> str:
    if not 0 < len(value) <= 99:
        raise InvalidQris
    return f"{tag}{len(value):02d}{value}"


def _fee(fixed_fee: int, percent_fee: str) -> list[Field]:
    if fixed_fee > 0 and not percent_fee:
        return [(_TIP, "02"), (_FIXED_FEE, str(fixed_fee))]
    if fixed_fee or (percent_fee and not _PERCENT_TEXT.fullmatch(percent_fee)):
        raise InvalidQris(_("The fee is a fixed amount or a percentage."))
    return [(_TIP, "03"), (_PERCENT_FEE, percent_fee)] if percent_fee else []
