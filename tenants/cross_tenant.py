"""Questions that have to be asked before a store is known, and work across stores.

Together with the other modules of this name and the admin, this is the only place that
reads through the platform's connection. What is found here is loaded again inside the
store's scope before anything is written.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from ppob.kit.scope import no_tenant_scope
from tenants.models import Guild, HealthProof, Invitation, Member, Tenant


def find_store(slug: str) -> Tenant | None:
    """The store with this slug, whoever asks."""
    return Tenant.objects.using("platform").filter(slug=slug).first()


def find_member(*, user_id: int, slug: str) -> Member | None:
    """What this user is in the store with this slug; None for everybody else."""
    return (
        Member.across_tenants.filter(user_id=user_id, tenant__slug=slug)
        .select_related("tenant", "user")
        .first()
    )


def list_memberships(user_id: int) -> list[Member]:
    """All stores this user works in, by name."""
    return list(
        Member.across_tenants.filter(user_id=user_id)
        .select_related("tenant")
        .order_by("tenant__name", "pk")
    )


def find_invitation(token_hash: str) -> Invitation | None:
    """The invitation whose link has this token, in whichever store it is."""
    return (
        Invitation.across_tenants.filter(token_hash=token_hash)
        .select_related("tenant", "created_by")
        .first()
    )


def find_guild(discord_id: int) -> Guild | None:
    """The Discord server and its store; None if no store has connected it."""
    return (
        Guild.across_tenants.filter(discord_id=discord_id)
        .select_related("tenant")
        .first()
    )


def list_tenant_ids() -> list[int]:
    """The ids of all stores, suspended ones too."""
    return list(
        Tenant.objects.using("platform").order_by("pk").values_list("pk", flat=True)
    )


def broken_rules() -> dict[int, dict[str, int]]:
    """The stores in which something is wrong: how many rows break which rule."""
    newest = HealthProof.across_tenants.order_by("tenant_id", "-pk")
    return {
        proof.tenant_id: proof.broken
        for proof in newest.distinct("tenant_id")
        if proof.broken
    }


def slugs_by_guild(*, user_id: int, guild_ids: list[int]) -> dict[int, str | None]:
    """Which of these Discord servers have a store: its slug for people who work there.

    For everybody else the value is None: that there is a store is all they learn.
    """
    taken = Guild.across_tenants.filter(discord_id__in=guild_ids).select_related(
        "tenant"
    )
    own = {member.tenant_id for member in list_memberships(user_id)}
    return {
        guild.discord_id: guild.tenant.slug if guild.tenant_id in own else None
        for guild in taken
    }


@contextmanager
def snapshot_across_stores(*, statement_secs: int) -> Iterator[CursorWrapper]:
    """A cursor that sees all stores as they were at one moment and can write nothing.

    A statement that takes longer than `statement_secs` raises OperationalError.
    """
    with (
        no_tenant_scope(),
        transaction.atomic(using="platform", durable=True),
        connections["platform"].cursor() as cursor,
    ):
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [f"{statement_secs}s"]
        )
        yield cursor


@contextmanager
def part_of_snapshot(cursor: CursorWrapper, *, statement_secs: float) -> Iterator[None]:
    """Statements of which one may take too long without ending the snapshot.

    It raises OperationalError, and the cursor goes on with what follows the block.
    """
    with transaction.atomic(using="platform"):
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)",
            [f"{max(int(statement_secs * 1000), 1)}ms"],
        )
        yield
