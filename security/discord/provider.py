"""Discord as allauth knows it, reduced to what we ask for."""

from typing import Any

from allauth.socialaccount.providers.discord.provider import (
    DiscordProvider as BaseProvider,
)
from django.http import HttpRequest

from security.discord import profiles
from security.discord.views import DiscordAdapter

PROVES = "proves"  # the account that must come back, in allauth's own state


class DiscordProvider(BaseProvider):
    """Discord, identified by the account's id; the e-mail address is never read."""

    oauth2_adapter_class = DiscordAdapter  # type: ignore[assignment]
    package = "security.discord"

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """None: an address that matches must never open somebody's account."""
        return []

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing: the adapter reads the profile instead."""
        return {}

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What stays in allauth's table; no address, no token."""
        return {key: data.get(key) for key in profiles.KEPT}

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """Our scopes; the address bar cannot ask for more."""
        return list(self.get_scope())

    def get_auth_params_from_request(
        self, request: HttpRequest, action: str
    ) -> dict[str, Any]:
        """Our parameters; the address bar cannot add any."""
        parameters = dict(self.get_auth_params())
        if _proves(request):
            parameters["prompt"] = "consent"  # not let through without being seen
        return parameters

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """What comes back with the answer: who has to prove that it is them."""
        kwargs: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        if _proves(request):
            kwargs[PROVES] = request.user.pk
        return kwargs


def _proves(request: HttpRequest) -> bool:
    return bool(request.POST.get("prove")) and request.user.is_authenticated


provider_classes = [DiscordProvider]
