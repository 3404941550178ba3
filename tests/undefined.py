"""A name that a page of ours does not know fails the test that renders it.

Django leaves such a place empty: a field that was renamed in Python alone is missed on
the page, and nothing says so. Templates of other packages rely on that and may go on.
"""

import inspect
from pathlib import Path

from django.template.base import Template

OURS = Path(__file__).resolve().parents[1] / "templates"


class UndefinedName(AssertionError):
    """A template asks for something that its page does not say."""


class Undefined(str):
    """What Django puts where it does not know a name (`string_if_invalid`)."""

    __slots__ = ()

    def __new__(cls) -> "Undefined":
        """Django asks the text whether it wants to know the name."""
        return super().__new__(cls, "%s")

    def __mod__(self, name: object) -> str:
        origin = _rendered()
        if OURS in Path(origin).parents:
            raise UndefinedName(f"{origin} asks for “{name}”.")
        return ""


def _rendered() -> str:
    """The file of the template that is rendered innermost."""
    for frame in inspect.stack(context=0):
        template = frame.frame.f_locals.get("self")
        if frame.function == "render" and isinstance(template, Template):
            return str(template.origin.name)
    return ""
