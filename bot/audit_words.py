"""Words of the change history for servers and panels."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.audit_words import AuditWords

_STYLES = {
    "1": _("Blue"),
    "2": _("Grey"),
    "3": _("Green"),
    "4": _("Red"),
}

WORDS = AuditWords(
    groups={
        "panel": _("Panels"),
    },
    prefixes={
        "server.": "toko",
        "bot.": "toko",
        "panel.": "panel",
    },
    actions={
        "server.changed": _("Discord & ticket settings changed"),
        "bot.joined": _("Bot added to the server"),
        "bot.left": _("Bot removed from the server"),
        "panel.placed": _("Panel placed"),
        "panel.changed": _("Panel changed"),
        "panel.resumed": _("Panel resumed"),
        "panel.removed": _("Panel removed"),
        "codes.refused": _("Codes refused to a stranger"),
    },
    objects={
        "panel": _("Panel"),
    },
    fields={
        "ticket_category_id": _("Category for tickets"),
        "staff_role_id": _("Staff role"),
        "log_channel_id": _("Log channel"),
        "auto_close_secs": _("Close after (seconds)"),
        "channel_id": _("Channel"),
        "layout": _("Layout"),
        "title": _("Title"),
        "colour": _("Colour"),
        "buy_label": _("Text of the buy button"),
        "buy_style": _("Colour of the buy button"),
        "payment_label": _("Text of the payment button"),
        "payment_style": _("Colour of the payment button"),
        "refresh_secs": _("Refresh every (seconds)"),
        "name_template": _("Name of tickets"),
    },
    values={
        "layout": {"cards": _("Cards"), "classic": _("Classic embed")},
        "buy_style": _STYLES,
        "payment_style": _STYLES,
        "reason": {
            "gone": _("The channel or message was deleted"),
            "forbidden": _("The bot may not write there"),
            "rejected": _("Discord refused the message"),
        },
    },
)
