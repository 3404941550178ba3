"""A store at a glance: the cards of every app."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from ppob.kit import clock
from ppob.kit.cards import Place, all_cards
from ppob.kit.pages import render_live
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission


@dataclass(frozen=True)
class Shown:
    """A card as it is now; its template finds what it says under `card`."""

    template: str
    says: Mapping[str, Any]


@require_safe
@store_page(Permission.SEE_STORE)
def overview(request: StoreRequest, store: str) -> HttpResponse:
    """Today's numbers and whatever needs somebody."""
    now = clock.now()
    cards = all_cards()
    places: dict[str, list[Shown]] = {place.value: [] for place in Place}
    for card in cards:
        says = card.load(now)
        if says is not None:
            places[card.place.value].append(Shown(card.template, says))
    context = {
        "places": places,
        "topics": " ".join(sorted(frozenset().union(*(card.topics for card in cards)))),
        "section": "overview",
    }
    return render_live(request, "home/overview.html", "home/_overview.html", context)
