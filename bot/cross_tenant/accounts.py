"""Bot accounts: which should run, who runs them, and what they are doing."""

from datetime import datetime, timedelta

import psutil
from django.db import transaction
from django.db.models import F, Q

from bot.models import BotInstance, InstanceEvent
from bot.states import OBSERVED_TRANSITIONS, Desired, Observed
from ppob.kit.machine import Machine

# Renewed every 15 seconds; a process that fails to for 40 ends its bots by itself.
LEASE = timedelta(seconds=45)


def register_shared(*, application_id: int, token: str) -> BotInstance:
    """The shared bot's row, made or given its present token."""
    row: BotInstance | None = BotInstance.across_tenants.filter(
        application_id=application_id
    ).first()
    if row is None:
        row = BotInstance(application_id=application_id, token=token)
        # `save` asks for a store's scope, and the shared bot belongs to none.
        BotInstance.across_tenants.bulk_create([row])
    elif row.token is None or row.token.reveal() != token:
        row.token = token
        # `update` alone would not seal it.
        sealed = BotInstance._meta.get_field("token").pre_save(row, add=False)
        BotInstance.across_tenants.filter(pk=row.pk).update(
            token=sealed, generation=F("generation") + 1
        )
    return row


def claim_instances(
    *, owner: str, now: datetime, only_tenant: int | None = None
) -> list[BotInstance]:
    """The bots this process shall run: wanted, and nobody else holds them.

    Each gets a lease of 45 seconds. With `only_tenant` it is that store's own bot, or
    the shared one if it has none.
    """
    wanted = BotInstance.across_tenants.filter(desired=Desired.RUNNING)
    if only_tenant is not None:
        own = wanted.filter(tenant_id=only_tenant)
        wanted = own if own.exists() else wanted.filter(tenant_id=None)
    free = Q(lease_owner=owner) | Q(lease_until=None) | Q(lease_until__lt=now)
    # The update decides: whoever comes second finds the lease taken.
    return [
        row
        for row in wanted.order_by("pk")
        if BotInstance.across_tenants.filter(free, pk=row.pk).update(
            lease_owner=owner, lease_until=now + LEASE
        )
    ]


def report(
    instance_id: int, observed: Observed, *, reason: str = "", now: datetime
) -> bool:
    """Write down what a bot is doing; False if it cannot come from where it is.

    The same word again is a heartbeat; another one is a transition with an event row.
    """
    rows = BotInstance.across_tenants.filter(pk=instance_id)
    words = {"observed_reason": reason[:80], "heartbeat_at": now}
    if rows.filter(observed=observed).update(**words):
        return True
    with transaction.atomic(using="platform"):
        row = rows.first()
        return row is not None and ACCOUNTS.try_move(
            row,
            observed,
            actor=row.lease_owner or "bot",
            now=now,
            reason=reason,
            **words,
        )


def _event(row: BotInstance) -> InstanceEvent:
    return InstanceEvent(tenant_id=row.tenant_id, application_id=row.application_id)


ACCOUNTS = Machine(
    model=BotInstance,
    table=OBSERVED_TRANSITIONS,
    event=_event,
    column="observed",
    using="platform",
)


def release_instances(*, owner: str) -> None:
    """Give back every lease of this process, so that another may start at once."""
    BotInstance.across_tenants.filter(lease_owner=owner).update(
        lease_owner="", lease_until=None
    )


def release_dead(*, host: str) -> None:
    """Take leases from processes of this machine that were killed.

    Elsewhere a lease has to run out: only here is it certain that nobody uses it.
    """
    owners = BotInstance.across_tenants.filter(
        lease_owner__startswith=f"{host}:"
    ).values_list("lease_owner", flat=True)
    for owner in set(owners):
        if not psutil.pid_exists(int(owner.rpartition(":")[2])):
            release_instances(owner=owner)


def own_bot_tenants() -> frozenset[int]:
    """Stores that run a bot of their own; the shared one stays silent for them."""
    return frozenset(
        BotInstance.across_tenants.filter(
            desired=Desired.RUNNING, tenant_id__isnull=False
        ).values_list("tenant_id", flat=True)
    )
