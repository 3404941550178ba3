"""Few password hashes at once: each takes a hundred megabytes and a core."""

import threading
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import DomainError
from security.models import User

LONGEST_WAIT_SECS = 8.0

_places = threading.BoundedSemaphore(settings.PASSWORD_HASHES_AT_ONCE)


class Busy(DomainError):
    """Too many people sign in at this moment; nothing was looked at."""

    code = "BUSY"
    http_status = 503
    default = _("Many people are signing in right now. Please try again in a moment.")


class PasswordBackend(ModelBackend):
    """Django's, for platform staff alone, a few at a time."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The account with this password, or None; raises Busy."""
        if username is None or password is None:
            return None
        # Also for names of nobody: Django hashes for those, so that time tells nothing.
        if not _places.acquire(timeout=LONGEST_WAIT_SECS):
            raise Busy
        try:
            user: Any = super().authenticate(request, username, password, **kwargs)
        finally:
            _places.release()
        # Sellers have no passwords; an account that got one opens nothing with it.
        return user if user is not None and user.is_staff else None
