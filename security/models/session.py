from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.module_loading import import_string

from security.states import SessionKind


class Session(AbstractBaseSession):
    """One browser: what it carries, whose it is, and when it was last used.

    The columns beside Django's three say at a glance whose session this is, so that
    somebody's sessions can be listed and ended. `expire_date` is the moment at which it
    ends if nobody uses it any more; `security.session_store` keeps it.
    """

    # Django's own primary key opens the session, so it has no business in addresses.
    session_key = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="sessions",
        db_index=False,
    )
    kind = models.CharField(
        max_length=8, choices=SessionKind, default=SessionKind.VISITOR
    )
    signed_in_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)

    class Meta(AbstractBaseSession.Meta):
        indexes: ClassVar = [
            models.Index(fields=["user", "-seen_at"], name="session_of_user")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=SessionKind.values),
                name="session_kind_known",
            ),
            # Nobody's session is a visitor's, somebody's has begun.
            models.CheckConstraint(
                condition=models.Q(
                    kind=SessionKind.VISITOR, user=None, signed_in_at=None
                )
                | models.Q(
                    kind__in=[SessionKind.SELLER, SessionKind.STAFF],
                    user__isnull=False,
                    signed_in_at__isnull=False,
                ),
                name="session_of_somebody",
            ),
        ]

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that reads and writes these rows."""
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")
