"""The store at a glance, and what a new store still needs."""

from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bot import selectors
from bot.dashboard.guilds import find_guild
from bot.models import Panel
from bot.services import doctor
from bot.setup_steps import read_progress
from bot.states import PanelStatus
from inventory import selectors as inventory
from payments import figures
from payments import selectors as payments
from ppob.kit import clock
from ppob.kit.errors import DomainError
from ppob.kit.pages import render_live
from tenants import selectors as stores
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

NEWEST = 6


@require_safe
@store_page(Permission.SEE_STORE)
def overview(request: StoreRequest, store: str) -> HttpResponse:
    """Today's numbers and whatever needs somebody."""
    now = clock.now()
    today = _start_of_day(now)
    context = {
        "orders_today": figures.count_orders_since(today),
        "income_today": figures.income_since(today),
        "active_tickets": selectors.count_active_tickets(),
        "transfers": payments.transfers_to_confirm(),
        "unmatched": payments.open_unapplied(),
        "alerts": inventory.list_open_alerts(),
        "has_log_channel": selectors.has_log_channel(),
        "paused_panels": list(Panel.objects.filter(status=PanelStatus.PAUSED)),
        "newest_orders": payments.order_page(limit=NEWEST),
        "progress": read_progress(),
        "guild": find_guild(),
        "health": stores.read_health(now=now),
        "section": "overview",
    }
    return render_live(request, "bot/overview.html", "bot/_overview.html", context)


@require_safe
@store_page(Permission.SEE_STORE)
def setup(request: StoreRequest, store: str) -> HttpResponse:
    """The steps from an empty store to its first sale; resumable at any time."""
    guild = find_guild()
    trouble = None
    if guild is not None and guild.bot_joined_at is None:
        try:
            # The bot's own news may be late; Discord knows whether it is there.
            doctor.examine(guild, now=clock.now())
        except DomainError as error:
            trouble = error
        guild = find_guild()
    progress = read_progress()
    unfinished = "" if progress.is_complete else store
    # A session is written as a whole, over what another request has just put there: a
    # page that refreshes itself must not forget the invitation on its way to Discord.
    if request.session.get("setup") != unfinished:
        request.session["setup"] = unfinished
    context = {
        "progress": progress,
        "guild": guild,
        "trouble": trouble,
        "has_log_channel": selectors.has_log_channel(),
        "section": "setup",
    }
    return render_live(request, "bot/setup.html", "bot/_setup.html", context)


def _start_of_day(now: datetime) -> datetime:
    """Midnight in the store's time zone."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
