"""The two halves of OAuth2, our addresses put into allauth's flow, and signing out."""

from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2Adapter,
    OAuth2CallbackView,
    OAuth2LoginView,
)
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from ppob.kit.errors import DomainError
from security.discord import api


class DiscordClient(OAuth2Client):
    """Trades the code through our own HTTP client, which never logs the answer."""

    def get_access_token(
        self,
        code: str,
        pkce_code_verifier: str | None = None,
        extra_data: Any = None,
    ) -> dict[str, Any]:
        """The token response; raises OAuth2Error, which ends the sign-in politely."""
        try:
            return api.exchange_code(
                code=code,
                redirect_uri=self.callback_url,
                code_verifier=pkce_code_verifier,
            )
        except DomainError as error:
            raise OAuth2Error(error.code) from error


class DiscordAdapter(OAuth2Adapter):
    """Discord's addresses, as the settings give them."""

    provider_id = "discord"
    client_class = DiscordClient

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.authorize_url = settings.DISCORD["AUTHORIZE_URL"]
        self.access_token_url = f"{settings.DISCORD['API_BASE']}/oauth2/token"

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Ask Discord who this is; raises OAuth2Error."""
        try:
            answer = api.call(
                "GET", "/users/@me", authorization=api.bearer(token.token)
            )
            return self.get_provider().sociallogin_from_response(request, answer)
        except DomainError as error:
            raise OAuth2Error(error.code) from error
        except (KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("Not a Discord account.") from error


oauth2_login = OAuth2LoginView.adapter_view(DiscordAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(DiscordAdapter)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the Discord token in it goes too."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def inactive(request: HttpRequest) -> HttpResponse:
    """For people whose account was switched off."""
    return render(request, "security/inactive.html", status=403)
