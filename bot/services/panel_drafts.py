"""What a seller chooses for a panel, and what is accepted."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bot.models.panel import BUTTON_STYLES
from bot.states import PanelLayout
from ppob.kit.errors import InvalidInput
from tenants.models import Guild

_LENGTHS = {"title": 100, "buy_label": 30, "payment_label": 30, "name_template": 80}
_PLACEHOLDERS = {"username", "product", "order"}
MOST_DESCRIPTION = 300
# The bot looks for changes every five seconds; a faster promise could not be kept.
FASTEST, SLOWEST = 5, 3600  # seconds


@dataclass(frozen=True)
class PanelDraft:
    """What a seller chooses for a panel. `colour` is 0xRRGGBB."""

    guild_id: int
    channel_id: int
    layout: str = PanelLayout.CARDS
    title: str = "🛍️ DIGITAL PRODUCT STORE"
    description: str = "Update real-time setiap 5 detik"
    colour: int = 0x2ECC71
    buy_label: str = "🛒 Buy"
    buy_style: int = 3
    payment_label: str = "💳 Payment"
    payment_style: int = 2
    refresh_secs: int = 5
    name_template: str = "ticket-{username}-{product}"


def check(draft: PanelDraft) -> None:
    """Raise InvalidInput, naming the field, for what Discord or we do not accept."""
    _check_texts(draft)
    _check_choices(draft)
    if not Guild.objects.filter(pk=draft.guild_id).exists():
        raise InvalidInput(_("Choose one of your servers."), field="guild_id")


def _check_texts(draft: PanelDraft) -> None:
    for field, most in _LENGTHS.items():
        if not 1 <= len(getattr(draft, field).strip()) <= most:
            raise InvalidInput(
                _("Enter 1 to %(most)d characters.") % {"most": most}, field=field
            )
    if len(draft.description) > MOST_DESCRIPTION:
        raise InvalidInput(
            _("Enter at most %(most)d characters.") % {"most": MOST_DESCRIPTION},
            field="description",
        )
    # `*` finds empty braces as well, which no name would fill.
    if set(re.findall(r"{(\w*)}", draft.name_template)) - _PLACEHOLDERS:
        raise InvalidInput(
            _("Use only {username}, {product} and {order}."), field="name_template"
        )


def _check_choices(draft: PanelDraft) -> None:
    styles = [style for style, _name in BUTTON_STYLES]
    checks = {
        "layout": draft.layout in PanelLayout.values,
        "buy_style": draft.buy_style in styles,
        "payment_style": draft.payment_style in styles,
        "colour": 0 <= draft.colour <= 0xFFFFFF,
        "channel_id": draft.channel_id > 0,
    }
    for field, is_fine in checks.items():
        if not is_fine:
            raise InvalidInput(field=field)
    if not FASTEST <= draft.refresh_secs <= SLOWEST:
        raise InvalidInput(
            _("Choose %(fastest)d to %(slowest)d seconds.")
            % {"fastest": FASTEST, "slowest": SLOWEST},
            field="refresh_secs",
        )
