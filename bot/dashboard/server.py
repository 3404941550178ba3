"""How the store uses its Discord server."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bot.dashboard.forms import ServerForm
from bot.dashboard.guilds import get_guild
from bot.services import directory, servers
from ppob.kit import clock
from ppob.kit.errors import DomainError
from ppob.kit.pages import refusals_at
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

TEMPLATE = "bot/server_settings.html"


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_STORE, fresh=True)
def server_settings(request: StoreRequest, store: str) -> HttpResponse:
    """Log channel, staff role, ticket category and closing time."""
    guild = get_guild()
    context = {"guild": guild, "section": "settings", "tab": "discord"}
    try:
        picture = directory.read_server(guild)
    except DomainError as trouble:
        return render(request, TEMPLATE, context | {"trouble": trouble})
    form = ServerForm(
        request.POST or None, settings=servers.settings_of(guild.pk), picture=picture
    )
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            servers.change_settings(
                actor=request.member,
                guild=guild,
                draft=form.draft(),
                seen=form.seen,
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("The settings were saved."))
            return redirect("bot:server-settings", store)
    return render(request, TEMPLATE, context | {"form": form})
