"""How the store's suppliers do, in Discord."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.presenters.draft import BLUE, Draft, EmbedDraft, FieldDraft
from bot.presenters.text import plain
from inventory.figures import Diverted, Success
from inventory.states import Breaker
from ppob.kit.money import rupiah


@dataclass(frozen=True)
class SupplierState:
    """One account at a supplier; `deposit` and `reserved` are whole rupiah."""

    name: str
    is_active: bool
    is_test: bool
    has_trouble: bool
    deposit: int | None
    reserved: int
    rate: Success | None
    breaker: Breaker = Breaker.CLOSED


@dataclass(frozen=True)
class SupplierReport:
    """All of them, in the order in which they are tried, and what diverting cost."""

    suppliers: tuple[SupplierState, ...]
    diverted: Diverted


def report(found: SupplierReport) -> Draft:
    """One field per supplier; what went elsewhere stands below."""
    if not found.suppliers:
        return Draft(text=_("No supplier is connected yet. Do it on the dashboard."))
    fields = tuple(map(_field, found.suppliers))
    footer = ""
    if found.diverted.count:
        sentence = ngettext(
            "%(count)d order was sent on today; it cost %(extra)s more.",
            "%(count)d orders were sent on today; they cost %(extra)s more.",
            found.diverted.count,
        )
        footer = sentence % {
            "count": found.diverted.count,
            "extra": rupiah(found.diverted.extra),
        }
    embed = EmbedDraft(
        title=_("⚡ Suppliers"), colour=BLUE, fields=fields, footer=footer
    )
    return Draft(embed=embed)


def _field(state: SupplierState) -> FieldDraft:
    lines = [_mark(state), _deposit(state)]
    if state.rate is not None and state.rate.percent is not None:
        lines.append(
            _("%(percent)d %% of %(count)d succeeded today")
            % {
                "percent": state.rate.percent,
                "count": state.rate.succeeded + state.rate.failed,
            }
        )
    if state.rate is not None and state.rate.unknown:
        lines.append(_("%(count)d uncertain") % {"count": state.rate.unknown})
    return FieldDraft(plain(state.name, 80), "\n".join(lines), True)


def _mark(state: SupplierState) -> str:
    if not state.is_active:
        return _("⏸️ Off")
    if state.has_trouble:
        return _("⛔ Needs you")
    if state.breaker != Breaker.CLOSED:
        return {
            Breaker.OPEN: _("📡 Does not answer; nothing is sent there"),
            Breaker.TRIAL: _("🔎 Being tried again"),
        }[state.breaker]
    return _("✅ On, test mode") if state.is_test else _("✅ On")


def _deposit(state: SupplierState) -> str:
    if state.deposit is None:
        return _("Deposit not read yet")
    words = _("Deposit %(amount)s") % {"amount": rupiah(state.deposit)}
    if state.reserved:
        words += " " + _("(%(amount)s set aside)") % {"amount": rupiah(state.reserved)}
    return words
