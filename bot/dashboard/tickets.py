"""Tickets: who is being served right now, and what was said."""

from datetime import timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bot import access, selectors
from bot.models import Ticket, TicketMessage
from bot.presenters import transcript
from bot.presenters.markdown import Names
from bot.states import TicketStatus
from ppob.kit import clock
from ppob.kit.pages import read_position, render_live
from tenants import selectors as tenants
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

PAGE = 50
CONVERSION_DAYS = 30


@require_safe
@store_page(Permission.SEE_ORDERS)
def ticket_list(request: StoreRequest, store: str) -> HttpResponse:
    """Active tickets first; closed ones by choice."""
    status = request.GET.get("status", "")
    older = None
    if status in TicketStatus.values or status == "all":
        found = selectors.ticket_page(
            status="" if status == "all" else status,
            before=read_position(request),
            limit=PAGE + 1,
        )
        older = found[PAGE - 1].pk if len(found) > PAGE else None
        found = found[:PAGE]
    else:
        status, found = "", selectors.active_tickets()
    since = clock.now() - timedelta(days=CONVERSION_DAYS)
    context = {
        "tickets": found,
        "older": older,
        "status": status,
        "filters": list(TicketStatus),
        "conversion": selectors.conversion_since(since),
        "days": CONVERSION_DAYS,
        "section": "tickets",
    }
    return render_live(request, "bot/tickets.html", "bot/_tickets.html", context)


@require_safe
@store_page(Permission.SEE_ORDERS)
def ticket(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """One ticket's conversation, kept even after Discord's channel is gone."""
    found: Ticket = access.access_ticket(request.member, public_id)
    entries = selectors.transcript(found)
    context = {
        "ticket": found,
        "lines": transcript.lines(entries, _names(found, entries)),
        "section": "tickets",
    }
    return render_live(request, "bot/ticket.html", "bot/_ticket.html", context)


def _names(ticket: Ticket, entries: list[TicketMessage]) -> Names:
    """What the ids in a conversation are called here: people, channels, the staff."""
    named = transcript.mentioned_in(entries)
    people = {entry.author_id: entry.author_name for entry in entries}
    people |= tenants.names_of_people(named.people)
    role_id = selectors.find_staff_role(ticket.guild_id)
    return Names(
        people=people,
        channels=selectors.channel_names(named.channels),
        roles={role_id: _("staff")} if role_id else {},
    )


@require_safe
@store_page(Permission.SEE_ORDERS)
def attachment(
    request: StoreRequest, store: str, public_id: UUID, message_id: int, number: int
) -> HttpResponse:
    """A file of the conversation, as a download and never shown as a page."""
    found: Ticket = access.access_ticket(request.member, public_id)
    entry = TicketMessage.objects.filter(ticket=found, discord_id=message_id).first()
    if entry is None or number >= len(entry.attachments):
        raise Http404
    kept = entry.attachments[number]
    if not kept.get("file") or not default_storage.exists(kept["file"]):
        raise Http404
    with default_storage.open(kept["file"]) as file:
        response = HttpResponse(file.read(), content_type="application/octet-stream")
    disposition = content_disposition_header(True, kept["name"]) or "attachment"
    response["Content-Disposition"] = disposition
    response["Cache-Control"] = "private, no-store"
    return response
