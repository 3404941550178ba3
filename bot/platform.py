"""What the bot asks before it knows the store, and what belongs to no store.

Bot accounts are rows of the platform: the shared one has no store at all. Everything
else found here is loaded again inside the store's scope before anything is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil
from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery

from bot.models import (
    BotInstance,
    ErrorReport,
    InstanceEvent,
    OutgoingMessage,
    Panel,
    Ticket,
)
from bot.states import (
    OBSERVED_MOVES,
    Desired,
    Observed,
    OutboxStatus,
    PanelStatus,
    TicketStatus,
)
from catalog.models import Product
from inventory.models import StockMovement
from payments.models import Deposit, Order, Payment, UnmatchedMoney
from ppob.kit.tenant_rows import TenantRow
from tenants.models import Guild

LEASE = timedelta(seconds=45)
MOST_DUE = 200
# What the ids in a button name, and the ways from there to the buyer.
_NAMED: dict[str, tuple[type[TenantRow], tuple[str, ...]]] = {
    "order": (Order, ("customer",)),
    "payment": (Payment, ("order__customer", "deposit__customer")),
    "deposit": (Deposit, ("customer",)),
    "money": (
        UnmatchedMoney,
        ("payment__order__customer", "payment__deposit__customer"),
    ),
}


@dataclass(frozen=True)
class Serving:
    """Which stores a bot speaks for: one, or all that have no bot of their own."""

    only: int | None = None
    excluded: frozenset[int] = frozenset()

    def accepts(self, tenant_id: int) -> bool:
        """Whether this bot speaks for the store."""
        if self.only is not None:
            return tenant_id == self.only
        return tenant_id not in self.excluded

    @property
    def condition(self) -> Q:
        """The same as a filter on `tenant_id`."""
        if self.only is not None:
            return Q(tenant_id=self.only)
        return ~Q(tenant_id__in=self.excluded)


# --- Bot accounts ---------------------------------------------------------------------


def register_shared(*, application_id: int, token: str) -> BotInstance:
    """The shared bot's row, made or given its present token."""
    row: BotInstance | None = BotInstance.across_tenants.filter(
        application_id=application_id
    ).first()
    if row is None:
        row = BotInstance(application_id=application_id, token=token)
        BotInstance.across_tenants.bulk_create([row])
    elif row.token is None or row.token.reveal() != token:
        row.token = token
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

    The same word again is a heartbeat; another one is a move with an event row.
    """
    rows = BotInstance.across_tenants.filter(pk=instance_id)
    words = {"observed_reason": reason[:80], "heartbeat_at": now}
    if rows.filter(observed=observed).update(**words):
        return True
    with transaction.atomic(using="platform"):
        for source, targets in OBSERVED_MOVES.items():
            if observed in targets and rows.filter(observed=source).update(
                observed=observed, **words
            ):
                _record_move(instance_id, source, observed, reason=reason, now=now)
                return True
    return False


def _record_move(
    instance_id: int, source: Observed, target: Observed, *, reason: str, now: datetime
) -> None:
    row = BotInstance.across_tenants.get(pk=instance_id)
    InstanceEvent.across_tenants.bulk_create(
        [
            InstanceEvent(
                tenant_id=row.tenant_id,
                application_id=row.application_id,
                source=source.value,
                target=target.value,
                actor=row.lease_owner or "bot",
                reason=reason[:80],
                at=now,
            )
        ]
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


# --- Servers --------------------------------------------------------------------------


def list_changed_guilds(serving: Serving, *, present: set[int]) -> list[Guild]:
    """Connected servers about which our rows and Discord disagree.

    `present` are the Discord ids of the servers the bot is in now.
    """
    rows = Guild.across_tenants.filter(serving.condition)
    came = rows.filter(bot_joined_at=None, discord_id__in=present)
    went = rows.filter(bot_joined_at__isnull=False).exclude(discord_id__in=present)
    return [*came.order_by("pk"), *went.order_by("pk")]


# --- Panels ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PanelState:
    """Enough of a panel to see whether it has to be drawn again."""

    pk: int
    tenant_id: int
    channel_id: int
    refresh_secs: int
    store_version: str
    settings_key: str
    sent_version: str

    @property
    def version(self) -> str:
        """A word that differs as soon as the panel may look different."""
        return self.drawn_with(self.settings_key)

    def drawn_with(self, settings_key: str) -> str:
        """The version of a picture that was drawn with these settings just after."""
        return f"{self.store_version}/{settings_key}"


def list_panel_states(
    serving: Serving, *, tenant_id: int | None = None
) -> list[PanelState]:
    """Every active panel in servers where the bot is, with its present version.

    The version changes with every stock movement and product change of the store and
    with the panel's own settings.
    """
    panels = Panel.across_tenants.filter(
        serving.condition,
        status=PanelStatus.ACTIVE,
        guild__bot_joined_at__isnull=False,
    )
    if tenant_id is not None:
        panels = panels.filter(tenant_id=tenant_id)
    rows = list(panels.order_by("pk"))
    versions = _store_versions({row.tenant_id for row in rows})
    return [
        PanelState(
            pk=row.pk,
            tenant_id=row.tenant_id,
            channel_id=row.channel_id,
            refresh_secs=row.refresh_secs,
            store_version=versions.get(row.tenant_id, "-"),
            settings_key=row.settings_key,
            sent_version=row.sent_version,
        )
        for row in rows
    ]


def _store_versions(tenant_ids: set[int]) -> dict[int, str]:
    newest = StockMovement.across_tenants.filter(product=OuterRef("pk"))
    rows = (
        Product.across_tenants.filter(tenant_id__in=tenant_ids)
        .annotate(movement=Subquery(newest.order_by("-pk").values("pk")[:1]))
        .order_by()
        .values("tenant_id")
        .annotate(movement_max=Max("movement"), changed_max=Max("updated_at"))
    )
    return {
        row["tenant_id"]: f"{row['movement_max']}.{row['changed_max']:%y%m%d%H%M%S.%f}"
        for row in rows
    }


# --- Messages and tickets -------------------------------------------------------------


def list_due_messages(
    serving: Serving, *, now: datetime, direct: int = MOST_DUE
) -> dict[int, list[int]]:
    """Ids of messages to send now, by store; per place only the oldest waiting one.

    A message for a ticket waits until the ticket has its channel. At most `direct` of
    them go to a person directly, so that many of those keep no room waiting.
    """
    same_place = (
        Q(ticket=OuterRef("ticket"))
        | Q(channel_id=OuterRef("channel_id"))
        | Q(recipient_id=OuterRef("recipient_id"))
    )
    earlier = OutgoingMessage.across_tenants.filter(
        same_place,
        tenant_id=OuterRef("tenant_id"),
        status=OutboxStatus.QUEUED,
        pk__lt=OuterRef("pk"),
    )
    due = (
        OutgoingMessage.across_tenants.filter(
            ~Exists(earlier),
            serving.condition,
            Q(ticket=None) | Q(ticket__channel_id__isnull=False),
            status=OutboxStatus.QUEUED,
            due_at__lte=now,
        )
        .order_by("pk")
        .values_list("tenant_id", "pk")
    )
    rows = list(due.filter(recipient_id=None)[:MOST_DUE])
    if direct > 0:
        rows += due.exclude(recipient_id=None)[:direct]
    return _by_tenant(sorted(rows, key=lambda row: row[1]))


def list_stranded_messages(*, now: datetime) -> dict[int, list[int]]:
    """Ids of messages for tickets that ended without a channel."""
    rows = OutgoingMessage.across_tenants.filter(
        status=OutboxStatus.QUEUED,
        due_at__lte=now,
        ticket__channel_id=None,
        ticket__status=TicketStatus.CLOSED,
    )
    return _by_tenant(rows.order_by("pk").values_list("tenant_id", "pk")[:MOST_DUE])


def _by_tenant(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    grouped: dict[int, list[int]] = {}
    for tenant_id, row_id in rows:
        grouped.setdefault(tenant_id, []).append(row_id)
    return grouped


def list_roomless_tickets(
    serving: Serving, *, created_before: datetime
) -> list[tuple[int, int]]:
    """Tickets that still need a channel, as (store, ticket): a crash came between."""
    return list(
        Ticket.across_tenants.filter(
            serving.condition,
            channel_id=None,
            status__in=[TicketStatus.OPEN, TicketStatus.PAID],
            created_at__lt=created_before,
            guild__bot_joined_at__isnull=False,
        )
        .order_by("pk")
        .values_list("tenant_id", "pk")[:50]
    )


@dataclass(frozen=True)
class TicketChannel:
    """The channel of a ticket that is not closed. Ids but the store's are Discord's."""

    channel_id: int
    guild_id: int
    tenant_id: int


def list_ticket_channels(serving: Serving) -> list[TicketChannel]:
    """Every channel whose conversation is to be kept."""
    rows = Ticket.across_tenants.filter(
        serving.condition, closed_at=None, channel_id__isnull=False
    )
    return [
        TicketChannel(*row)
        for row in rows.values_list("channel_id", "guild__discord_id", "tenant_id")
    ]


def list_finished_tickets(*, now: datetime) -> list[tuple[int, int]]:
    """Tickets whose time to close has come, as (store, ticket)."""
    return list(
        Ticket.across_tenants.filter(closes_at__lte=now, closed_at=None)
        .order_by("closes_at")
        .values_list("tenant_id", "pk")[:200]
    )


def list_stores_with_old_errors(*, before: datetime) -> list[tuple[int, int]]:
    """Stores with error reports of before then, and how many."""
    old = ErrorReport.across_tenants.filter(at__lte=before).order_by("tenant_id")
    return list(old.values_list("tenant_id").annotate(Count("pk")))


def find_tenant(ids: Mapping[str, int], *, buyer_id: int) -> int | None:
    """Whose rows these are: for buttons in direct messages, where no server says it.

    `ids` are a button's, by name. They count only for their own buyer (`buyer_id` is
    Discord's): to anybody else they name nothing; no store gets to know that person.
    """
    for name, (model, ways) in _NAMED.items():
        if name not in ids:
            continue
        own = Q()
        for way in ways:
            own |= Q(**{f"{way}__discord_id": buyer_id})
        found: int | None = (
            model.across_tenants.filter(own, pk=ids[name])
            .values_list("tenant_id", flat=True)
            .first()
        )
        return found
    return None
