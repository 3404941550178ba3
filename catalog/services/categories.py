"""The categories of a store."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog import destinations, locks
from catalog.destinations import DestinationField
from catalog.models import Category
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput
from ppob.kit.i18n import filled
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission

_CODE = re.compile(r"[A-Z0-9]{1,20}")


@dataclass(frozen=True)
class CategoryDraft:
    """A category as it was entered; `destination_fields` see `Category`."""

    code: str
    name: str
    emoji: str = ""
    destination_fields: list[dict[str, Any]] = field(default_factory=list)
    position: int = 0


def keep_category(*, actor: Actor, draft: CategoryDraft, now: datetime) -> Category:
    """The category with the draft's code, made or brought up to date.

    Raises NotAllowed or InvalidInput, also for destination fields that could not be
    read back: every buyer of the game would meet them.
    """
    require(actor, Permission.EDIT_CATALOG)
    code = draft.code.strip().upper()
    if not _CODE.fullmatch(code):
        raise InvalidInput(_("A code has up to 20 letters or digits."), field="code")
    values = _checked(draft)
    with unit_of_work("catalog.keep_category"):
        # Locked, so that the history says what this change really replaced.
        existing = locks.lock_category(code)
        before = {name: getattr(existing, name) for name in values if existing}
        category, _is_new = Category.objects.update_or_create(
            tenant_id=actor.tenant_id, code=code, defaults=values
        )
        audit.record(
            actor=actor.name,
            action="category.kept",
            object=f"category:{category.pk}",
            now=now,
            before=before,
            after=values,
            data={"code": code, "name": values["name"]},
        )
        live.announce(actor.tenant_id, "products")
    return category


def _checked(draft: CategoryDraft) -> dict[str, Any]:
    name = " ".join(draft.name.split())
    if not 1 <= len(name) <= 60:
        raise InvalidInput(_("Enter a name of up to 60 characters."), field="name")
    if len(draft.emoji) > 8:
        raise InvalidInput(_("Enter one emoji."), field="emoji")
    _check_fields(draft.destination_fields)
    return {
        "name": name,
        "emoji": draft.emoji,
        "destination_fields": draft.destination_fields,
        "position": draft.position,
    }


def _check_fields(stored: list[dict[str, Any]]) -> None:
    try:
        fields = destinations.read_fields(stored)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InvalidInput(
            _("Each part of an account has a name, and its choices come in pairs."),
            field="destination_fields",
        ) from None
    for each in fields:
        if not all(map(_is_pattern, _patterns_of(each))):
            raise InvalidInput(
                filled(
                    _("The pattern of %(label)s is no regular expression."),
                    label=each.label,
                ),
                field="destination_fields",
            )


def _patterns_of(field: DestinationField) -> list[str]:
    return [field.pattern, *(pattern for pattern, _value in field.derived)]


def _is_pattern(text: Any) -> bool:
    try:
        re.compile(text)
    # Not only `re.error`: a count that is too large is an OverflowError, brackets that
    # go too deep end the recursion, and JSON may hold a number instead of a text.
    except (re.error, OverflowError, RecursionError, TypeError):
        return False
    return True
