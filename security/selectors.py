"""Reading the audit trail of the store in scope, and what is known of a person."""

from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db.models import Q, QuerySet

from security.models import AuditEntry, Session, User

SYSTEM = "system"


@dataclass(frozen=True)
class HistoryFilter:
    """Which entries are wanted; whatever is empty leaves nothing out.

    `actor` is a name as in the entries, or SYSTEM for whatever no person did.
    `prefixes` are beginnings of actions. `since` is included, `until` is not.
    """

    actor: str = ""
    prefixes: tuple[str, ...] = ()
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether anything is left out."""
        return self != HistoryFilter()


def history_page(
    wanted: HistoryFilter, *, before: int | None = None, limit: int = 50
) -> list[AuditEntry]:
    """The store's audit trail, newest first; `before` continues after that id."""
    entries: QuerySet[AuditEntry] = AuditEntry.objects.all()
    if before is not None:
        entries = entries.filter(pk__lt=before)
    if wanted.actor == SYSTEM:
        entries = entries.exclude(_by_people())
    elif wanted.actor:
        entries = entries.filter(actor=wanted.actor)
    if wanted.prefixes:
        entries = entries.filter(actions_starting_with(wanted.prefixes))
    if wanted.object:
        entries = entries.filter(object=wanted.object)
    if wanted.since:
        entries = entries.filter(at__gte=wanted.since)
    if wanted.until:
        entries = entries.filter(at__lt=wanted.until)
    return list(entries.order_by("-pk")[:limit])


def actions_starting_with(prefixes: tuple[str, ...]) -> Q:
    """The condition for entries whose actions start with one of these."""
    group = Q()
    for prefix in prefixes:
        group |= Q(action__startswith=prefix)
    return group


def _by_people() -> Q:
    return Q(actor__startswith="user:") | Q(actor__startswith="discord:")


def find_discord_name(user: User) -> str:
    """The person's user name on Discord, as of the last sign-in; "" if unknown."""
    account = SocialAccount.objects.filter(
        user_id=user.pk, provider="discord", uid=str(user.discord_id)
    ).first()
    return str(account.extra_data.get("username", "")) if account is not None else ""


def list_sessions(user: User, *, now: datetime) -> list[Session]:
    """The browsers in which this person is signed in, the one used last first."""
    sessions = Session.objects.filter(user=user, expire_date__gt=now)
    return list(sessions.defer("session_data").order_by("-seen_at", "-pk"))
