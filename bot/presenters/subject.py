"""What a message about money is about: an order or a top-up, and whose it is."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Subject:
    """An order or a top-up by its code; `buyer_id` is Discord's."""

    code: str
    is_top_up: bool
    buyer_id: int


def what(subject: Subject) -> str:
    """An order or a top-up by its code."""
    if subject.is_top_up:
        return _("top-up #%(code)s") % {"code": subject.code}
    return _("order #%(code)s") % {"code": subject.code}


def mention(discord_id: int) -> str:
    """A person's name as Discord shows it."""
    return f"<@{discord_id}>"
