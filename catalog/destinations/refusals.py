"""Why an account is refused, in sentences that say what the game wants."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from catalog.destinations.fields import DestinationField, requirements
from ppob.kit.errors import InvalidInput
from ppob.kit.i18n import filled


class BadDestination(InvalidInput):
    """The account cannot be one; `field` names the part that is at fault."""

    code = "BAD_DESTINATION"
    default = _("This account cannot be right. Please check it.")


def wrong(
    field: DestinationField, fields: Sequence[DestinationField]
) -> BadDestination:
    """The part was entered, but cannot be one."""
    return BadDestination(
        filled(
            _("%(label)s cannot be right. Needed: %(wanted)s."),
            label=field.label,
            wanted=requirements(fields),
        ),
        field=field.name,
    )


def missing(
    field: DestinationField, fields: Sequence[DestinationField]
) -> BadDestination:
    """The part was not entered."""
    return BadDestination(
        filled(
            _("%(label)s is missing. Needed: %(wanted)s."),
            label=field.label,
            wanted=requirements(fields),
        ),
        field=field.name,
    )


def unclear(fields: Sequence[DestinationField]) -> BadDestination:
    """More than one account could be meant, or something else than an account."""
    return BadDestination(
        filled(
            _("It is not clear which account this is. Needed: %(wanted)s."),
            wanted=requirements(fields),
        ),
        field=fields[0].name,
    )


def swapped(fields: Sequence[DestinationField]) -> BadDestination:
    """The two parts would be right the other way round."""
    return BadDestination(
        filled(
            _("%(first)s and %(second)s look swapped. Needed: %(wanted)s."),
            first=fields[0].label,
            second=fields[1].label,
            wanted=requirements(fields),
        ),
        field=fields[0].name,
    )


def entered_twice(field: DestinationField) -> BadDestination:
    """Two inputs give the part different values."""
    return BadDestination(
        filled(
            _("%(label)s was entered twice, and not the same. Please check it."),
            label=field.label,
        ),
        field=field.name,
    )


def hidden(field: DestinationField) -> BadDestination:
    """There are signs that nobody sees, or that turn the direction of reading."""
    return BadDestination(
        filled(
            _("%(label)s contains hidden signs. Please type it instead of pasting it."),
            label=field.label,
        ),
        field=field.name,
    )


def other_server(
    field: DestinationField, *, first: DestinationField, value: str
) -> BadDestination:
    """A server was entered that the first part does not belong to."""
    return BadDestination(
        filled(
            _("This %(first)s belongs to %(server)s. Please check both."),
            first=first.label,
            server=dict(field.choices).get(value, value),
        ),
        field=field.name,
    )


def no_server(first: DestinationField) -> BadDestination:
    """The first part belongs to no server that can be topped up."""
    return BadDestination(
        filled(
            _("This %(label)s belongs to no server that can be topped up here."),
            label=first.label,
        ),
        field=first.name,
    )
