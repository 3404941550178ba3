"""How pages show the accounts that top-ups go to."""

from django import template

from catalog import destinations

register = template.Library()


@register.filter
def account(destination: str) -> str:
    """A kept account as people read it: `123456789 (1234)`."""
    return destinations.readable(destination)
