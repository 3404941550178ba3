"""Languages: Indonesian first, English second."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.utils import translation
from django.utils.functional import Promise, lazy

INDONESIAN = "id"
ENGLISH = "en"


def language_of(locale: str | None, *, default: str = INDONESIAN) -> str:
    """`id` or `en` for a locale such as Discord's `id` or `en-US`.

    Another locale reads English; no locale at all reads `default`.
    """
    if not locale:
        return default
    return INDONESIAN if locale.lower().split("-")[0] == INDONESIAN else ENGLISH


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Translations inside are in this language."""
    with translation.override(language):
        yield


def filled(sentence: Promise, **facts: object) -> Promise:
    """A lazy sentence with its facts, translated only when somebody reads it.

    `_("…") % facts` is translated at once, into the language of whoever refuses.
    """

    def read() -> str:
        return str(sentence) % facts

    return cast(Promise, lazy(read, str)())
