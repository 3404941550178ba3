"""Where allauth's flow becomes our accounts: no form, no password, no address."""

from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from ppob.kit import clock
from security.discord import profiles, sessions
from security.discord.provider import PROVES
from security.models import User
from security.services import doors, sign_in
from security.states import SessionKind

BACKEND = "security.discord.backend.DiscordBackend"
LONGEST_LIFE_SECS = 7 * 24 * 3600
UNKNOWN_LIFE_SECS = 3600


class AccountAdapter(DefaultAccountAdapter):
    """Asks for the second step, and keeps the Discord token in the new session."""

    def pre_login(  # noqa: PLR0913 - the library's signature
        self,
        request: HttpRequest,
        user: AbstractBaseUser,
        *,
        email_verification: str,
        signal_kwargs: dict[str, Any] | None,
        email: str | None,
        signup: bool,
        redirect_url: str | None,
    ) -> HttpResponse | None:
        """Stop those who are switched off; send those with a second factor there."""
        stopped: HttpResponse | None = super().pre_login(
            request,
            user,
            email_verification=email_verification,
            signal_kwargs=signal_kwargs,
            email=email,
            signup=signup,
            redirect_url=redirect_url,
        )
        person = cast(User, user)
        if stopped is not None:
            doors.record(
                "sign_in.refused", user=person, by=doors.VISITOR, now=clock.now()
            )
            return stopped
        if not sign_in.needs_second_step(person, SessionKind.SELLER):
            return None
        login = (signal_kwargs or {}).get("sociallogin")
        pending = sign_in.Pending(
            user=person,
            kind=SessionKind.SELLER,
            backend=BACKEND,
            target=redirect_url or settings.LOGIN_REDIRECT_URL,
            carry=_token_of(login, person),
        )
        sign_in.begin(request, pending, now=clock.now())
        return redirect("security:second-step")

    def logout(self, request: HttpRequest) -> None:
        """The library ends the session before it signs somebody in anew."""
        sign_in.leave(request)

    def get_login_stages(self) -> list[str]:
        """None of the library's: the second step is our own."""
        return []

    def post_login(  # noqa: PLR0913 - the library's signature
        self,
        request: HttpRequest,
        user: AbstractBaseUser,
        *,
        email_verification: str,
        signal_kwargs: dict[str, Any] | None,
        email: str | None,
        signup: bool,
        redirect_url: str | None,
    ) -> HttpResponse:
        """Finish the sign-in; the session belongs to the person from here on."""
        login = (signal_kwargs or {}).get("sociallogin")
        person = cast(User, user)
        request.session.update(_token_of(login, person))
        sign_in.signed_in(person, kind=SessionKind.SELLER, factor="", now=clock.now())
        return super().post_login(
            request,
            user,
            email_verification=email_verification,
            signal_kwargs=signal_kwargs,
            email=email,
            signup=signup,
            redirect_url=redirect_url,
        )

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the page that opens is the message."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by a form."""
        return False


class SocialAdapter(DefaultSocialAccountAdapter):
    """One account per Discord id."""

    def is_open_for_signup(
        self, request: HttpRequest, sociallogin: SocialLogin
    ) -> bool:
        """Everybody with a Discord account may open a store."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the account by its Discord id and bring it up to date."""
        # Whoever signs in twice simply signs in: accounts are never joined.
        sociallogin.state["process"] = AuthProcess.LOGIN
        profile = profiles.read_profile(sociallogin.account.extra_data)
        _stop_another_person(request, sociallogin, profile)
        if sociallogin.is_existing:
            known: Any = sociallogin.user
        else:
            known = User.objects.filter(discord_id=profile.discord_id).first()
            if known is None:
                return
            sociallogin.user = known
            sociallogin.save(request, connect=True)
        profiles.bring_up_to_date(known, profile)

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """A new account from Discord's profile."""
        user: Any = sociallogin.user
        profiles.fill_in(user, profiles.read_profile(sociallogin.account.extra_data))
        return cast(User, user)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Back to the start with one sentence; nothing was stored."""
        if error == AuthError.CANCELLED:
            sentence = _("You cancelled the permission. Nothing was saved.")
        else:
            sentence = _("Signing in did not work. Please try again.")
        messages.warning(request, sentence)
        raise ImmediateHttpResponse(redirect(settings.LOGIN_URL))


def _stop_another_person(
    request: HttpRequest, sociallogin: SocialLogin, profile: profiles.Profile
) -> None:
    """Whoever was asked to prove who they are came back as somebody else."""
    asked_for = sociallogin.state.get(PROVES)
    if asked_for is None:
        return
    person = User.objects.filter(pk=asked_for).first()
    if person is None or person.discord_id != profile.discord_id:
        doors.record(
            "sign_in.other_account", user=person, by=doors.VISITOR, now=clock.now()
        )
        messages.warning(
            request,
            _(
                "That was another Discord account. Sign in with the one you use here; "
                "nothing was changed."
            ),
        )
        target = {"next": sociallogin.state.get("next") or settings.LOGIN_REDIRECT_URL}
        page = f"{reverse('security:prove')}?{urlencode(target)}"
        raise ImmediateHttpResponse(redirect(page))


def _token_of(login: SocialLogin | None, user: User) -> dict[str, Any]:
    """What the session keeps of the token that came with this sign-in."""
    token: SocialToken | None = login.token if login is not None else None
    if token is None:
        return {}
    now = clock.now()
    ends_at = token.expires_at
    left = int((ends_at - now).total_seconds()) if ends_at else UNKNOWN_LIFE_SECS
    return sessions.entries_for(
        user, token=token.token, life_secs=min(left, LONGEST_LIFE_SECS), now=now
    )
