"""Panels and server settings as forms. Services decide what is acceptable."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot.models import Panel, ServerSettings
from bot.services import panels, servers
from bot.services.directory import ChannelInfo, ServerPicture
from bot.services.panels import PanelDraft
from bot.services.servers import ServerDraft
from bot.states import PanelLayout
from ppob.kit.forms import EditForm
from tenants.models import Guild

STYLES = [(1, _("Blue")), (2, _("Grey")), (3, _("Green")), (4, _("Red"))]
REFRESH = [
    (5, _("5 seconds")),
    (10, _("10 seconds")),
    (30, _("30 seconds")),
    (60, _("1 minute")),
    (300, _("5 minutes")),
]
CLOSING = [
    (60, _("1 minute")),
    (300, _("5 minutes")),
    (900, _("15 minutes")),
    (3600, _("1 hour")),
    (86_400, _("1 day")),
    (604_800, _("7 days")),
]
COPIED = (
    "layout",
    "title",
    "description",
    "buy_label",
    "buy_style",
    "payment_label",
    "payment_style",
    "refresh_secs",
    "name_template",
)


class ColourField(forms.CharField):
    """A colour as browsers send it (`#2ecc71`), as a number."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "color"})
        super().__init__(widget=widget, max_length=7, **options)

    def show(self, value: int) -> str:
        """A colour as browsers write it."""
        return f"#{value:06x}"

    def clean(self, value: Any) -> int:
        """0xRRGGBB; raises ValidationError."""
        typed = super().clean(value).removeprefix("#")
        if not re.fullmatch("[0-9a-fA-F]{6}", typed):
            raise forms.ValidationError(_("Choose a colour."))
        return int(typed, 16)


class PanelForm(forms.Form):
    """Where a panel stands and how it looks."""

    channel_id = forms.TypedChoiceField(label=_("Channel"), coerce=int)
    layout = forms.ChoiceField(
        label=_("Layout"), choices=PanelLayout.choices, widget=forms.RadioSelect
    )
    title = forms.CharField(label=_("Title"), max_length=100)
    description = forms.CharField(
        label=_("Text below the title"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    colour = ColourField(label=_("Colour"))
    buy_label = forms.CharField(label=_("Text of the Buy button"), max_length=30)
    buy_style = forms.TypedChoiceField(
        label=_("Colour of the Buy button"), choices=STYLES, coerce=int
    )
    payment_label = forms.CharField(
        label=_("Text of the payment button"), max_length=30
    )
    payment_style = forms.TypedChoiceField(
        label=_("Colour of the payment button"), choices=STYLES, coerce=int
    )
    refresh_secs = forms.TypedChoiceField(
        label=_("Look for changes every"), choices=REFRESH, coerce=int
    )
    name_template = forms.CharField(
        label=_("Name of the ticket channels"),
        max_length=80,
        help_text=_("{username}, {product} and {order} are filled in."),
    )

    def __init__(
        self, *args: Any, panel: Panel, picture: ServerPicture | None, **kw: Any
    ) -> None:
        kw.setdefault("initial", _initial(panel))
        super().__init__(*args, **kw)
        channels = picture.text_channels if picture else []
        field = self.fields["channel_id"]
        field.choices = channel_choices(channels, panel.channel_id)  # type: ignore[attr-defined]
        refresh = self.fields["refresh_secs"]
        if panel.refresh_secs not in dict(REFRESH):
            own = (panel.refresh_secs, f"{panel.refresh_secs} s")
            refresh.choices = [*REFRESH, own]  # type: ignore[attr-defined]

    def draft(self, guild: Guild) -> PanelDraft:
        """What was entered."""
        return PanelDraft(guild_id=guild.pk, **self.cleaned_data)


class PanelChangeForm(PanelForm, EditForm):
    """A panel's form over what it is now."""

    def __init__(self, *args: Any, panel: Panel, **kw: Any) -> None:
        kw["facts"] = panels.facts_of(panel)
        super().__init__(*args, panel=panel, **kw)


class ServerForm(EditForm):
    """How a store uses its Discord server."""

    log_channel_id = forms.TypedChoiceField(
        label=_("Channel for news"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Sales, low stock and problems are told here; keep it private."),
    )
    staff_role_id = forms.TypedChoiceField(
        label=_("Role of your staff"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Whoever has it sees every ticket."),
    )
    ticket_category_id = forms.TypedChoiceField(
        label=_("Category for tickets"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Left empty, the bot makes one."),
    )
    auto_close_secs = forms.TypedChoiceField(
        label=_("Close a finished ticket after"), choices=CLOSING, coerce=int
    )

    def __init__(
        self, *args: Any, settings: ServerSettings, picture: ServerPicture, **kw: Any
    ) -> None:
        names = ("log_channel_id", "staff_role_id", "ticket_category_id")
        kw["initial"] = {name: getattr(settings, name) or "" for name in names}
        kw["initial"]["auto_close_secs"] = settings.auto_close_secs
        kw["facts"] = servers.facts_of(settings)
        super().__init__(*args, **kw)
        none = ("", _("Not chosen"))
        roles = [(role.id, f"@{role.name}") for role in picture.staff_roles]
        choices: dict[str, list[tuple[object, object]]] = {
            "log_channel_id": [
                none,
                *channel_choices(picture.text_channels, settings.log_channel_id),
            ],
            "staff_role_id": [none, *roles],
            "ticket_category_id": [
                none,
                *((found.id, found.name) for found in picture.categories),
            ],
        }
        if settings.auto_close_secs not in dict(CLOSING):
            own = (settings.auto_close_secs, f"{settings.auto_close_secs} s")
            choices["auto_close_secs"] = [*CLOSING, own]
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]

    def draft(self) -> ServerDraft:
        """What was entered."""
        return ServerDraft(**self.cleaned_data)


def channel_choices(
    channels: list[ChannelInfo], chosen: int | None
) -> list[tuple[int, object]]:
    """Channels by name; those the bot cannot write in say so."""
    closed = _("the bot may not write there")
    choices: list[tuple[int, object]] = [
        (found.id, f"#{found.name}" + ("" if found.can_post else f" ({closed})"))
        for found in channels
    ]
    if chosen and chosen not in dict(choices):
        choices.append((chosen, _("the present channel")))
    return choices


def _initial(panel: Panel) -> dict[str, Any]:
    values = {name: getattr(panel, name) for name in COPIED}
    return values | {
        "colour": f"#{panel.colour:06x}",
        "channel_id": panel.channel_id or "",
    }
