"""What follows from somebody signing in or out, whichever door they took."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from security.models import User
from security.services import sign_in


@receiver(user_logged_in)
def on_signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    sign_in.on_signed_in(request, user)


@receiver(user_logged_out)
def on_signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    sign_in.on_signed_out(request, user)
