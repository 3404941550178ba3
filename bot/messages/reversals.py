"""What buyer and seller read where a provider takes back what it reported."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import AMBER, RED, Draft, framed
from bot.presenters.subject import Subject, mention, what
from bot.presenters.text import plain
from bot.services import subjects
from payments.models import Discrepancy, Payment, Reversal
from payments.states import DiscrepancyKind, DiscrepancyStatus
from ppob.kit.money import rupiah


@dataclass(frozen=True)
class ReversedPayment:
    """Money that a provider took back after it had reported it (rupiah)."""

    subject: Subject
    amount: int
    loss: int
    method: str
    reference: str


def _announce_reversal(*, payment: Payment, reversal: Reversal) -> list[Announcement]:
    return [
        Announcement(
            _payload_of_reversal(payment, reversal),
            f"reversal:{reversal.pk}:buyer",
            ticket=subjects.find_ticket(payment.subject),
            customer=payment.subject.customer,
        )
    ]


def _announce_reversal_to_log(
    *, payment: Payment, reversal: Reversal
) -> list[Announcement]:
    ticket = subjects.find_ticket(payment.subject)
    return [
        Announcement(
            _payload_of_reversal(payment, reversal),
            f"reversal:{reversal.pk}:log",
            guild_id=subjects.guild_of(ticket),
        )
    ]


def _payload_of_reversal(payment: Payment, reversal: Reversal) -> dict[str, int]:
    return {
        "payment": payment.pk,
        "amount": reversal.booked,
        "loss": reversal.loss,
    }


def _load_reversal(about: About) -> ReversedPayment:
    """What the buyer reads; what the store lost is not their business."""
    payment = subjects.get_payment(about.payload)
    return ReversedPayment(
        subjects.subject_of(payment.subject),
        # Messages from before parts could be taken back say no amount.
        amount=about.payload.get("amount", payment.amount),
        loss=0,
        method=str(payment.method),
        reference=payment.reference,
    )


def _load_reversal_for_log(about: About) -> ReversedPayment:
    return replace(_load_reversal(about), loss=about.payload["loss"])


def draw_reversal(found: ReversedPayment) -> Draft:
    """The provider took the money, or a part of it, back after it had reported it."""
    text = _(
        "⚠️ The payment of **%(amount)s** for %(what)s was taken back by %(method)s. "
        "What was not delivered yet is not delivered, and nothing more is charged. "
        "If you did not ask for this, show the seller this message."
    ) % {
        "amount": rupiah(found.amount),
        "what": what(found.subject),
        "method": plain(found.method, 60),
    }
    return framed(text, AMBER)


def draw_reversal_for_log(found: ReversedPayment) -> Draft:
    """A gateway took money back: what it means for the store."""
    text = _(
        "🚨 %(method)s took **%(amount)s** back (%(what)s of %(buyer)s, reference "
        "`%(reference)s`)."
    ) % {
        "what": what(found.subject),
        "buyer": mention(found.subject.buyer_id),
        "method": plain(found.method, 60),
        "amount": rupiah(found.amount),
        "reference": found.reference,
    }
    if found.loss:
        text += "\n" + _(
            "%(loss)s of it were delivered or spent already: that is your loss. Ask "
            "the provider why, with the reference."
        ) % {"loss": rupiah(found.loss)}
    else:
        text += "\n" + _("Nothing was lost: it was not delivered.")
    return framed(text, RED)


PAYMENT_REVERSED = MessageKind(
    code="payment_reversed",
    events=("payment.taken_back",),
    audience=Audience.BUYER,
    must_know=True,
    announce=_announce_reversal,
    load=_load_reversal,
    draw=draw_reversal,
)
LOG_PAYMENT_REVERSED = MessageKind(
    code="log_payment_reversed",
    events=("payment.taken_back",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_reversal_to_log,
    load=_load_reversal_for_log,
    draw=draw_reversal_for_log,
)


@dataclass(frozen=True)
class OpenDiscrepancy:
    """What a gateway tells of a payment, and what is written down (rupiah)."""

    subject: Subject
    method: str
    amount: int
    expected: int
    kind: DiscrepancyKind
    reference: str
    page: str


def _announce_discrepancy(*, discrepancy: Discrepancy) -> list[Announcement]:
    ticket = subjects.find_ticket(discrepancy.payment.subject)
    return [
        Announcement(
            {"discrepancy": discrepancy.pk},
            f"discrepancy:{discrepancy.pk}",
            guild_id=subjects.guild_of(ticket),
        )
    ]


def _load_discrepancy(about: About) -> OpenDiscrepancy | None:
    found: Discrepancy = Discrepancy.objects.select_related(
        "payment__order__customer", "payment__deposit__customer", "payment__method"
    ).get(pk=about.payload["discrepancy"])
    if found.status != DiscrepancyStatus.OPEN:
        return None
    return OpenDiscrepancy(
        subjects.subject_of(found.payment.subject),
        method=str(found.payment.method),
        amount=found.amount,
        expected=found.expected,
        kind=DiscrepancyKind(found.kind),
        reference=found.payment.reference,
        page=subjects.dashboard(),
    )


def draw_discrepancy(found: OpenDiscrepancy) -> Draft:
    """A gateway contradicts what is known: somebody has to decide."""
    text = _(
        "⚖️ %(method)s tells **%(amount)s** for %(what)s of %(buyer)s, but "
        "**%(expected)s** are written down (%(kind)s; reference `%(reference)s`). "
        "Nothing was booked. Look at the provider's own list and decide in the "
        "dashboard: %(page)s"
    ) % {
        "what": what(found.subject),
        "buyer": mention(found.subject.buyer_id),
        "method": plain(found.method, 60),
        "amount": rupiah(found.amount),
        "expected": rupiah(found.expected),
        "kind": found.kind.label,
        "reference": found.reference,
        "page": found.page,
    }
    return framed(text, AMBER)


LOG_DISCREPANCY = MessageKind(
    code="log_discrepancy",
    events=("payment.contradicted",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_discrepancy,
    load=_load_discrepancy,
    draw=draw_discrepancy,
)

KINDS = (PAYMENT_REVERSED, LOG_PAYMENT_REVERSED, LOG_DISCREPANCY)
