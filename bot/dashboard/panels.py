"""Panels: choosing where they stand and how they look, with a live preview."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from bot import access, selectors
from bot.dashboard.forms import PanelChangeForm, PanelForm
from bot.dashboard.guilds import get_guild
from bot.models import Panel
from bot.presenters.panel import panel_view
from bot.services import directory, panels
from bot.services.directory import ServerPicture
from bot.states import PanelStatus
from ppob.kit import clock
from ppob.kit.errors import DomainError
from ppob.kit.i18n import speaking
from ppob.kit.pages import refusals_as_messages, refusals_at, render_live
from tenants.auth import StoreRequest, store_page
from tenants.models import Guild
from tenants.permissions import Permission

LIST = "bot:panels"


@require_safe
@store_page(Permission.SEE_STORE)
def panel_list(request: StoreRequest, store: str) -> HttpResponse:
    """All panels with their state."""
    picture, trouble = _picture(get_guild())
    rows = [
        (panel, picture.find_channel(panel.channel_id) if picture else None)
        for panel in selectors.list_panels()
    ]
    context = {
        "rows": rows,
        "trouble": trouble,
        # What the bot posted is not announced: bots would wake each other.
        "is_posting": any(
            panel.message_id is None and panel.status == PanelStatus.ACTIVE
            for panel, _channel in rows
        ),
        "section": "panels",
    }
    return render_live(request, "bot/panels.html", "bot/_panels.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_PANELS)
def add_panel(request: StoreRequest, store: str) -> HttpResponse:
    """A new panel; the bot posts it within seconds."""
    panel = Panel(title=f"🛍️ {request.tenant.name.upper()}"[:100])
    if request.tenant.language == "id":
        panel.buy_label, panel.payment_label = "🛒 Beli", "💳 Cara bayar"
    return _edit(request, store, panel)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_PANELS)
def change_panel(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Change a panel; Discord follows within seconds."""
    return _edit(request, store, access.access_panel(request.member, public_id))


@require_POST
@store_page(Permission.EDIT_PANELS)
def preview(request: StoreRequest, store: str) -> HttpResponse:
    """How the panel would look with what is being typed."""
    form = PanelForm(request.POST, panel=Panel(), picture=None)
    form.is_valid()
    panel = Panel()
    for name, value in form.cleaned_data.items():
        setattr(panel, name, value)
    return render(request, "bot/_panel_preview.html", _preview(request, panel))


@require_POST
@store_page(Permission.EDIT_PANELS)
def resume_panel(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Take a paused panel up again."""
    panel = access.access_panel(request.member, public_id)
    with refusals_as_messages(request):
        panels.resume_panel(actor=request.member, panel=panel, now=clock.now())
        messages.success(request, _("The panel comes back within seconds."))
    return redirect(LIST, store)


@require_POST
@store_page(Permission.EDIT_PANELS)
def remove_panel(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Delete a panel here and in Discord."""
    panel = access.access_panel(request.member, public_id)
    with refusals_as_messages(request):
        panels.remove_panel(actor=request.member, panel=panel, now=clock.now())
        messages.success(request, _("The panel was removed."))
    return redirect(LIST, store)


def _edit(request: StoreRequest, store: str, panel: Panel) -> HttpResponse:
    guild = get_guild()
    picture, trouble = _picture(guild)
    form_class = PanelChangeForm if panel.pk else PanelForm
    form = form_class(request.POST or None, panel=panel, picture=picture)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            _save(request, panel, form, guild)
        if not form.errors:
            return redirect(LIST, store)
    context = {
        "form": form,
        "panel": panel if panel.pk else None,
        "trouble": trouble,
        "section": "panels",
        **_preview(request, panel),
    }
    return render(request, "bot/panel.html", context)


def _save(request: StoreRequest, panel: Panel, form: PanelForm, guild: Guild) -> None:
    member, draft, now = request.member, form.draft(guild), clock.now()
    if isinstance(form, PanelChangeForm):
        panels.change_panel(
            actor=member, panel=panel, draft=draft, seen=form.seen, now=now
        )
        messages.success(request, _("Saved. Discord follows within seconds."))
    else:
        panels.place_panel(actor=member, draft=draft, now=now)
        messages.success(request, _("The bot is putting up the panel right now."))


def _preview(request: StoreRequest, panel: Panel) -> dict[str, Any]:
    with speaking(request.tenant.language):
        view = panel_view(panel, panels.list_panel_products())
    return {"view": view}


def _picture(guild: Guild) -> tuple[ServerPicture | None, DomainError | None]:
    try:
        return directory.read_server(guild), None
    except DomainError as trouble:
        return None, trouble
