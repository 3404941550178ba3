from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models


class BrowserSession(models.Model):
    """A browser in which somebody is signed in: what its owner recognises it by.

    The row goes with the session itself, however that ends. It never leaves the
    server: who knows a session's key is that person.
    """

    # The database lets the row go with the session; see the migration.
    session = models.OneToOneField(
        Session, models.CASCADE, related_name="+", db_constraint=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-seen_at"], name="session_newest")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%Y-%m-%d}"
