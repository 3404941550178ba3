"""The list of one's stores, and opening a new one."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ppob.kit import clock
from ppob.kit.errors import DomainError
from security.discord import sessions
from security.discord.api import DiscordAway
from security.discord.sessions import SignInAgain
from security.models import User
from tenants import cross_tenant
from tenants.models import Member
from tenants.services import onboarding


@require_safe
@login_required
def store_list(request: HttpRequest) -> HttpResponse:
    """All stores the reader works in."""
    members = cross_tenant.list_memberships(_user(request).pk)
    return render(request, "tenants/stores.html", {"members": members})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def open_store(request: HttpRequest) -> HttpResponse:
    """Choose one of one's Discord servers and open a store for it."""
    try:
        fresh = request.method == "POST" or "baru" in request.GET
        guilds = sessions.list_managed_guilds(request, now=clock.now(), fresh=fresh)
    except (SignInAgain, DiscordAway) as trouble:
        return render(
            request,
            "tenants/open_store.html",
            {"trouble": trouble, "needs_sign_in": isinstance(trouble, SignInAgain)},
            status=200 if request.method != "POST" else trouble.http_status,
        )
    if request.method == "POST":
        return _open(request, guilds)
    taken = cross_tenant.slugs_by_guild(
        user_id=_user(request).pk, guild_ids=[guild.id for guild in guilds]
    )
    rows = [(guild, guild.id in taken, taken.get(guild.id)) for guild in guilds]
    return render(request, "tenants/open_store.html", {"rows": rows})


def _open(request: HttpRequest, guilds: list[sessions.ManagedGuild]) -> HttpResponse:
    chosen = request.POST.get("guild", "")
    guild = next((guild for guild in guilds if str(guild.id) == chosen), None)
    if guild is None:
        messages.error(request, _("You don't manage this server on Discord."))
        return redirect("tenants:open-store")
    try:
        member: Member = onboarding.open_store(
            user=_user(request),
            guild_id=guild.id,
            guild_name=guild.name,
            icon_url=guild.icon_url,
            now=clock.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
        return redirect("tenants:open-store")
    return redirect("bot:setup", member.tenant.slug)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)  # `login_required` let nobody else in
