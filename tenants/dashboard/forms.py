"""The store's settings and invitations as forms."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ppob.kit.forms import EditForm
from tenants.models import Member, Tenant
from tenants.models.tenant import MOST_ALERT_HOURS
from tenants.services.invitations import DAYS, InvitationDraft
from tenants.services.settings import NAME_LENGTH, StoreDraft, facts_of
from tenants.states import Role

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
    """Name, time zone and language of a store, and when deposits are called low."""

    name = forms.CharField(label=_("Name of the store"), max_length=NAME_LENGTH)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("What the panels and messages in your server are written in."),
    )
    deposit_alert_hours = forms.IntegerField(
        label=_("Warn when a deposit lasts less than (hours)"),
        min_value=1,
        max_value=MOST_ALERT_HOURS,
        help_text=_("Of your deposits at suppliers, judged by what you usually sell."),
    )

    def __init__(self, data: Any = None, *, store: Tenant) -> None:
        facts = facts_of(store)
        super().__init__(data, facts=facts, initial=dict(facts))

    def draft(self) -> StoreDraft:
        """What was entered."""
        return StoreDraft(**self.cleaned_data)


_VALID_FOR = {1: _("1 day"), 7: _("7 days"), 30: _("30 days")}


class InvitationForm(forms.Form):
    """Which role, for whom, and for how long."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    account = forms.CharField(
        label=_("Only for this Discord account"),
        max_length=40,
        required=False,
        help_text=_(
            "User name (like rizky.store) or user id. Left empty, the first person who "
            "opens the link may join."
        ),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        choices=[(days, _VALID_FOR[days]) for days in DAYS],
        initial=7,
    )

    def __init__(self, *args: Any, member: Member, **options: Any) -> None:
        super().__init__(*args, **options)
        self.roles = [role for role in Role if member.may_grant(role)]
        weakest_first = [(role.value, role.label) for role in reversed(self.roles)]
        self.fields["role"].choices = weakest_first  # type: ignore[attr-defined]
        self.fields["role"].initial = Role.CASHIER

    def draft(self) -> InvitationDraft:
        """What was entered."""
        return InvitationDraft(**self.cleaned_data)
