"""What buyer and seller read about a top-up of the buyer's balance."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import GREEN, Draft, framed
from bot.presenters.subject import mention
from bot.presenters.text import clock_time
from bot.services import subjects
from payments.models import Deposit
from payments.services.incoming import receipts
from payments.services.ledger import wallets
from ppob.kit.money import rupiah


@dataclass(frozen=True)
class CreditedDeposit:
    """A top-up that arrived, and the buyer's balance with it (rupiah)."""

    code: str
    amount: int
    credited_at: datetime
    buyer_id: int
    balance: int = 0


def _announce(*, deposit: Deposit) -> list[Announcement]:
    key = f"deposit:{deposit.pk}:credited:buyer"
    payload = {"deposit": deposit.pk}
    return [Announcement(payload, key, customer=deposit.customer)]


def _announce_to_log(*, deposit: Deposit) -> list[Announcement]:
    key = f"deposit:{deposit.pk}:credited:log"
    return [Announcement({"deposit": deposit.pk}, key)]


def _load(about: About) -> CreditedDeposit:
    found = subjects.get_deposit(about.payload)
    balance = wallets.wallet_of(found.customer).balance
    return _credited_of(found, balance=balance)


def _load_for_log(about: About) -> CreditedDeposit:
    return _credited_of(subjects.get_deposit(about.payload), balance=0)


def _credited_of(deposit: Deposit, *, balance: int) -> CreditedDeposit:
    return CreditedDeposit(
        deposit.code,
        amount=receipts.total_of(deposit) or deposit.amount,
        credited_at=deposit.credited_at or deposit.created_at,
        buyer_id=deposit.customer.discord_id,
        balance=balance,
    )


def draw_credited(deposit: CreditedDeposit) -> Draft:
    """The top-up arrived."""
    text = _(
        "✅ **+%(amount)s** arrived at %(time)s (top-up #%(code)s). Your balance in "
        "this store is now **%(balance)s**. Pay with it in any ticket; `/saldo` shows "
        "every change."
    ) % {
        "amount": rupiah(deposit.amount),
        "time": clock_time(deposit.credited_at),
        "code": deposit.code,
        "balance": rupiah(deposit.balance),
    }
    return framed(text, GREEN)


def draw_credited_for_log(deposit: CreditedDeposit) -> Draft:
    """A buyer topped up their balance."""
    text = _("👛 %(buyer)s topped up **%(amount)s** (#%(code)s).") % {
        "buyer": mention(deposit.buyer_id),
        "amount": rupiah(deposit.amount),
        "code": deposit.code,
    }
    return framed(text, GREEN)


DEPOSIT_CREDITED = MessageKind(
    code="deposit_credited",
    events=("deposit.credited",),
    audience=Audience.BUYER,
    must_know=False,
    announce=_announce,
    load=_load,
    draw=draw_credited,
)
LOG_DEPOSIT_CREDITED = MessageKind(
    code="log_deposit_credited",
    events=("deposit.credited",),
    audience=Audience.STORE,
    must_know=False,
    announce=_announce_to_log,
    load=_load_for_log,
    draw=draw_credited_for_log,
)

KINDS = (DEPOSIT_CREDITED, LOG_DEPOSIT_CREDITED)
