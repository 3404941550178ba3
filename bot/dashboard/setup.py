"""What a new store still needs."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from bot import selectors
from bot.dashboard.guilds import find_guild
from bot.services import doctor
from bot.setup_steps import read_progress
from ppob.kit import clock
from ppob.kit.errors import DomainError
from ppob.kit.pages import render_live
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission


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
