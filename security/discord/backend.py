"""Accounts of people who come with Discord; it knows no passwords."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from security.models import User


class DiscordBackend(AuthenticationBackend):
    """Allauth's, which would look at a username's password a second time.

    Whatever asks for a password goes through `PasswordBackend`: it lets platform staff
    in alone, and a few at a time.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        """Nobody: Discord says who it is, and allauth signs them in."""
        return None
