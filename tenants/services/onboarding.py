"""Opening a store."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

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
    tenant = _make_tenant(guild_name, now=now)
    try:
        with tenant_scope(tenant.pk), transaction.atomic(durable=True):
            member = Member.objects.create(
                tenant=tenant, user=user, role=Role.OWNER, created_at=now
            )
            Guild.objects.create(
                tenant=tenant,
                discord_id=guild_id,
                name=guild_name[:100],
                icon_url=icon_url,
                created_at=now,
            )
            audit.record(
                actor=member.actor,
                action="store.opened",
                object=f"tenant:{tenant.pk}",
                now=now,
                data={"guild_id": str(guild_id)},
            )
    except IntegrityError:
        with tenant_scope(tenant.pk):
            Tenant.objects.using("platform").filter(pk=tenant.pk).delete()
        raise GuildTaken from None
    return member


def _make_tenant(name: str, *, now: datetime) -> Tenant:
    """A new, empty tenant with a free slug; outside any store's scope."""
    base = slugify(name)[:40] or "toko"
    for attempt in range(1, 100):
        slug = base if attempt == 1 else f"{base}-{attempt}"
        try:
            with transaction.atomic(using="platform"):
                return Tenant.objects.using("platform").create(
                    slug=slug, name=name[:80], created_at=now
                )
        except IntegrityError:
            continue
    raise GuildTaken(_("Please choose another name for the store."))
