"""What follows from somebody signing in, whichever door they took."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from ppob.kit import clock
from security import freshness
from security.models import User


@receiver(user_logged_in)
def on_signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    freshness.record_proof(request, user=user, now=clock.now())
