"""Reading who works in the store in scope, its servers, and how it is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Subquery
from django.utils.translation import gettext as _

from ppob.kit import scope
from ppob.kit.db import prepared_cursor
from ppob.kit.numbers import read_number
from security.models import User
from tenants.models import (
    Customer,
    Guild,
    Handover,
    HealthProof,
    Invitation,
    Member,
    ProofRun,
    Tenant,
)
from tenants.states import HandoverStatus, InvitationStatus, Role, TenantStatus

# A store is proved every five minutes; three missed proofs are no coincidence.
STALE_AFTER = timedelta(minutes=15)

_RANK = {role: number for number, role in enumerate(Role.values)}


def list_members() -> list[Member]:
    """Everybody who works in the store, owners first."""
    members = Member.objects.select_related("user").order_by("pk")
    return sorted(members, key=lambda member: _RANK[member.role])


def owner_accounts() -> list[int]:
    """The Discord ids of those who own the store and can sign in."""
    owners = Member.objects.filter(
        role=Role.OWNER, user__is_active=True, user__discord_id__isnull=False
    )
    return list(owners.order_by("pk").values_list("user__discord_id", flat=True))


def list_invitations(*, now: datetime) -> list[Invitation]:
    """The invitations that can still be accepted, the newest first."""
    live = Invitation.objects.filter(status=InvitationStatus.OPEN, expires_at__gt=now)
    return list(live.select_related("created_by").order_by("-pk"))


def find_handover(*, now: datetime) -> Handover | None:
    """The offer of the store that waits for its answer."""
    offers = Handover.objects.select_related("giver", "taker")
    found: Handover | None = offers.filter(
        status=HandoverStatus.OFFERED, expires_at__gt=now
    ).first()
    return found


def list_guilds() -> list[Guild]:
    """The store's Discord servers, the first one first."""
    return list(Guild.objects.order_by("pk"))


def find_main_guild() -> Guild | None:
    """The server the store was opened for."""
    guild: Guild | None = Guild.objects.order_by("pk").first()
    return guild


@dataclass(frozen=True)
class Health:
    """What the rules say about a store, when they were asked last, and if that is news.

    `broken` counts the rows that break each rule that does not hold; rules that were
    `left_out` were not asked then. A store that is younger than the last time has no
    `checked_at`.
    """

    checked_at: datetime | None
    broken: dict[str, int]
    left_out: frozenset[str]
    is_stale: bool

    @property
    def violations(self) -> int:
        """How many rows do not fit."""
        return sum(self.broken.values())

    @property
    def is_good(self) -> bool:
        """Proved lately, and nothing was wrong."""
        return not self.is_stale and not self.is_wrong

    @property
    def is_wrong(self) -> bool:
        """Something was wrong when it was proved last."""
        return bool(self.broken)


def read_health(*, now: datetime) -> Health:
    """How the store is: without a proof of the last quarter of an hour, stale."""
    opened = Tenant.objects.filter(pk=scope.get_tenant_id()).values("created_at")
    run = (
        ProofRun.objects.filter(at__gte=Subquery(opened)).order_by("-at", "-pk").first()
    )
    proof = find_last_proof()
    return Health(
        checked_at=run.at if run else None,
        broken=proof.broken if proof else {},
        left_out=frozenset(run.left_out if run else ()),
        is_stale=run is None or run.at < now - STALE_AFTER,
    )


def is_open() -> bool:
    """Whether the store in scope sells at the moment."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT status FROM tenants_tenant WHERE id = %s", [scope.get_tenant_id()]
        )
        (status,) = cursor.fetchone()
    return bool(status == TenantStatus.ACTIVE)


def find_last_proof() -> HealthProof | None:
    """The newest proof of the store in scope."""
    proof: HealthProof | None = HealthProof.objects.order_by("-pk").first()
    return proof


def actor_names(actors: Collection[str]) -> dict[str, str]:
    """The names of those actors (`user:12`, `discord:345`) that the store knows."""
    users = _numbers(actors, "user:")
    # Who works for the platform is not the store's business, unless they work here too.
    staff = User.objects.filter(pk__in=users, is_staff=True)
    names = {
        f"user:{user_id}": _("Platform staff")
        for user_id in staff.values_list("pk", flat=True)
    }
    for member in Member.objects.filter(user_id__in=users).select_related("user"):
        names[member.name] = str(member.user)
    names |= _names_of_former_staff([pk for pk in users if f"user:{pk}" not in names])
    buyers = _numbers(actors, "discord:")
    for customer in Customer.objects.filter(discord_id__in=buyers):
        names[customer.actor] = str(customer)
    return names


def buyers_of(discord_ids: Collection[int]) -> dict[int, Customer]:
    """The store's buyers among these Discord accounts."""
    buyers = Customer.objects.filter(discord_id__in=discord_ids)
    return {buyer.discord_id: buyer for buyer in buyers}


def names_of_people(discord_ids: Collection[int]) -> dict[int, str]:
    """The names of those Discord accounts that buy or work in the store."""
    buyers = buyers_of(discord_ids)
    names = {discord_id: str(buyer) for discord_id, buyer in buyers.items()}
    staff = Member.objects.filter(user__discord_id__in=discord_ids)
    for member in staff.select_related("user"):
        if member.user.discord_id is not None:
            names[member.user.discord_id] = str(member.user)
    return names


def staff_names(actors: Iterable[str]) -> dict[str, str]:
    """The names of those of these actors who work here or did; nobody else's."""
    return actor_names({actor for actor in actors if actor.startswith("user:")})


def _names_of_former_staff(users: list[int]) -> dict[str, str]:
    """Those of these people who joined the store by an invitation and are gone."""
    if not users:
        return {}
    joined = Invitation.objects.filter(accepted_by_id__in=users)
    return {
        f"user:{each.accepted_by_id}": _("%(name)s (former staff)")
        % {"name": each.accepted_by}
        for each in joined.select_related("accepted_by")
    }


def _numbers(actors: Collection[str], mark: str) -> list[int]:
    named = (actor.removeprefix(mark) for actor in actors if actor.startswith(mark))
    numbers = map(read_number, named)
    return [number for number in numbers if number is not None]
