"""What the owners read about who works in their store."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from bot.presenters.draft import AMBER, BLUE, GREEN, Draft, EmbedDraft
from bot.presenters.text import plain
from tenants.news import StaffEvent
from tenants.states import Role


def staff_changed(news: Mapping[str, Any], *, store: str, page: str) -> Draft:
    """Somebody joined, left, was removed or has another role; `page` is the staff's."""
    event = StaffEvent(news["event"])
    colour = {StaffEvent.JOINED: GREEN, StaffEvent.CHANGED: BLUE}.get(event, AMBER)
    text = _sentence(event) % {
        "store": plain(store, 80),
        "name": plain(news["name"], 64),
        "by": plain(news["by_name"], 64),
        "before": _role(news["before"]),
        "after": _role(news["after"]),
    }
    tail = _("If you did not expect this, look at your staff: %(page)s")
    return Draft(
        embed=EmbedDraft(text=f"{text}\n{tail % {'page': page}}", colour=colour)
    )


def _sentence(event: StaffEvent) -> str:
    return {
        StaffEvent.JOINED: _("👋 **%(name)s** joined “%(store)s” as %(after)s."),
        StaffEvent.CHANGED: _(
            "🔁 **%(name)s** is %(after)s instead of %(before)s in “%(store)s”, by "
            "%(by)s."
        ),
        StaffEvent.REMOVED: _(
            "🚪 **%(name)s** (%(before)s) was removed from “%(store)s” by %(by)s."
        ),
        StaffEvent.LEFT: _("🚪 **%(name)s** (%(before)s) left “%(store)s”."),
        StaffEvent.OFFERED: _(
            "🤝 %(by)s has offered “%(store)s” to **%(name)s**. Nothing changes until "
            "it is accepted."
        ),
        StaffEvent.HANDED_OVER: _(
            "🤝 “%(store)s” was handed over: **%(name)s** owns it now."
        ),
    }[event]


def _role(role: str) -> str:
    return str(Role(role).label) if role else ""
