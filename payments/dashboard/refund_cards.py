"""Refunds as pages show them: who asked, who agreed, what is still to be paid."""

from collections.abc import Iterable
from dataclasses import dataclass

from payments.dashboard import second_person
from payments.dashboard.second_person import SecondPerson
from payments.models import Refund, RefundPart
from payments.states import RefundStatus, RefundTo
from ppob.templatetags.show import actor
from tenants import selectors as tenants
from tenants.auth import is_second_person
from tenants.models import Member
from tenants.permissions import Permission


@dataclass(frozen=True)
class RefundCard:
    """A refund with the names of people; `to_pay` is what leaves by hand (rupiah)."""

    refund: Refund
    parts: list[RefundPart]
    asked_by: str
    approved_by: str
    is_own: bool
    to_pay: int
    second: SecondPerson

    @property
    def awaits_approval(self) -> bool:
        """Whether a second person has to decide."""
        return self.refund.status == RefundStatus.AWAITING_APPROVAL

    @property
    def awaits_payout(self) -> bool:
        """Whether somebody has to send the money back."""
        return self.refund.status == RefundStatus.PAYING_OUT


def make_cards(refunds: Iterable[Refund], *, member: Member) -> list[RefundCard]:
    """These refunds as the member sees them. Their parts have to be loaded."""
    rows = list(refunds)
    staff = tenants.list_members() if rows else []
    return [_card(refund, staff, member) for refund in rows]


def _card(refund: Refund, staff: list[Member], member: Member) -> RefundCard:
    names = {other.name: str(other.user) for other in staff}
    parts = sorted(refund.parts.all(), key=lambda part: part.pk)
    return RefundCard(
        refund=refund,
        parts=parts,
        asked_by=names.get(refund.requested_by) or actor(refund.requested_by),
        approved_by=names.get(refund.approved_by, ""),
        is_own=not is_second_person(member, first=refund.requested_by),
        second=second_person.look_for(
            member,
            staff=staff,
            buyer=refund.order.customer,
            permission=Permission.REFUND,
        ),
        to_pay=sum(
            part.amount for part in parts if part.destination == RefundTo.SOURCE
        ),
    )
