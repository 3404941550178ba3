"""Uploaded bytes: what they are, by what is in them and never by their name."""

import codecs
import json
import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory.codes import workbook
from inventory.codes.refusals import NotAList, TooMuchText
from inventory.codes.table import MAX_BYTES, Table
from inventory.codes.text import read_text

WINDOWS = "cp1252"

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# Beginnings of files that people take for lists, or upload by mistake.
_KNOWN: tuple[tuple[bytes, Promise], ...] = (
    (b"%PDF", _("a PDF")),
    (b"\x89PNG", _("a picture")),
    (b"\xff\xd8\xff", _("a picture")),
    (b"GIF8", _("a picture")),
    (b"RIFF", _("a picture or a recording")),
    (b"Rar!", _("a packed archive")),
    (b"7z\xbc\xaf", _("a packed archive")),
    (b"\x1f\x8b", _("a packed archive")),
    (b"{\\rtf", _("a formatted document (RTF)")),
    (b"SQLite format 3", _("a database")),
)
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|table|meta|\?xml|\?mso)", re.I)
_BINARY = re.compile("[\0-\b\x0e-\x1a\x1c-\x1f]")
_UNDEFINED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}  # nothing in Windows-1252


def read_file(content: bytes, *, field: str = "") -> Table:
    """The rows of an uploaded file: text in any usual encoding, or an XLSX workbook.

    Raises NotAList with the way out for everything else, TooMuchText, or BrokenQuotes.
    """
    if len(content) > MAX_BYTES:
        raise TooMuchText(_("The file is too large: 2 MB at most."), field=field)
    if content.startswith(_ZIP):
        return workbook.read_workbook(content, field=field)
    if content.startswith(_OLD_OFFICE):
        raise NotAList(_old_office(content), field=field)
    for start, name in _KNOWN:
        if content.startswith(start):
            raise NotAList(_other_kind(name), field=field)
    text, encoding = _decode(content, field=field)
    refuse_markup(text, field=field)
    return read_text(text, encoding=encoding, field=field)


def refuse_markup(text: str, *, field: str) -> None:
    """Raise NotAList for text that is made for programs: a web page, XML or JSON."""
    if _MARKUP.match(text):
        raise NotAList(
            _(
                "This is a web page or XML, even if its name says Excel. Open it in a"
                " spreadsheet and save it as XLSX or CSV UTF-8."
            ),
            field=field,
        )
    if text.lstrip()[:1] in ("{", "[") and _is_json(text):
        raise NotAList(
            _("This is JSON. Send the codes alone: one in each line, XLSX or CSV."),
            field=field,
        )


def _decode(content: bytes, *, field: str) -> tuple[str, str]:
    """The text, and the encoding's name where it had to be chosen for want of a mark.

    A byte order mark is believed, and then every byte has to fit. Without one, what is
    valid UTF-8 is UTF-8: other text hardly ever is by chance. What is left is read as
    Windows-1252, as old spreadsheets write, and said so: a person looks at its letters.
    """
    for marks, name in (
        ((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-32"),
        ((codecs.BOM_UTF8,), "utf-8-sig"),
        ((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf-16"),
    ):
        if content.startswith(marks):
            try:
                return _clean(content.decode(name), field=field), ""
            except UnicodeDecodeError:
                raise NotAList(_unreadable(), field=field) from None
    try:
        return _clean(content.decode(), field=field), ""
    except UnicodeDecodeError:
        pass
    if _UNDEFINED.intersection(content):
        raise NotAList(_unreadable(), field=field)
    return _clean(content.decode(WINDOWS), field=field), WINDOWS


def _clean(text: str, *, field: str) -> str:
    if _BINARY.search(text):
        raise NotAList(_unreadable(), field=field)
    return text


def _is_json(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    inner = found.values() if isinstance(found, dict) else found
    return isinstance(found, dict) or any(
        isinstance(part, dict | list | str) for part in inner
    )


def _old_office(content: bytes) -> Promise:
    if _ENCRYPTED in content:
        return _(
            "This workbook has a password. Remove it in Excel (File, Info, Protect) and"
            " upload it again."
        )
    return _(
        "This is an old Excel or Word file. Open it, choose “Save as” and XLSX or CSV"
        " UTF-8, and upload that."
    )


def _other_kind(name: Promise) -> str:
    return _(
        "This is %(kind)s, not a list of codes. Put the codes into a text file, one in"
        " each line, or save the sheet as XLSX or CSV UTF-8."
    ) % {"kind": name}


def _unreadable() -> Promise:
    return _(
        "This file is not readable text. Save it as XLSX, CSV UTF-8 or a plain text"
        " file with UTF-8, and upload that."
    )
