"""The store's settings as a form."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ppob.kit.forms import EditForm
from tenants.models import Tenant
from tenants.services.settings import NAME_LENGTH, StoreDraft, facts_of

INDONESIAN_ZONES = [
    ("Asia/Jakarta", _("WIB · Jakarta")),
    ("Asia/Makassar", _("WITA · Makassar")),
    ("Asia/Jayapura", _("WIT · Jayapura")),
]


def zone_choices() -> list[tuple[object, object]]:
    """Indonesia's three zones first, then all others by name."""
    first = [zone for zone, _label in INDONESIAN_ZONES]
    others = sorted(zone for zone in available_timezones() if zone not in first)
    return [
        (_("Indonesia"), INDONESIAN_ZONES),
        (_("Elsewhere"), [(zone, zone.replace("_", " ")) for zone in others]),
    ]


class StoreForm(EditForm):
    """Name, time zone and language of a store."""

    name = forms.CharField(label=_("Name of the store"), max_length=NAME_LENGTH)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("What the panels and messages in your server are written in."),
    )

    def __init__(self, data: Any = None, *, store: Tenant) -> None:
        facts = facts_of(store)
        super().__init__(data, facts=facts, initial=dict(facts))

    def draft(self) -> StoreDraft:
        """What was entered."""
        return StoreDraft(**self.cleaned_data)
