"""Whether the store's books, orders and codes agree, rule by rule."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ppob.kit import clock
from ppob.kit.invariants import Invariant, invariants_by_app
from ppob.kit.pages import render_live
from tenants import selectors
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission
from tenants.selectors import Health

HEADINGS = {
    "payments": _("Money and orders"),
    "inventory": _("Codes and suppliers"),
    "bot": _("Tickets and messages"),
    "tenants": _("Owners and staff"),
    "security": _("Change history and callbacks"),
    "ppob": _("Walls between stores"),
}


@dataclass(frozen=True)
class Answer:
    """One rule, and how many rows broke it; None where it was not asked yet.

    A nightly one is asked once a day.
    """

    title: str | Promise
    count: int | None
    is_nightly: bool


@dataclass(frozen=True)
class Group:
    """What the rules about one part of the store say; what is wrong comes first."""

    heading: str | Promise
    answers: list[Answer]

    @property
    def is_good(self) -> bool:
        """Whether all of it holds."""
        return all(answer.count == 0 for answer in self.answers)


@require_safe
@store_page(Permission.SEE_STORE)
def health_page(request: StoreRequest, store: str) -> HttpResponse:
    """Every rule in words with what the newest proof says about it."""
    health = selectors.read_health(now=clock.now())
    context = {
        "health": health,
        "groups": _groups(health) if health.checked_at else [],
        "section": "overview",
    }
    return render_live(request, "tenants/health.html", "tenants/_health.html", context)


def _groups(health: Health) -> list[Group]:
    rules = invariants_by_app()
    known = [app for app in HEADINGS if app in rules]
    return [
        Group(
            heading=HEADINGS.get(app, app),
            answers=_answers(rules[app], health),
        )
        for app in [*known, *(app for app in rules if app not in HEADINGS)]
    ]


def _answers(rules: tuple[Invariant, ...], health: Health) -> list[Answer]:
    answers = [
        Answer(rule.title, _count(rule, health), rule.is_nightly) for rule in rules
    ]
    return sorted(answers, key=lambda answer: not answer.count)


def _count(rule: Invariant, health: Health) -> int | None:
    unknown = None if rule.name in health.left_out else 0
    return health.broken.get(rule.name, unknown)
