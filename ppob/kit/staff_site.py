"""The admin of the platform's staff.

An own site instead of Django's default one: libraries register pages there that let one
add sign-in providers and tokens, which nobody should do here.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):
    """Unfold's site behind the installation's own sign-in (`STAFF_SIGN_IN`)."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who came in through the staff's door, with all that it asks for.

        A middleware says so as `request.is_staff_sign_in`; without one nobody gets in.
        """
        came_in = getattr(request, "is_staff_sign_in", False)
        return bool(came_in) and super().has_permission(request)

    def get_urls(self) -> list[Any]:
        """All addresses but the one that leads to a row's own page: no row has one."""
        kept: list[Any] = super().get_urls()
        return [each for each in kept if getattr(each, "name", "") != "view_on_site"]

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The sign-in of platform staff."""
        sign_in = import_string(settings.STAFF_SIGN_IN)
        answer: HttpResponse = sign_in(request, self)
        return answer


site = StaffSite()
