"""Entries of the change history as people read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _

from ppob.kit.audit_words import audit_words
from ppob.kit.money import rupiah
from security.models import AuditEntry

Word = str | Promise

LONGEST = 160
EMPTY = "–"
_NAMES = ("name", "code", "sku")  # what a thing is called, the best first


@dataclass(frozen=True)
class Change:
    """One field; `before` or `after` is None where there was or is none."""

    label: Word
    before: str | None
    after: str | None


@dataclass(frozen=True)
class HistoryEntry:
    """One entry in words. `subject` names the thing, `facts` say more about it."""

    pk: int
    at: datetime
    actor: str
    action: Word
    object: str
    kind: Word
    subject: str
    reason: str
    ip: str | None
    changes: list[Change] = field(default_factory=list)
    facts: list[tuple[Word, str]] = field(default_factory=list)


def tell(entry: AuditEntry, *, names: Mapping[str, str]) -> HistoryEntry:
    """The entry in words; `names` are the people's, by `actor`."""
    kind, _colon, rest = entry.object.partition(":")
    return HistoryEntry(
        pk=entry.pk,
        at=entry.at,
        actor=actor_name(entry.actor, names=names),
        action=audit_words().actions.get(entry.action, _plain_words(entry.action)),
        object=entry.object,
        kind=audit_words().objects.get(kind, _plain_words(kind)),
        subject=_subject(entry.data, rest),
        reason=entry.reason,
        ip=entry.ip,
        changes=_changes(entry.before, entry.after),
        facts=[
            (_label(name), _shown(name, value))
            for name, value in entry.data.items()
            if name not in _NAMES and not isinstance(value, dict)
        ],
    )


def actor_name(actor: str, *, names: Mapping[str, str]) -> str:
    """Who it was: a person's name, or what kind of machine."""
    kind, _colon, rest = actor.partition(":")
    if actor in names:
        return names[actor]
    if kind == "user":
        return _("Former staff")
    if kind == "discord":
        return _("A buyer")
    if kind == "command":
        return _("Platform staff")
    if kind in ("gateway", "supplier"):
        return rest.replace("_", " ").title()
    return _("Automatically")


def _subject(data: Mapping[str, Any], rest: str) -> str:
    for name in _NAMES:
        if data.get(name):
            return str(data[name])[:LONGEST]
    # Our own numbers say nothing to a reader; references of payments do.
    return "" if rest.isdecimal() or rest.count("-") == 4 else rest


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    changes = [
        Change(
            label=_label(name),
            before=_shown(name, before[name]) if name in before else None,
            after=_shown(name, after[name]) if name in after else None,
        )
        for name in _in_order({*before, *after} - audit_words().internal)
    ]
    # What a new thing has not got is no news.
    return [each for each in changes if {each.before, each.after} != {None, EMPTY}]


def _in_order(names: set[str]) -> list[str]:
    known = [name for name in audit_words().fields if name in names]
    return known + sorted(names - set(known))


def _label(name: str) -> Word:
    return audit_words().fields.get(name, _plain_words(name))


def _plain_words(name: str) -> str:
    """`purchase.tried_again` as `Purchase tried again`."""
    return name.replace(".", " ").replace("_", " ").capitalize()


def _shown(name: str, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return EMPTY
    called = audit_words().values.get(name, {})
    if str(value) in called:
        return str(called[str(value)])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return _number(name, value)
    if isinstance(value, dict):
        value = [f"{key}: {part}" for key, part in value.items()]
    if isinstance(value, list):
        value = ", ".join(_shown("", part) for part in value)
    text = _moment(name, str(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} …"


def _number(name: str, value: int) -> str:
    if name in audit_words().money:
        return rupiah(value).replace(" ", "\u00a0")
    return f"#{value:06x}" if name == "colour" else str(value)


def _moment(name: str, text: str) -> str:
    if not name.endswith("_at"):
        return text
    at = parse_datetime(text)
    return date_format(localtime(at), "j M Y, H:i") if at and is_aware(at) else text
