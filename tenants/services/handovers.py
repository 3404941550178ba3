"""Handing a store over: an owner offers it, and somebody who works there accepts.

Owning a store is a burden as well as a right, so nobody becomes the owner in somebody's
stead without saying yes. Both steps are written down.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import Conflict, InvalidInput, NotAllowed
from ppob.kit.events import announce
from security.services import audit
from tenants import locks
from tenants.actors import Actor
from tenants.events import StoreOffered
from tenants.models import Handover, Member
from tenants.services import staff
from tenants.services.transitions import HANDOVERS
from tenants.states import HandoverStatus, Role

DAYS = 7


class OnlyOwners(NotAllowed):
    """Somebody who owns nothing wants to give it away."""

    code = "ONLY_OWNERS"
    default = _("Only an owner can hand the store over.")


class NotOffered(NotAllowed):
    """The offer is for somebody else."""

    code = "NOT_OFFERED"
    default = _("This offer is for somebody else.")


class OfferOver(Conflict):
    """It was answered, withdrawn or has expired, or one of the two is not there."""

    code = "OFFER_OVER"
    default = _("This offer has ended; nothing was changed.")


def offer_store(*, actor: Actor, member_id: int, now: datetime) -> Handover:
    """Offer the store to somebody who works there, for seven days.

    An earlier offer that is still open ends. Raises NotAllowed, NotFound, or
    InvalidInput for oneself and for owners.
    """
    with unit_of_work("tenants.offer_store"):
        acting = staff.hold_to_change(actor)
        # The right to change roles is not enough: who owns nothing gives nothing away.
        if acting.role != Role.OWNER:
            raise OnlyOwners
        target = staff.get_colleague(member_id)
        if target.role == Role.OWNER:
            raise InvalidInput(_("Choose somebody who does not own the store yet."))
        # One that has expired is still `offered`, and a unique index has room for one.
        HANDOVERS.move_all(Handover.objects.all(), HandoverStatus.WITHDRAWN, now=now)
        offer: Handover = Handover.objects.create(
            giver=acting.user,
            taker=target.user,
            created_at=now,
            expires_at=now + timedelta(days=DAYS),
        )
        staff.tell(
            target.user,
            actor=acting,
            action="member.store_offered",
            now=now,
        )
        announce(StoreOffered(acting.tenant_id, offer))
    return offer


def withdraw_offer(*, actor: Actor, offer: Handover, now: datetime) -> None:
    """Take the offer back; any owner may. Raises NotAllowed or OfferOver."""
    with unit_of_work("tenants.withdraw_offer"):
        acting = staff.hold_to_change(actor)
        if acting.role != Role.OWNER:
            raise OnlyOwners
        _close(offer, HandoverStatus.WITHDRAWN, now=now)
        _record(acting, offer, "member.offer_withdrawn", now=now)


def decline_offer(*, actor: Actor, offer: Handover, now: datetime) -> None:
    """Say no; only whom it was offered to may. Raises NotOffered or OfferOver."""
    with unit_of_work("tenants.decline_offer"):
        # No right is asked for: the store may be offered to whoever works there.
        acting = staff.hold_store(actor)
        _require_taker(offer, acting)
        _close(offer, HandoverStatus.DECLINED, now=now)
        _record(acting, offer, "member.offer_declined", now=now)


def accept_offer(*, actor: Actor, offer: Handover, now: datetime) -> Member:
    """Become the owner; the giver becomes admin, at the same moment.

    Raises NotOffered, or OfferOver when it ended, has expired, or the giver owns the
    store no more.
    """
    with unit_of_work("tenants.accept_offer"):
        acting = staff.hold_store(actor)
        _require_taker(offer, acting)
        # What is raised below undoes this as well: the offer stays as it was.
        current = _close(offer, HandoverStatus.ACCEPTED, now=now)
        giver = (
            Member.objects.select_related("user")
            .filter(user_id=current.giver_id, role=Role.OWNER)
            .first()
        )
        if giver is None or not current.expires_at > now:
            raise OfferOver
        before = acting.role
        # The trigger that keeps an owner looks at the end: either could come first.
        Member.objects.filter(pk=acting.pk).update(role=Role.OWNER)
        Member.objects.filter(pk=giver.pk).update(role=Role.ADMIN)
        # A link of the former owner could bring in an owner whom the new one never
        # chose.
        ended = staff.end_promises(giver.user_id, role=Role.ADMIN, now=now)
        staff.tell(
            acting.user,
            actor=acting,
            action="member.store_taken_over",
            now=now,
            before=before,
            after=Role.OWNER,
            data={"handed_over_by": str(giver.user)},
        )
        staff.tell(
            giver.user,
            actor=acting,
            action="member.role_changed",
            now=now,
            before=Role.OWNER,
            after=Role.ADMIN,
            data={"ended_invitations": ended} if ended else None,
        )
    acting.role = Role.OWNER
    return acting


def _require_taker(offer: Handover, acting: Member) -> None:
    if offer.taker_id != acting.user_id:
        raise NotOffered


def _close(offer: Handover, target: HandoverStatus, *, now: datetime) -> Handover:
    require_transaction()
    # Looked at under the lock: of accepting and withdrawing at once, one comes first.
    current = locks.lock_handover(offer.pk)
    if current is None or current.status != HandoverStatus.OFFERED:
        raise OfferOver
    HANDOVERS.move_all(Handover.objects.filter(pk=current.pk), target, now=now)
    return current


def _record(acting: Member, offer: Handover, action: str, *, now: datetime) -> None:
    audit.record(
        actor=acting.name,
        action=action,
        object=f"member:{offer.taker_id}",
        now=now,
        data={"name": str(offer.taker)},
    )
