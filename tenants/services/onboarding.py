"""Opening a store."""

from collections.abc import Iterator
from datetime import datetime

from django.db import IntegrityError, connection
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict
from ppob.kit.scope import tenant_scope
from security.models import User
from security.services import audit
from tenants.models import Guild, Member, Tenant
from tenants.states import Role


class GuildTaken(Conflict):
    """The Discord server already belongs to a store."""

    code = "GUILD_TAKEN"
    default = _("This server already has a store. Ask its owner to invite you.")


def open_store(
    *, user: User, guild_id: int, guild_name: str, icon_url: str, now: datetime
) -> Member:
    """Open a store for a Discord server and make `user` its owner.

    Raises GuildTaken when another store has the server; then nothing is kept. The
    caller has checked with Discord that the user manages the server.
    """
    # Tried and not looked for: two stores of one name would both find it free.
    for slug in _slugs(guild_name):
        tenant = Tenant(pk=_next_id(), slug=slug, name=guild_name[:80], created_at=now)
        guild = Guild(
            tenant=tenant,
            discord_id=guild_id,
            name=guild_name[:100],
            icon_url=icon_url,
            created_at=now,
        )
        try:
            return _open(tenant, guild, user, now=now)
        except IntegrityError as error:
            if "slug" not in _constraint_of(error):
                raise GuildTaken from None
    raise GuildTaken(_("Please choose another name for the store."))


def _open(tenant: Tenant, guild: Guild, user: User, *, now: datetime) -> Member:
    """Keep the store, its server and its owner: all of them or nothing."""
    with tenant_scope(tenant.pk), unit_of_work("tenants.open_store"):
        tenant.save(force_insert=True)
        guild.save()
        member: Member = Member.objects.create(
            tenant=tenant, user=user, role=Role.OWNER, created_at=now
        )
        audit.record(
            actor=member.name,
            action="store.opened",
            object=f"tenant:{tenant.pk}",
            now=now,
            data={"name": tenant.name, "guild_id": str(guild.discord_id)},
        )
    return member


def _next_id() -> int:
    """A fresh id: the store's scope has to be open before its first row is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('tenants_tenant', 'id'))")
        found: int = cursor.fetchone()[0]
    return found


def _slugs(name: str) -> Iterator[str]:
    # The column has 50 characters; the number needs a few.
    base = slugify(name)[:40] or "toko"
    yield base
    for number in range(2, 100):
        yield f"{base}-{number}"


def _constraint_of(error: IntegrityError) -> str:
    # By the constraint's name: the words come in the server's language.
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", ""))
