"""What owners are told when something that decides about money or access changes.

A stolen session must not stay unnoticed: whoever changes an account, keys, a limit or a
role, the owners read it in Discord, outside of the pages that the thief can open.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import (
    AMBER,
    Draft,
    framed,
)
from bot.presenters.text import full_time, plain
from bot.services import subjects
from ppob.kit.audit_words import audit_words
from security import origin
from security.models import AuditEntry
from tenants import history, selectors
from tenants.history import HistoryEntry

# Beginnings of the names of actions: ways to pay and their keys, limits, suppliers'
# keys, who works here, where the log goes and who counts as staff there, and codes that
# staff opened.
TOLD = (
    "method.",
    "policy.",
    "supplier.",
    "member.",
    "server.",
    "codes.revealed_by_staff",
    "stock.revealed",
)
# Somebody who corrects the same thing again and again sends one message in that time.
AGAIN_SECS = 10 * 60


@dataclass(frozen=True)
class SensitiveChange:
    """What was changed, by whom and from where. `change` is in words already."""

    store: str
    change: str
    subject: str
    roles: str
    actor: str
    at: datetime
    place: str
    page: str


def _announce_to_owners(*, entry: AuditEntry) -> list[Announcement]:
    if not entry.action.startswith(TOLD):
        return []
    key = _key_of(entry)
    return [
        Announcement(
            {"entry": entry.pk}, _short(f"{key}:{owner_id}"), recipient_id=owner_id
        )
        for owner_id in selectors.owner_accounts()
    ]


def _announce_to_log(*, entry: AuditEntry) -> list[Announcement]:
    if not entry.action.startswith(TOLD):
        return []
    return [Announcement({"entry": entry.pk}, _short(_key_of(entry)))]


def _key_of(entry: AuditEntry) -> str:
    window = int(entry.at.timestamp()) // AGAIN_SECS
    return f"deed:{window}:{entry.actor}:{entry.action}:{entry.object}"


def _short(key: str) -> str:
    """A key of bounded length that is still this entry's alone."""
    # The outbox cuts keys at 100 characters, and whom it is for stands at the end.
    return f"deed:{sha256(key.encode()).hexdigest()[:48]}"


def _load(about: About) -> SensitiveChange | None:
    entry = AuditEntry.objects.filter(pk=about.payload["entry"]).first()
    if entry is None:
        return None
    told = history.tell(entry, names=selectors.actor_names({entry.actor}))
    store = subjects.get_store()
    return SensitiveChange(
        store=store.name,
        change=str(told.action),
        subject=told.subject,
        roles=_roles_in(told),
        actor=told.actor,
        at=told.at,
        place=origin.rough_place(entry.ip),
        page=f"{subjects.dashboard()}pengaturan/riwayat/",
    )


def _roles_in(told: HistoryEntry) -> str:
    """Who may do what now is the news itself: `Admin → Owner`."""
    role = audit_words().fields["role"]
    changes = [change for change in told.changes if change.label == role]
    roles = [role for one in changes for role in (one.before, one.after) if role]
    return " → ".join(roles)


def draw_change(found: SensitiveChange) -> Draft:
    """Something that decides about money or access was changed."""
    what = f"**{found.change}**"
    if found.subject:
        what = f"{what} ({plain(found.subject, 80)})"
    if found.roles:
        what = f"{what}: {plain(found.roles, 80)}"
    where = _(", from %(place)s") % {"place": found.place} if found.place else ""
    text = _(
        "🔐 %(store)s: %(what)s by %(actor)s, %(at)s%(where)s. Was it not you or "
        "your staff? Look at it at once: %(page)s"
    ) % {
        "store": plain(found.store, 80),
        "what": what,
        "actor": plain(found.actor, 80),
        "at": full_time(found.at),
        "where": where,
        "page": found.page,
    }
    return framed(text, AMBER)


SENSITIVE_CHANGE = MessageKind(
    code="deed_done",
    events=("audit.recorded",),
    audience=Audience.PERSON,
    must_know=False,
    announce=_announce_to_owners,
    load=_load,
    draw=draw_change,
)
LOG_SENSITIVE_CHANGE = MessageKind(
    code="log_deed_done",
    events=("audit.recorded",),
    audience=Audience.STORE,
    must_know=False,
    announce=_announce_to_log,
    load=_load,
    draw=draw_change,
)

KINDS = (SENSITIVE_CHANGE, LOG_SENSITIVE_CHANGE)
