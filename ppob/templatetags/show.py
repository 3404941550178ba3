"""How pages show money, times and icons."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ppob.kit import money

register = template.Library()

ACTORS = {
    "user": gettext_lazy("staff"),
    "gateway": gettext_lazy("staff"),  # a transfer that staff confirmed
    "discord": gettext_lazy("the buyer"),
    "job": gettext_lazy("automatically"),
}
BADGES = {
    "good": frozenset(
        {
            "paid",
            "delivered",
            "completed",
            "settled",
            "active",
            "applied",
            "sent",
            "credited",
            "done",
        }
    ),
    "warn": frozenset(
        {
            "awaiting_payment",
            "pending",
            "created",
            "open",
            "warning",
            "quarantined",
            "paused",
            "awaiting_approval",
            "paying_out",
        }
    ),
    "bad": frozenset(
        {"failed", "reversed", "critical", "empty", "suspended", "rejected"}
    ),
    "info": frozenset({"delivering", "refunding", "under_review"}),
}


@register.filter
def rupiah(amount: int | None) -> str:
    """`19500` as `Rp 19.500`, never cut in two by the end of a line."""
    return money.rupiah(amount or 0).replace(" ", "\u00a0")


@register.filter
def in_parts(payment: Any) -> str:
    """What a payment asks for: `Rp 29.834`, and what of it is the buyer's code.

    `Rp 29.834 = Rp 29.000 + Rp 834 to the balance` is how the seller finds both the sum
    on the account and the price.
    """
    if not payment.unique_code:
        return rupiah(payment.amount)
    return _("%(amount)s = %(net)s + %(code)s to the buyer's balance") % {
        "amount": rupiah(payment.amount),
        "net": rupiah(payment.net),
        "code": rupiah(payment.unique_code),
    }


@register.filter
def moment(at: datetime | None) -> str:
    """Day and time in the store's zone; the year only when it isn't this one."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    has_year = local.year != timezone.localtime().year
    return date_format(local, "j M Y, H:i" if has_year else "j M, H:i")


@register.filter
def took(secs: float | None) -> str:
    """How long something took: `40 s`, `2 min 5 s`."""
    if secs is None:
        return "–"
    minutes, rest = divmod(round(secs), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


@register.filter
def duration(minutes: int) -> str:
    """How long something lasts: `3 h 20 min`, and from two days on `2 d 4 h`."""
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return _("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


@register.filter
def clock_time(at: datetime | None) -> str:
    """Hours, minutes and seconds in the store's zone."""
    return date_format(timezone.localtime(at), "H:i:s") if at else "–"


@register.filter
def badge(status: str) -> str:
    """The style of a status's badge."""
    for style, statuses in BADGES.items():
        if status in statuses:
            return f"badge badge-{style}"
    return "badge"


@register.filter
def colour(number: int) -> str:
    """A colour as the web writes it: `0x2ECC71` as `#2ecc71`."""
    return f"#{number:06x}"


@register.filter
def actor(name: str, people: Mapping[str, str] | None = None) -> str:
    """Who did something, in words: `user:12`, `discord:345`, `gateway:name`, …

    `people` are names of actors, as `tenants.selectors.staff_names` finds them.
    """
    if people and name in people:
        return people[name]
    kind, _colon, rest = name.partition(":")
    if kind == "gateway" and rest != "manual":
        return _("payment gateway %(name)s") % {"name": rest.title()}
    return str(ACTORS.get(kind, ACTORS["job"]))


@register.filter
def may(member: Any, permission: str) -> bool:
    """Whether the member's role carries this permission."""
    return member is not None and bool(member.may(permission))


@register.inclusion_tag("_icon.html")
def icon(name: str) -> dict[str, str]:
    """One icon of the sprite; it is decoration, so nothing is read out."""
    return {"address": f"{static('img/icons.svg')}#{name}"}


@register.inclusion_tag("_field.html")
def field(bound: Any, *, marks_optional: bool = True) -> dict[str, Any]:
    """A form field with its label, help and refusals."""
    return {
        "field": bound,
        "help": bound.help_text,
        "marks_optional": marks_optional,
    }


@register.simple_tag(takes_context=True)
def current(context: template.Context, *sections: str) -> str:
    """The value of `aria-current` for a link to one of these sections."""
    return "page" if context.get("section") in sections else "false"


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: object) -> str:
    """The page's query string with some parameters set, or removed by None."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"
