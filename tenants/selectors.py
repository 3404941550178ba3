"""Reading who works in the store in scope, its servers, and how it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tenants.models import Guild, HealthProof, Member
from tenants.states import Role

# A store is proved every five minutes; three missed proofs are no coincidence.
STALE_AFTER = timedelta(minutes=15)

_RANK = {role: number for number, role in enumerate(Role.values)}


def list_members() -> list[Member]:
    """Everybody who works in the store, owners first."""
    members = Member.objects.select_related("user").order_by("pk")
    return sorted(members, key=lambda member: _RANK[member.role])


def list_guilds() -> list[Guild]:
    """The store's Discord servers, the first one first."""
    return list(Guild.objects.order_by("pk"))


def find_main_guild() -> Guild | None:
    """The server the store was opened for."""
    guild: Guild | None = Guild.objects.order_by("pk").first()
    return guild


@dataclass(frozen=True)
class Health:
    """What the newest proof of a store says, and whether that is still news."""

    proof: HealthProof | None
    is_stale: bool

    @property
    def is_good(self) -> bool:
        """Proved lately, and nothing was wrong."""
        return not self.is_stale and self.proof is not None and not self.is_wrong

    @property
    def is_wrong(self) -> bool:
        """Something was wrong when it was proved last."""
        return self.proof is not None and self.proof.violations > 0


def read_health(*, now: datetime) -> Health:
    """How the store is: without a proof of the last quarter of an hour, stale."""
    proof = find_last_proof()
    is_stale = proof is None or proof.checked_at < now - STALE_AFTER
    return Health(proof=proof, is_stale=is_stale)


def find_last_proof() -> HealthProof | None:
    """The newest proof of the store in scope."""
    proof: HealthProof | None = HealthProof.objects.order_by("-pk").first()
    return proof
