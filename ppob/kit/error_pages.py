"""What a page or mail about a crash may show: where it happened, never with what."""

from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

HIDDEN = "********"


class NamesOnlyFilter(SafeExceptionReporterFilter):
    """Shows names and types of local variables instead of their values.

    A value may be a code for sale, a key or somebody's password at any place of the
    program, also while `DEBUG` is on.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always, unlike in Django's own filter."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        """The names of what was sent."""
        return dict.fromkeys(request.POST, HIDDEN) if request is not None else {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """Each local variable with its type."""
        kinds = {name: _Type(value) for name, value in tb_frame.f_locals.items()}
        return kinds.items()


class _Type:
    """Stands for a value and shows its type alone."""

    def __init__(self, value: object) -> None:
        self._name = type(value).__name__

    def __repr__(self) -> str:
        return f"<{self._name}>"
