"""When two codes are the same code, and how a code is shown without telling it.

Equality is decided by a normal form, never by the bytes: a list that went through a
chat, a web page or a spreadsheet comes back with invisible marks, wide letters or
other dashes, and a buyer who redeems it would get what another buyer has used up. What
is stored and delivered is the code as it came.
"""

import re
import unicodedata

# Raise it when `normal_form` changes: stored indexes of older forms are made again.
INDEX_VERSION = 1

# Default_Ignorable_Code_Point of Unicode, the blank braille pattern and the marks for
# annotations: nobody sees them.
_IGNORED = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
INVISIBLE = re.compile(f"[{_IGNORED}]")
_LINE_ENDS = re.compile("\r\n|[\r\n\v\f\u0085\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")

SHOWN_AT_MOST = 4


def normal_form(code: str) -> str:
    """What decides whether two codes are equal; empty when nothing is visible.

    Invisible marks go, compatibility forms (wide letters, no-break spaces, ligatures)
    and composition are unified, dashes are one dash, runs of blanks one blank; around
    the code and around its lines no white space counts. Letters keep their case.
    """
    text = code
    while True:
        # Dropping a mark may let its neighbours compose, and composing may bring a new
        # one: until nothing changes.
        lines = _LINE_ENDS.sub("\n", INVISIBLE.sub("", text))
        unified = _DASHES.sub("-", unicodedata.normalize("NFKC", lines))
        tidy = "\n".join(
            _BLANKS.sub(" ", line).strip() for line in unified.split("\n")
        ).strip()
        if tidy == text:
            return text
        text = tidy


def folded_form(normal: str) -> str:
    """The normal form without the difference between capital and small letters.

    It never decides about equality: `aBc` and `AbC` may be two codes. It finds what a
    person should look at.
    """
    return normal_form(normal.casefold())


def has_marks(code: str) -> bool:
    """Whether the code holds marks that nobody sees and that a buyer would paste."""
    return INVISIBLE.search(code) is not None


def masked(code: str) -> str:
    """The code for a list: its end, and never more than a quarter of it."""
    plain = INVISIBLE.sub("", code).strip().replace("\n", " ")
    shown = min(SHOWN_AT_MOST, len(plain) // 4)
    return "••••" + (plain[-shown:] if shown else "")
