"""Languages: Indonesian first, English second."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation

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
