"""Who changed what in the store."""

from datetime import datetime, time, timedelta

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from ppob.kit.audit_words import audit_words
from ppob.kit.pages import read_position, render_live
from security import selectors as trail
from security.selectors import HistoryFilter
from tenants import selectors
from tenants.auth import StoreRequest, store_page
from tenants.history import tell
from tenants.permissions import Permission

PAGE = 50


@require_safe
@store_page(Permission.SEE_AUDIT)
def change_history(request: StoreRequest, store: str) -> HttpResponse:
    """Every change by staff or by the system, newest first, fifty at a time."""
    wanted, asked = _read(request.GET)
    before = read_position(request)
    found = trail.history_page(wanted, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    names = selectors.actor_names({entry.actor for entry in shown})
    context = {
        "entries": [tell(entry, names=names) for entry in shown],
        "older": shown[-1].pk if len(found) > PAGE else None,
        "is_first_page": before is None,
        "asked": asked,
        "is_filtered": wanted.is_active,
        "members": selectors.list_members(),
        "groups": list(audit_words().groups.items()),
        "section": "settings",
        "tab": "history",
    }
    return render_live(
        request, "tenants/history.html", "tenants/_history.html", context
    )


def _read(query: QueryDict) -> tuple[HistoryFilter, dict[str, str]]:
    """What is asked for, and how it was asked: what makes no sense is left out."""
    asked = {
        name: query.get(name, "").strip()[:120]
        for name in ("orang", "jenis", "objek", "dari", "sampai")
    }
    if asked["jenis"] not in audit_words().groups:
        asked["jenis"] = ""
    wanted = HistoryFilter(
        actor=asked["orang"],
        prefixes=audit_words().prefixes_of(asked["jenis"]),
        object=asked["objek"],
        since=_start_of(asked["dari"]),
        until=_start_of(asked["sampai"], days_later=1),
    )
    return wanted, asked


def _start_of(text: str, *, days_later: int = 0) -> datetime | None:
    """The first moment of a day in the store's zone; None if that is no day."""
    try:
        day = parse_date(text)
        if day is None:
            return None
        midnight = datetime.combine(day + timedelta(days=days_later), time.min)
        return timezone.make_aware(midnight)
    except (ValueError, OverflowError):
        return None
