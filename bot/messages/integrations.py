"""What the seller reads where a gateway or a supplier needs them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import AMBER, GREEN, RED, Draft, framed
from bot.presenters.text import plain
from bot.services import subjects
from inventory.models import SupplierAccount
from inventory.states import CallEnd
from payments.models import PaymentMethod
from ppob.kit.money import rupiah
from security.states import Trouble


@dataclass(frozen=True)
class Broken:
    """A way to pay or a supplier that needs the seller; `page` is where they act."""

    name: str
    trouble: Trouble
    page: str


def _announce_method(
    *, method_id: int, trouble: str, at: datetime
) -> list[Announcement]:
    # With its moment: trouble that comes back after it was mended is told again.
    key = f"method:{method_id}:{trouble}:{at:%y%m%d%H%M%S%f}"
    return [Announcement({"method": method_id, "trouble": trouble}, key)]


def _load_method(about: About) -> Broken:
    name = PaymentMethod.objects.values_list("name", flat=True).get(
        pk=about.payload["method"]
    )
    page = f"{subjects.dashboard()}uang/"
    return Broken(name, Trouble(about.payload["trouble"]), page)


def draw_method(found: Broken) -> Draft:
    """Its keys, or a message that nobody can use."""
    sentences = {
        Trouble.KEYS: _(
            "🔑 The keys of **%(name)s** do not work any more: nothing can be charged, "
            "and its messages wait. Enter them again: %(page)s"
        ),
        Trouble.ODD: _(
            "⚠️ **%(name)s** sent a message that is rightly signed but cannot be used. "
            "No money was booked for it. Compare your account there with your orders: "
            "%(page)s"
        ),
    }
    facts = {"name": plain(found.name, 80), "page": found.page}
    return framed(sentences[found.trouble] % facts, RED)


LOG_METHOD_TROUBLE = MessageKind(
    code="log_method_trouble",
    events=("method.troubled",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_method,
    load=_load_method,
    draw=draw_method,
)


def _announce_supplier(
    *, account_id: int, trouble: str, at: datetime
) -> list[Announcement]:
    key = f"account:{account_id}:{trouble}:{at:%y%m%d%H%M%S%f}"
    return [Announcement({"account": account_id, "trouble": trouble}, key)]


def _load_supplier(about: About) -> Broken:
    account = SupplierAccount.objects.get(pk=about.payload["account"])
    page = f"{subjects.dashboard()}uang/"
    return Broken(str(account), Trouble(about.payload["trouble"]), page)


def draw_supplier(found: Broken) -> Draft:
    """Its keys, or a message that nobody can use."""
    sentences = {
        Trouble.KEYS: _(
            "🔑 The keys of your supplier **%(name)s** do not work any more: nothing "
            "can be bought there, and its messages wait. More: %(page)s"
        ),
        Trouble.ODD: _(
            "⚠️ Your supplier **%(name)s** sent a message that is rightly signed but "
            "cannot be used. No purchase was changed by it. Compare your purchases "
            "there with your orders: %(page)s"
        ),
    }
    facts = {"name": plain(found.name, 80), "page": found.page}
    return framed(sentences[found.trouble] % facts, RED)


LOG_SUPPLIER_TROUBLE = MessageKind(
    code="log_supplier_trouble",
    events=("supplier.troubled",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_supplier,
    load=_load_supplier,
    draw=draw_supplier,
)


@dataclass(frozen=True)
class Health:
    """A supplier that stopped answering, or answers again; `page` shows it."""

    name: str
    reason: str
    page: str


def _announce_health(
    *, account_id: int, at: datetime, reason: str = ""
) -> list[Announcement]:
    # With its moment: the next time is told again.
    key = f"supplier-health:{account_id}:{at:%y%m%d%H%M%S%f}"
    return [Announcement({"account": account_id, "reason": reason}, key)]


def _load_health(about: About) -> Health:
    account = SupplierAccount.objects.get(pk=about.payload["account"])
    page = f"{subjects.dashboard()}pemasok/{account.public_id}/"
    return Health(str(account), about.payload["reason"], page)


def draw_down(found: Health) -> Draft:
    """Why nothing goes there, and what happens meanwhile."""
    facts = {"name": plain(found.name, 80), "page": found.page}
    if found.reason == CallEnd.REFUSED.name.lower():
        words = _(
            "⛔ Your supplier **%(name)s** turns us away: the key, the allowed address "
            "or the deposit needs you. Paid top-ups go to your other suppliers or "
            "wait; what only this one delivers is not for sale. It is tried again by "
            "itself. More: %(page)s"
        )
    else:
        words = _(
            "📡 Your supplier **%(name)s** does not answer. Paid top-ups go to your "
            "other suppliers or wait; what only this one delivers is not for sale. It "
            "is tried again by itself. More: %(page)s"
        )
    return framed(words % facts, RED)


def draw_back(found: Health) -> Draft:
    """That it may be relied on again."""
    words = _(
        "✅ Your supplier **%(name)s** answers again. Top-ups go there as before. "
        "More: %(page)s"
    )
    return framed(words % {"name": plain(found.name, 80), "page": found.page}, GREEN)


LOG_SUPPLIER_DOWN = MessageKind(
    code="log_supplier_down",
    events=("supplier.down",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_health,
    load=_load_health,
    draw=draw_down,
)

# Who was told the one and not the other would look for a fault that is gone.
LOG_SUPPLIER_BACK = MessageKind(
    code="log_supplier_back",
    events=("supplier.back",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_health,
    load=_load_health,
    draw=draw_back,
)


@dataclass(frozen=True)
class Dry:
    """A deposit that ends in `minutes`; `to_add` (rupiah) makes it last a day."""

    name: str
    minutes: int
    to_add: int
    page: str


def _announce_dry(
    *, account_id: int, minutes_left: int, to_add: int, at: datetime
) -> list[Announcement]:
    # With its moment: after a refill it is told again.
    key = f"account:{account_id}:dry:{at:%y%m%d%H%M%S%f}"
    payload = {
        "account": account_id,
        "minutes": minutes_left,
        "to_add": to_add,
        "at": at.isoformat(),
    }
    return [Announcement(payload, key)]


def _load_dry(about: About) -> Dry | None:
    account = SupplierAccount.objects.get(pk=about.payload["account"])
    # Refilled before anybody could read it: then it is wrong by now.
    if account.low_at is None or account.low_at.isoformat() != about.payload["at"]:
        return None
    return Dry(
        name=str(account),
        minutes=about.payload["minutes"],
        to_add=about.payload["to_add"],
        page=f"{subjects.dashboard()}pemasok/{account.public_id}/",
    )


def draw_dry(found: Dry) -> Draft:
    """How long the deposit lasts, and what to add."""
    facts = {
        "name": plain(found.name, 80),
        "hours": found.minutes // 60,
        "minutes": found.minutes % 60,
        "amount": rupiah(found.to_add),
        "page": found.page,
    }
    text = _(
        "🪫 Your deposit at **%(name)s** lasts about %(hours)d h %(minutes)d min. Add "
        "at least %(amount)s, and it lasts a day: %(page)s"
    )
    return framed(text % facts, AMBER)


LOG_DEPOSIT_RUNS_DRY = MessageKind(
    code="log_deposit_runs_dry",
    events=("supplier.runs_dry",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_dry,
    load=_load_dry,
    draw=draw_dry,
)

KINDS = (
    LOG_METHOD_TROUBLE,
    LOG_SUPPLIER_TROUBLE,
    LOG_SUPPLIER_DOWN,
    LOG_SUPPLIER_BACK,
    LOG_DEPOSIT_RUNS_DRY,
)
