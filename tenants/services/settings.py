"""What the owner decides about the store itself."""

from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ppob.kit import live
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import InvalidInput
from ppob.kit.i18n import filled
from ppob.kit.versions import Facts, require_unchanged
from security.services import audit
from tenants import locks
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Tenant
from tenants.models.tenant import MOST_ALERT_HOURS
from tenants.permissions import Permission

NAME_LENGTH = 80


@dataclass(frozen=True)
class StoreDraft:
    """The store's settings as they were entered."""

    name: str
    time_zone: str
    language: str
    deposit_alert_hours: int


def facts_of(store: Tenant) -> Facts:
    """What its owner can change of the store, as it is now."""
    return {name: getattr(store, name) for name in StoreDraft.__dataclass_fields__}


def change_store(
    *, actor: Actor, draft: StoreDraft, now: datetime, seen: str | None = None
) -> Tenant:
    """Rename the store, or change its zone, language or alert; its address stays.

    `seen` is the version of what was read. Raises NotAllowed, InvalidInput or
    ChangedMeanwhile.
    """
    require(actor, Permission.EDIT_STORE)
    values = asdict(draft) | {"name": " ".join(draft.name.split())}
    if not 2 <= len(values["name"]) <= NAME_LENGTH:
        raise InvalidInput(_("Enter a name of 2 to 80 characters."), field="name")
    if draft.time_zone not in available_timezones():
        raise InvalidInput(_("Choose a time zone from the list."), field="time_zone")
    if draft.language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose a language from the list."), field="language")
    if not 1 <= draft.deposit_alert_hours <= MOST_ALERT_HOURS:
        raise InvalidInput(
            filled(_("Enter from 1 to %(most)d hours."), most=MOST_ALERT_HOURS),
            field="deposit_alert_hours",
        )
    with unit_of_work("tenants.change_store"):
        store = locks.lock_store(actor.tenant_id)
        # Under the lock: of two who save at once, the second is shown what is new.
        before = facts_of(store)
        require_unchanged(seen, before)
        Tenant.objects.filter(pk=actor.tenant_id).update(**values)
        audit.record(
            actor=actor.name,
            action="store.changed",
            object=f"tenant:{actor.tenant_id}",
            now=now,
            before=before,
            after=values,
        )
        live.announce(actor.tenant_id, "settings")
    return Tenant.objects.get(pk=actor.tenant_id)


def set_price_step(store: Tenant, step: int) -> None:
    """Round what is computed from now on to so many rupiah; part of the caller's work.

    The store is locked, and the caller says who did it.
    """
    require_transaction()
    Tenant.objects.filter(pk=store.pk).update(price_step=step)
