"""The admin of the platform's staff.

An own site instead of Django's default one: libraries register pages there that let one
add sign-in providers and tokens, which nobody should do here.
"""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

MAX_FAILURES = 10
BLOCK_SECS = 300


class StaffSite(UnfoldAdminSite):
    """Unfold's site with a brake on guessing passwords."""

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The sign-in form; ten failures from one address block it for five minutes."""
        key = f"admin-failures:{request.META.get('REMOTE_ADDR', '')}"
        if request.method == "POST" and cache.get(key, 0) >= MAX_FAILURES:
            return HttpResponse(
                _("Too many attempts. Please wait five minutes."), status=429
            )
        answer: HttpResponse = super().login(request, extra_context)
        if request.method == "POST" and not _is_signed_in(request.user):
            cache.add(key, 0, timeout=BLOCK_SECS)
            cache.incr(key)
        return answer


def _is_signed_in(user: AbstractBaseUser | AnonymousUser) -> bool:
    return user.is_authenticated


site = StaffSite()
