"""Adding the bot to the store's server, and looking at its permissions."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot.dashboard.guilds import get_guild
from bot.services import doctor
from bot.services.doctor import INVITE_PERMISSIONS
from ppob.kit import clock
from ppob.kit.errors import DomainError
from ppob.kit.pages import is_fragment
from security.discord import api
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

INVITES_KEY = "bot_invites"
INVITE_LIFE = timedelta(minutes=10)
MOST_INVITES = 5


@require_POST
@store_page(Permission.EDIT_STORE)
def invite_bot(request: StoreRequest, store: str) -> HttpResponse:
    """Off to Discord, where the person agrees to add the bot to this very server."""
    guild = get_guild()
    state = secrets.token_urlsafe(24)
    _remember(request, state, store=store, guild_id=guild.discord_id, now=clock.now())
    query = {
        "client_id": settings.DISCORD["CLIENT_ID"],
        "scope": "bot applications.commands",
        "permissions": str(INVITE_PERMISSIONS),
        "guild_id": str(guild.discord_id),
        "disable_guild_select": "true",
        "response_type": "code",
        "redirect_uri": _return_address(request),
        "state": state,
    }
    return redirect(f"{settings.DISCORD['AUTHORIZE_URL']}?{urlencode(query)}")


@require_safe
@login_required
def bot_installed(request: HttpRequest) -> HttpResponse:
    """Back from Discord. What counts is the token response, not the address bar."""
    invite = _take(request, request.GET.get("state", ""), now=clock.now())
    if invite is None:
        messages.warning(request, _("This answer from Discord is too old. Try again."))
        return redirect("tenants:stores")
    if "code" not in request.GET:
        messages.warning(request, _("You cancelled. The bot was not added."))
        return redirect("bot:setup", invite["store"])
    try:
        answer = api.exchange_code(
            code=request.GET["code"],
            redirect_uri=_return_address(request),
            code_verifier=None,
        )
    except DomainError as error:
        messages.warning(request, str(error.sentence))
        return redirect("bot:setup", invite["store"])
    if str((answer.get("guild") or {}).get("id")) != invite["guild_id"]:
        messages.warning(request, _("The bot was added to another server."))
    return redirect("bot:setup", invite["store"])


@require_safe
@store_page(Permission.SEE_STORE)
def doctor_page(request: StoreRequest, store: str) -> HttpResponse:
    """Each permission the bot needs, green or red; asked from Discord right now."""
    context: dict[str, Any] = {"section": "settings", "tab": "doctor"}
    try:
        context["diagnosis"] = doctor.examine(get_guild(), now=clock.now())
    except DomainError as trouble:
        context["trouble"] = trouble
    template = "bot/_doctor.html" if is_fragment(request) else "bot/doctor.html"
    return render(request, template, context)


def _return_address(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("bot:installed"))


def _remember(
    request: HttpRequest, state: str, *, store: str, guild_id: int, now: datetime
) -> None:
    invites = dict(request.session.get(INVITES_KEY, {}))
    while len(invites) >= MOST_INVITES:
        invites.pop(next(iter(invites)))
    invites[state] = {
        "store": store,
        "guild_id": str(guild_id),
        "until": (now + INVITE_LIFE).isoformat(),
    }
    request.session[INVITES_KEY] = invites


def _take(request: HttpRequest, state: str, *, now: datetime) -> dict[str, str] | None:
    """The invitation this answer belongs to; each works once and for ten minutes."""
    invites = dict(request.session.get(INVITES_KEY, {}))
    invite: dict[str, str] | None = invites.pop(state, None)
    request.session[INVITES_KEY] = invites
    if invite is None or now > datetime.fromisoformat(invite["until"]):
        return None
    return invite
